"""``cloud.http``."""

from __future__ import annotations

import json

import pytest

from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError
from grader.cloud.http import Answer, Headers, HttpClient, Upload
from grader.cloud.http.outgoing import build_request


@pytest.fixture
def client(world):
    return HttpClient(door=world.gateway, gateway=world.gateway, clock=world.clock)


class Scripted:
    """A door with prepared answers."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.requests = []

    def handle(self, request):
        self.requests.append(request)
        return self.responses.pop(0)


def test_an_answer_knows_its_trace_and_its_environment(world, client):
    world.routes("POST /hello")
    world.answer({"statusCode": 201, "body": '{"a": 1}'})
    answer = client.post(world.gateway.url(world.api_id, "Prod") + "/hello", json={"name": "Jürgen"})
    assert (answer.status, answer.json(), answer.environment, answer.cold) == (201, {"a": 1}, "env-1", False)
    assert answer.trace is world.trace
    [event] = world.functions.events
    assert (event["body"], event["headers"]["Content-Type"]) == ('{"name": "J\\u00fcrgen"}', "application/json")


def test_header_names_have_no_case_and_may_repeat():
    headers = Headers((("Set-Cookie", "a"), ("set-cookie", "b"), ("X-A", "1")))
    assert (headers["SET-COOKIE"], headers.all("Set-Cookie"), "x-a" in headers, len(headers)) == (
        "b",
        ["a", "b"],
        True,
        2,
    )


def test_a_body_is_decoded_as_its_content_type_says():
    answer = Answer(200, Headers((("Content-Type", "text/plain; charset=latin-1"),)), b"J\xfcrgen", "")
    assert answer.body == "Jürgen"


def test_requests_are_encoded_as_a_browser_does():
    request = build_request("get", "https://B.s3.amazonaws.com/a b/ü%20?x=1 2#f", [], query={"q": ["a", "b"]})
    assert (request.method, request.host, request.path, request.query) == (
        "GET",
        "b.s3.amazonaws.com",
        "/a%20b/%C3%BC%20",
        "x=1%202&q=a&q=b",
    )


@pytest.mark.parametrize("url", ["https://example.com/", "ftp://b.s3.amazonaws.com/", "https://evilamazonaws.com", "x"])
def test_other_hosts_are_refused(url, client):
    with pytest.raises(CloudError, match="is not an address of the pocket AWS"):
        client.get(url)


def test_redirects_are_followed_on_request_only(world):
    moved = Response(303, (("Location", "/next"),))
    door = Scripted(moved, moved, Response(200, (), b"there"))
    client = HttpClient(door=door, gateway=world.gateway, clock=world.clock)
    url = "https://b.s3.amazonaws.com/form"
    assert client.post(url, "x").status == 303
    assert client.post(url, "x", follow_redirects=True).body == "there"
    assert [(request.method, request.path) for request in door.requests] == [
        ("POST", "/form"),
        ("POST", "/form"),
        ("GET", "/next"),
    ]


def test_a_form_with_a_file(world):
    door = Scripted(Response(204))
    client = HttpClient(door=door, gateway=world.gateway, clock=world.clock)
    client.post("https://b.s3.amazonaws.com/", multipart={"key": "k", "file": Upload('a".png', b"\x89", "image/png")})
    [request] = door.requests
    assert request.header("content-type") == "multipart/form-data; boundary=running-serverless-5f2b9c"
    assert request.body == (
        b'--running-serverless-5f2b9c\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
        b'--running-serverless-5f2b9c\r\nContent-Disposition: form-data; name="file"; filename="a%22.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89\r\n--running-serverless-5f2b9c--\r\n"
    )


@pytest.mark.parametrize(
    ("url", "how", "says"),
    [
        ("https://pics.s3.amazonaws.com/k", {}, "is not the address of an API or a function"),
        ("https://example.com/", {}, "is not the address of an API or a function"),
        ("https://abc.execute-api.us-east-1.amazonaws.com/", {"per_second": 0}, "A burst of 40 requests, 0 a second"),
        ("https://abc.execute-api.us-east-1.amazonaws.com/", {"requests": -1}, "cannot be sent"),
    ],
)
def test_a_burst_that_cannot_be_is_refused(client, url, how, says):
    with pytest.raises(CloudError, match=says):
        client.burst(url, **how)


def test_a_burst_arrives_in_steps_and_overlaps(world, client):
    world.routes("GET /hello")
    world.answer({"statusCode": 200, "body": "x"}, duration_ms=1000.0)
    start = world.clock.timestamp()
    answers = client.burst(world.gateway.url(world.api_id, "Prod") + "/hello", requests=4, per_second=8)
    assert [call["at"] - start for call in world.functions.calls] == [0, 0.125, 0.25, 0.375]
    assert [(answer.at - start, answer.latency) for answer in answers] == [(0, 1), (0.125, 1), (0.25, 1), (0.375, 1)]
    assert world.clock.timestamp() - start == 1.375


def test_a_number_of_thousands_of_digits_is_no_json_that_can_be_read():
    answer = Answer(200, Headers(), b"9" * 10_000, "https://a.example/")

    with pytest.raises(json.JSONDecodeError, match="Exceeds the limit"):
        answer.json()
