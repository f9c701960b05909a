"""CORS that an HTTP API answers by itself: AWS's page "Configure CORS for HTTP APIs in API Gateway"."""

from __future__ import annotations

import pytest

from grader.cloud.http.cors import Cors, read_cors
from grader.cloud.http.errors import GatewayRefusal

SITE = "https://site.example"
NARROW = Cors((SITE,), ("GET", "POST"), ("content-type",), ("x-id",), True, 300)
PREFLIGHT = {"Origin": SITE, "Access-Control-Request-Method": "POST"}


def cors_headers(response):
    return {name: value for name, value in response.headers if name.startswith("access-control-")}


def test_a_preflight_is_answered_without_a_route_for_it(world):
    world.http_api("POST /a", cors=NARROW)
    response = world.ask("OPTIONS", "/a", headers=PREFLIGHT)
    assert (response.status, response.body, world.functions.events) == (204, b"", [])
    assert cors_headers(response) == {
        "access-control-allow-origin": SITE,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-id",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "300",
    }
    assert world.gates() == [("cors", "passed")]


def test_another_origin_gets_no_headers(world):
    world.http_api("POST /a", cors=NARROW)
    response = world.ask("OPTIONS", "/a", headers={**PREFLIGHT, "Origin": "https://evil.example"})
    assert (response.status, cors_headers(response)) == (204, {})
    assert world.trace.first_broken.name == "cors"


@pytest.mark.parametrize("lacking", ["Origin", "Access-Control-Request-Method"])
def test_an_options_request_that_is_no_preflight_needs_a_route(world, lacking):
    world.http_api("POST /a", cors=NARROW)
    sent = {name: value for name, value in PREFLIGHT.items() if name != lacking}
    assert world.ask("OPTIONS", "/a", headers=sent).status == 404


def test_the_apis_headers_replace_those_of_the_function(world):
    world.http_api("GET /a", cors=NARROW)
    world.answer({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "X-Id": "7"}})
    assert cors_headers(world.ask("GET", "/a", headers={"Origin": SITE})) == {
        "access-control-allow-origin": SITE,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-id",
    }
    assert cors_headers(world.ask("GET", "/a")) == {}


def test_the_gateways_own_errors_carry_the_headers_too(world):
    world.http_api("GET /a", cors=NARROW)
    response = world.ask("GET", "/nowhere", headers={"Origin": SITE})
    assert (response.status, response.header("access-control-allow-origin")) == (404, SITE)


def test_without_a_configuration_the_functions_headers_pass(world):
    world.http_api("GET /a")
    world.answer({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}})
    assert cors_headers(world.ask("GET", "/a", headers={"Origin": SITE})) == {"access-control-allow-origin": "*"}


@pytest.mark.parametrize(
    ("allowed", "origin", "found"),
    [
        ("*", "https://any.example", "*"),
        ("https://*", "https://any.example", "https://any.example"),
        ("https://*", "http://any.example", None),
        (SITE, SITE, SITE),
        (SITE, "https://site.example.evil.com", None),
        (SITE, "http://site.example", None),
    ],
)
def test_which_origins_are_allowed(allowed, origin, found):
    assert Cors((allowed,)).origin_for(origin) == found


@pytest.mark.parametrize("route", ["$default", "ANY /{proxy+}"])
def test_a_catch_all_route_with_an_authorizer_refuses_preflights(world, http, route):
    """AWS: the $default route catches OPTIONS requests too; an OPTIONS route without authorizer lets them through."""
    iam = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    body = http(route, components={"securitySchemes": {"Gate": iam}})
    for item in body["paths"].values():
        item["x-amazon-apigateway-any-method"]["security"] = [{"Gate": []}]
    world.http_api(body=body, cors=NARROW)
    assert world.ask("OPTIONS", "/a", headers=PREFLIGHT).status == 403
    body["paths"].setdefault("/{proxy+}", {})["options"] = http("OPTIONS /x")["paths"]["/x"]["options"]
    world.gateway.http_apis.update(world.api_id, "app", body, cors=NARROW)
    assert world.ask("OPTIONS", "/a", headers=PREFLIGHT).status == 204


def test_credentials_for_every_origin_are_refused(world):
    with pytest.raises(GatewayRefusal, match="allowCredentials cannot be true"):
        world.http_api("GET /a", cors=Cors(("*",), credentials=True))


def test_both_spellings_are_read():
    template = {"AllowOrigins": [SITE], "AllowMethods": ["GET"], "AllowCredentials": "true", "MaxAge": "60"}
    openapi = {"allowOrigins": [SITE], "allowMethods": ["GET"], "allowCredentials": True, "maxAge": 60}
    assert read_cors(template) == read_cors(openapi) == Cors((SITE,), ("GET",), credentials=True, max_age=60)
