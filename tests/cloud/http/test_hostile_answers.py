"""Whatever a function returns becomes an answer that can be sent: never an error of ours, never a split header."""

from __future__ import annotations

import pytest

SCALARS = (None, "", "x", "200", 0, 200, 10**400, 1.5, True, "€")
NESTED = ([], {}, [None], ["x"], {"x": None}, {"x": 1}, {"x": ["a", 1]}, {"x": {"y": 1}}, {"": "y"}, {"ü": "ä€"})
VALUES = (*SCALARS, *NESTED, {"x": "a\r\nSet-Cookie: b"}, {"a b": "c"}, {"Content-Type": "image/png"})
KEYS = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies", "extra")
ANSWERS = [
    *VALUES,
    *({**base, key: value} for key in KEYS for value in VALUES for base in ({"statusCode": 200, "body": "x"}, {})),
    *({"statusCode": 200, "isBase64Encoded": True, "body": value} for value in VALUES),
]
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GRANT = {"principalId": "me", "policyDocument": {"Statement": [ALLOW]}, "isAuthorized": True}
GRANTS = [
    *VALUES,
    *({**GRANT, key: value} for key in (*GRANT, "context", "usageIdentifierKey") for value in VALUES),
    *({**GRANT, "policyDocument": {"Statement": value}} for value in VALUES),
    *({**GRANT, "policyDocument": {"Statement": [{**ALLOW, "Condition": {"Bool": value}}]}} for value in VALUES),
    *({**GRANT, "policyDocument": {"Statement": [{**ALLOW, key: value}]}} for key in ALLOW for value in VALUES),
]
URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:gate"
    "/invocations"
)


def check(response):
    assert 100 <= response.status <= 599
    assert isinstance(response.body, bytes)
    for name, value in response.headers:
        assert not set("\r\n") & set(name + value)


@pytest.fixture
def rest(world, body):
    world.deploy(body("GET /a", **{"x-amazon-apigateway-binary-media-types": ["*/*"]}))
    return lambda: world.send("GET", "/a")


@pytest.fixture(params=["1.0", "2.0"])
def http_api(request, world, http):
    world.http_api(body=http("GET /a", payload=request.param))
    return lambda: world.ask("GET", "/a")


def test_a_rest_api_can_answer_with_anything(world, rest):
    for answer in ANSWERS:
        world.answer(answer)
        check(rest())


def test_an_http_api_can_answer_with_anything(world, http_api):
    for answer in ANSWERS:
        world.answer(answer)
        check(http_api())


def test_a_rest_apis_authorizer_can_answer_with_anything(world, body):
    declared = {"type": "token", "authorizerUri": URI, "authorizerResultTtlInSeconds": 0}
    scheme = {"name": "Authorization", "x-amazon-apigateway-authorizer": declared}
    world.deploy(body("GET /a", securityDefinitions={"Token": scheme}, security=[{"Token": []}]))
    for grant in GRANTS:
        world.functions.others["gate"] = lambda event, grant=grant: grant
        check(world.send("GET", "/a", headers={"Authorization": "x"}))


@pytest.mark.parametrize(("payload", "simple"), [("1.0", False), ("2.0", False), ("2.0", True)])
def test_an_http_apis_authorizer_can_answer_with_anything(world, http, payload, simple):
    declared = {
        "type": "request",
        "authorizerUri": URI,
        "authorizerPayloadFormatVersion": payload,
        "enableSimpleResponses": simple,
        "identitySource": "$request.header.X",
    }
    components = {"securitySchemes": {"Gate": {"x-amazon-apigateway-authorizer": declared}}}
    world.http_api(body=http("GET /a", components=components, security=[{"Gate": []}]))
    for grant in GRANTS:
        world.functions.others["gate"] = lambda event, grant=grant: grant
        check(world.ask("GET", "/a", headers={"X": "1"}))
