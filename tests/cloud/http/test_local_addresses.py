"""Addresses that a browser can open."""

from __future__ import annotations

import json
import threading
import urllib.request
from urllib.error import HTTPError
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest

from grader.cloud.errors import CloudError
from grader.cloud.http import LocalAddresses


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


def serve(listening, app):
    server = WSGIServer(listening.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def stop():
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


@pytest.fixture
def addresses(world):
    found = LocalAddresses(world.gateway, serve)
    yield found
    found.close()


def fetch(url, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5)


def test_a_browser_opens_the_stacks_address(world, addresses):
    world.routes("GET /hello/{name}")
    aws = world.gateway.url(world.api_id, "Prod")
    world.answer({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": f"https://{world.host}"}, "body": "hi"})
    local = addresses.local_url(f"{aws}/hello/you?a=1")
    page = fetch(local, Origin=local.split("/Prod")[0])
    assert (page.status, page.read()) == (200, b"hi")
    assert page.headers["Access-Control-Allow-Origin"] == local.split("/Prod")[0]
    [event] = world.functions.events
    assert (event["path"], event["queryStringParameters"]) == ("/hello/you", {"a": "1"})
    assert (event["headers"]["Host"], event["headers"]["Origin"]) == (world.host, f"https://{world.host}")
    assert addresses.local_url(aws).split("/Prod")[0] == local.split("/Prod")[0]


def test_addresses_that_a_page_is_told_are_this_machines_too(world, addresses):
    world.routes("GET /hello")
    bucket = "https://uploads-1.s3.amazonaws.com"
    told = {
        "api": f"https://{world.host}/Prod",
        "upload": f"{bucket}/a?X-Amz-Date=1",
        "docs": "https://docs.aws.amazon.com/s3",
    }
    as_text = {"Content-Type": "application/json"}
    world.answer({"statusCode": 200, "headers": as_text, "body": json.dumps(told)})
    page = fetch(addresses.local_url(world.gateway.url(world.api_id, "Prod") + "/hello"))
    found = json.loads(page.read())
    assert found == {
        "api": addresses.local_url(told["api"]), "upload": addresses.local_url(told["upload"]), "docs": told["docs"],
    }  # fmt: skip
    assert found["upload"].startswith("http://127.0.0.1:") and found["upload"].endswith("/a?X-Amz-Date=1")


@pytest.mark.parametrize("headers", [{"Content-Type": "application/pdf"}, {"Content-Encoding": "identity"}])
def test_what_is_no_plain_text_is_handed_on_as_it_is(world, addresses, headers):
    world.routes("GET /hello")
    world.answer(
        {"statusCode": 200, "headers": {"Content-Type": "text/plain", **headers}, "body": f"https://{world.host}/"}
    )
    page = fetch(addresses.local_url(world.gateway.url(world.api_id, "Prod") + "/hello"))
    assert page.read().decode() == f"https://{world.host}/"


def test_another_sites_name_for_the_port_is_refused(world, addresses):
    world.routes("GET /hello")
    with pytest.raises(HTTPError) as refused:
        fetch(addresses.local_url(world.gateway.url(world.api_id, "Prod")), Host="evil.example")
    assert refused.value.code == 403
    refused.value.close()


def test_only_the_clouds_addresses_get_a_port(addresses):
    with pytest.raises(CloudError, match="is not an address of the pocket AWS"):
        addresses.local_url("https://example.com/")
