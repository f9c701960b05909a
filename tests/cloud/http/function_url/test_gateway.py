"""Function URLs: AWS's pages "Invoking Lambda function URLs" and "Control access to Lambda function URLs".

The event is that of a live URL: the capture of July 2026 in github.com/hotsock/voker (vokerhttp/testdata).
"""

from __future__ import annotations

import json

import pytest

from grader.cloud.door.request import Request
from grader.cloud.functions.errors import LambdaError, TooManyRequests
from grader.cloud.http.cors import Cors
from grader.cloud.http.signing import sign

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:hello"
SITE = "https://site.example"
FORBIDDEN = (
    403,
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
    "AccessDeniedException",
)


def statement(action, **condition):
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": FUNCTION, "Condition": condition}


URL = statement("lambda:InvokeFunctionUrl", StringEquals={"lambda:FunctionUrlAuthType": "NONE"})
INVOKE = statement("lambda:InvokeFunction", Bool={"lambda:InvokedViaFunctionUrl": "true"})


class Address:
    """A function URL in the world, and the function's policy."""

    def __init__(self, world, auth_type="NONE", cors=None, policy=(URL, INVOKE), qualifier=None):
        self.world = world
        self.url = world.gateway.urls.create("hello", qualifier, auth_type, cors, None)
        world.policy(*policy)
        self.host = f"{self.url.id}.lambda-url.us-east-1.on.aws"

    def ask(self, method="GET", path="/", query="", signed=None, **more):
        sent = more.pop("headers", ())
        headers = tuple(sent.items() if isinstance(sent, dict) else sent)
        request = Request(method, "https", self.host, path, query, headers, **more)
        request = sign(request, signed, "us-east-1") if signed else request
        return self.world.gateway.handle(request)


def said(response):
    return response.status, response.body.decode(), response.header("x-amzn-ErrorType")


def test_the_whole_event_is_that_of_a_live_url(world):
    address = Address(world)
    headers = (
        ("accept", "*/*"),
        ("user-agent", "curl/8.7.1"),
        ("content-type", "application/json"),
        ("cookie", "session=abc123; theme=dark"),
        ("x-voker-probe", "first"),
        ("x-voker-probe", "second"),
    )
    query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty="
    body = '{"message":"hello from the public internet","unicode":"lambda-λ"}'
    response = address.ask(
        "POST", "/capture/space%20value", query, headers=headers, body=body.encode(), source_ip="68.8.83.18"
    )
    [event] = world.functions.events
    assert event == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/capture/space%20value",
        "rawQueryString": query,
        "cookies": ["session=abc123", "theme=dark"],
        "headers": {
            "accept": "*/*",
            "content-length": "66",
            "content-type": "application/json",
            "cookie": "session=abc123; theme=dark",
            "host": address.host,
            "user-agent": "curl/8.7.1",
            "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
            "x-amzn-tls-version": "TLSv1.3",
            "x-amzn-trace-id": event["headers"]["x-amzn-trace-id"],
            "x-forwarded-for": "68.8.83.18",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-voker-probe": "first,second",
        },
        "queryStringParameters": {
            "empty": "",
            "encodedPlus": "a+b",
            "literalPlus": "a b",
            "redirect": "https://example.com/a/b",
            "repeat": "one,two",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": address.url.id,
            "domainName": address.host,
            "domainPrefix": address.url.id,
            "http": {
                "method": "POST",
                "path": "/capture/space value",
                "protocol": "HTTP/1.1",
                "sourceIp": "68.8.83.18",
                "userAgent": "curl/8.7.1",
            },
            "requestId": response.header("x-amzn-RequestId"),
            "routeKey": "$default",
            "stage": "$default",
            "time": "02/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1793610000000,
        },
        "body": body,
        "isBase64Encoded": False,
    }
    assert len(address.url.id) == 32
    assert world.functions.request_ids == [response.header("x-amzn-RequestId")]


@pytest.mark.parametrize(
    ("result", "expected"),
    [  # AWS's own examples, as the client sees them
        ("Hello, world!", (200, '"Hello, world!"', "application/json")),
        ({"message": "Hello, world!"}, (200, '{"message": "Hello, world!"}', "application/json")),
        ({"statusCode": 201, "headers": {"Content-Type": "text/x"}, "body": "hi"}, (201, "hi", "text/x")),
        ({"statusCode": 200, "body": "hi"}, (200, "hi", "application/json")),
        (None, (200, "null", "application/json")),
        ({"statusCode": "no"}, (502, "Internal Server Error", "application/json")),
    ],
)
def test_what_a_function_returns_becomes_the_answer(world, result, expected):
    address = Address(world)
    world.answer(result)
    response = address.ask()
    assert (response.status, response.body.decode(), response.header("content-type")) == expected


def test_cookies_become_headers(world):
    address = Address(world)
    world.answer({"statusCode": 200, "cookies": ["a=1", "b=2"]})
    assert [value for name, value in address.ask().headers if name == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize("policy", [(), (URL,), (INVOKE,)])
def test_a_public_address_needs_both_permissions(world, policy):
    address = Address(world, policy=policy)
    assert said(address.ask()) == FORBIDDEN
    assert world.trace.first_broken.name == "permission"
    assert "needs two permissions" in world.trace.first_broken.detail


def test_a_permission_for_iam_does_not_open_a_public_address(world):
    iam = statement("lambda:InvokeFunctionUrl", StringEquals={"lambda:FunctionUrlAuthType": "AWS_IAM"})
    assert said(Address(world, policy=(iam, INVOKE)).ask()) == FORBIDDEN


def may(world, *actions):
    allow = {"Effect": "Allow", "Action": list(actions), "Resource": FUNCTION}
    return world.identity.policy_credentials([{"Statement": [allow]}], "session", "caller")


def test_iam_lets_in_who_may_do_both_and_the_function_knows_who_called(world):
    address = Address(world, "AWS_IAM", policy=())
    both = may(world, "lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    assert address.ask(signed=both).status == 200
    context = world.functions.events[0]["requestContext"]
    principal = world.identity.principal_of(both.access_key_id, both.session_token)
    assert context["accountId"] == "123456789012"
    assert context["authorizer"] == {
        "iam": {
            "accessKey": both.access_key_id,
            "accountId": "123456789012",
            "callerId": principal.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": principal.arn,
            "userId": principal.user_id,
        }
    }
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        assert said(address.ask(signed=may(world, action))) == FORBIDDEN


def test_an_unsigned_request_is_forbidden_and_a_wrong_signature_is_named(world):
    address = Address(world, "AWS_IAM", policy=())
    assert said(address.ask()) == FORBIDDEN
    caller = may(world, "lambda:*")
    stolen = sign(Request("GET", "https", address.host, "/other"), caller, "us-east-1").headers
    status, body, kind = said(address.ask(headers=stolen))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert "The request signature we calculated does not match" in body


def test_an_address_of_an_alias_asks_for_the_aliass_permissions(world):
    address = Address(world, qualifier="live")
    assert said(address.ask()) == FORBIDDEN
    world.policy(*({**one, "Resource": f"{FUNCTION}:live"} for one in (URL, INVOKE)))
    assert address.ask().status == 200
    assert world.functions.calls[0]["qualifier"] == "live"


def test_an_address_that_nobody_has_is_not_found(world):
    response = world.gateway.handle(Request("GET", "https", "nobody.lambda-url.us-east-1.on.aws", "/"))
    assert (response.status, response.body) == (404, b'{"Message":null}')
    assert world.trace.first_broken.name == "route"


def test_a_crash_is_a_bad_gateway(world):
    address = Address(world)
    world.functions.handler = lambda event: world.failed("KeyError", "'a'")
    response = address.ask()
    assert (response.status, response.body) == (502, b"Internal Server Error")
    assert world.trace.first_broken.detail == "KeyError: 'a'"


def test_lambdas_own_limits_are_handed_on(world):
    address = Address(world)

    def refuse(event):
        raise TooManyRequests(reserved=True)

    world.functions.handler = refuse
    status, body, kind = said(address.ask())
    assert (status, json.loads(body)["message"], kind) == (429, "Rate Exceeded.", "TooManyRequestsException")
    status, _, kind = said(address.ask("POST", body=b"x" * 6 * 1024 * 1024))
    assert (status, kind) == (413, "RequestTooLargeException")
    assert world.trace.first_broken.name == "size"


CORS = Cors((SITE,), ("GET",), ("content-type",), (), False, 60)


def test_a_preflight_is_answered_before_the_caller_is_known(world):
    address = Address(world, "AWS_IAM", CORS)
    response = address.ask("OPTIONS", headers={"Origin": SITE, "Access-Control-Request-Method": "GET"})
    found = {name: value for name, value in response.headers if name.startswith("access-control-")}
    assert (response.status, world.functions.events) == (200, [])
    assert found == {
        "access-control-allow-origin": SITE,
        "access-control-allow-methods": "GET",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "60",
    }


def test_a_function_that_sets_the_header_too_sends_it_twice(world):
    address = Address(world, cors=CORS)
    world.answer({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}})
    response = address.ask(headers={"Origin": SITE})
    assert [value for name, value in response.headers if name == "access-control-allow-origin"] == ["*", SITE]


def test_an_address_is_counted_under_its_function(world):
    Address(world).ask()
    [(namespace, values, sets)] = world.records.metrics
    assert (namespace, sets) == ("AWS/Lambda", [(("FunctionName", "hello"),)])
    assert values == {"UrlRequestCount": 1.0, "Url4xxCount": 0.0, "Url5xxCount": 0.0, "UrlRequestLatency": 5.0}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nobody", None, "NONE"), "ResourceNotFoundException"),
        (("hello", "1", "NONE"), "InvalidParameterValueException"),
        (("hello", "$LATEST", "NONE"), "InvalidParameterValueException"),
        (("hello", None, "PUBLIC"), "InvalidParameterValueException"),
        (("hello", "live", "NONE"), "ResourceConflictException"),
    ],
)
def test_a_wrong_configuration_is_refused(world, arguments, code):
    world.gateway.urls.create("hello", "live", "NONE", None, None)
    with pytest.raises(LambdaError) as refused:
        world.gateway.urls.create(*arguments, None, None)
    assert refused.value.code == code
