"""A request's way through the gates, and what each broken gate answers."""

from __future__ import annotations

import base64

import pytest

from grader.cloud.door.request import Request
from grader.cloud.errors import CloudError, NotSupported

MISSING = "arn:aws:lambda:us-east-1:123456789012:function:missing"
HELLO = {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "hello"}


def whole(response):
    """Status, body and headers, without those that name the request."""
    named = ("x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id")
    return response.status, response.body, {key: value for key, value in response.headers if key not in named}


def error(status, body, kind):
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "x-amzn-ErrorType": kind}
    return status, body, headers


def test_a_good_answer_passes_every_gate(world):
    world.routes("GET /hello")
    world.answer(HELLO, cold=True, init_ms=100.0)
    response = world.send("GET", "/hello")
    assert whole(response) == (200, b"hello", {"Content-Type": "text/plain", "Content-Length": "5"})
    assert world.gates() == [
        ("route", "passed"),
        ("throttle", "passed"),
        ("permission", "passed"),
        ("environment", "passed"),
        ("handler", "passed"),
        ("response", "passed"),
    ]
    assert world.trace.title == "GET /Prod/hello → 200"
    exchange = world.gateway.exchange(response.header("x-amzn-requestid"))
    assert (exchange.latency, exchange.environment, exchange.cold) == (0.105, "env-1", True)


def test_json_is_the_default_content_type(world):
    world.routes("GET /hello")
    world.answer({"statusCode": 204})
    assert whole(world.send("GET", "/hello")) == (
        204,
        b"",
        {"Content-Type": "application/json", "Content-Length": "0"},
    )


@pytest.mark.parametrize(
    ("method", "path", "detail"),
    [
        ("GET", "/bye", "No method GET /bye; the stage has GET /hello."),
        ("POST", "/hello", "No method POST /hello; the stage has GET /hello."),
    ],
)
def test_an_unknown_route_misses_an_authentication_token(world, method, path, detail):
    world.routes("GET /hello")
    assert whole(world.send(method, path)) == error(
        403, b'{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException"
    )
    assert [(gate.name, gate.status, gate.detail) for gate in world.trace.gates] == [("route", "broken", detail)]


def test_an_unknown_stage_is_forbidden(world):
    world.routes("GET /hello")
    request = Request("GET", "https", world.host, "/prod/hello")
    assert whole(world.gateway.handle(request)) == error(403, b'{"message":"Forbidden"}', "ForbiddenException")
    assert world.trace.gates[0].detail == "The API has no stage 'prod'; its stages: Prod. Names are case-sensitive."


def test_an_unknown_api_is_forbidden(world):
    request = Request("GET", "https", "nothing.execute-api.us-east-1.amazonaws.com", "/Prod/hello")
    assert whole(world.gateway.handle(request)) == error(403, b'{"message":"Forbidden"}', "ForbiddenException")


def test_a_crash_is_a_bad_gateway(world):
    world.routes("GET /hello")
    world.answer({}, error={"errorType": "KeyError", "errorMessage": "'name'"}, function_error="Unhandled")
    assert whole(world.send("GET", "/hello")) == error(
        502, b'{"message": "Internal server error"}', "InternalServerErrorException"
    )
    assert (world.trace.first_broken.name, world.trace.first_broken.detail) == ("handler", "KeyError: 'name'")


@pytest.mark.parametrize(
    ("payload", "wrong"),
    [
        (None, "The function returned null (None); it must return a dictionary with statusCode, headers and body."),
        ("hi", "The function returned a string; it must return a dictionary with statusCode, headers and body."),
        ({"body": "x"}, "The answer has no statusCode; a REST API demands one, for example 200."),
        (
            {"message": "x"},
            "The answer has the key 'message'; a REST API knows only statusCode, headers, multiValueHeaders, body,"
            " isBase64Encoded.",
        ),
        ({"statusCode": "two"}, "statusCode is a string; it must be an integer such as 200."),
        ({"statusCode": 200.5}, "statusCode is a number; it must be an integer such as 200."),
        ({"statusCode": 42}, "statusCode is 42; it must be between 100 and 599."),
        (
            {"statusCode": 200, "body": {"a": 1}},
            "body is a dictionary; it must be a string. Turn it into text with json.dumps(…).",
        ),
        (
            {"statusCode": 200, "body": 7},
            "body is a number; it must be a string. Turn it into text with json.dumps(…).",
        ),
        ({"statusCode": 200, "headers": ["a"]}, "headers is a list; it must be a dictionary of strings."),
        ({"statusCode": 200, "headers": {"A": 1}}, "headers['A'] is a number; it must be a string."),
        ({"statusCode": 200, "multiValueHeaders": {"A": "x"}}, "multiValueHeaders['A'] must be a list of strings."),
        ({"statusCode": 200, "isBase64Encoded": "yes"}, "isBase64Encoded is a string; it must be a boolean."),
    ],
)
def test_a_malformed_answer_is_a_bad_gateway_and_the_trace_says_why(world, payload, wrong):
    world.routes("GET /hello")
    world.answer(payload)
    assert whole(world.send("GET", "/hello")) == error(
        502, b'{"message": "Internal server error"}', "InternalServerErrorException"
    )
    assert (world.trace.first_broken.name, world.trace.first_broken.detail) == (
        "response",
        f"Malformed Lambda proxy response. {wrong}",
    )


@pytest.mark.parametrize("status", [200, "200"])
def test_a_status_may_be_a_number_in_a_string(world, status):
    world.routes("GET /hello")
    world.answer({"statusCode": status})
    assert world.send("GET", "/hello").status == 200


def test_a_function_slower_than_the_integration_times_out(world):
    world.routes("GET /hello")
    world.answer(HELLO, duration_ms=31_000.0)
    response = world.send("GET", "/hello")
    assert whole(response) == error(504, b'{"message": "Endpoint request timed out"}', "InternalServerErrorException")
    assert world.trace.first_broken.detail == (
        "The function took 31.0 s; API Gateway waits 29 s for an answer. Answer 202 and work on asynchronously."
    )
    assert world.gateway.exchange(response.header("x-amzn-requestid")).latency == 29.0


def test_a_missing_permission_is_an_internal_error(world):
    world.routes("ANY /users/{id}")
    world.permissions.allowed = False
    assert whole(world.send("GET", "/users/7")) == error(
        500, b'{"message": "Internal server error"}', "InternalServerErrorException"
    )
    assert world.gates() == [("route", "passed"), ("throttle", "passed"), ("permission", "broken")]
    assert world.permissions.asked == [
        (
            "arn:aws:lambda:us-east-1:123456789012:function:hello",
            "apigateway.amazonaws.com",
            f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/Prod/GET/users/{{id}}",
            "123456789012",
        )
    ]


def test_a_missing_alias_is_named_where_awss_answer_does_not(world, method):
    body = {"swagger": "2.0", "info": {"title": "app"}, "paths": {"/hello": {"get": method(f"{MISSING}:live")}}}
    world.deploy(body)
    world.permissions.allowed = False
    assert world.send("GET", "/hello").status == 500
    assert world.trace.first_broken.name == "permission"
    assert (
        world.trace.first_broken.detail == f"API Gateway may not invoke {MISSING}:live: Function not found: {MISSING}"
    )


def test_a_refused_invocation_is_an_internal_error(world):
    world.routes("GET /hello")

    def refuse(event):
        raise CloudError("Rate Exceeded.")

    world.functions.handler = refuse
    assert whole(world.send("GET", "/hello")) == error(
        500, b'{"message": "Internal server error"}', "InternalServerErrorException"
    )
    assert (world.trace.first_broken.name, world.trace.first_broken.detail) == ("environment", "Rate Exceeded.")


@pytest.mark.parametrize(
    ("megabytes", "status", "says"),
    [(5, 200, ""), (7, 413, "payload is too large for the RequestResponse invocation type"), (11, 413, "10,485,760")],
)
def test_a_function_takes_six_megabytes_and_the_gateway_ten(world, megabytes, status, says):
    world.routes("POST /hello")
    response = world.send("POST", "/hello", body=b"x" * megabytes * 1024 * 1024)
    assert response.status == status
    if status == 413:
        assert whole(response) == error(413, b'{"message":"Request Too Long"}', "RequestTooLargeException")
        assert (world.trace.first_broken.name, says in world.trace.first_broken.detail) == ("size", True)


def test_aliases_and_stage_variables_choose_the_function(world, body, method):
    swagger = body("GET /a", "GET /b")
    arn = "arn:aws:lambda:us-east-1:123456789012:function"
    swagger["paths"]["/a"]["get"] = method(f"{arn}:hello:live")
    swagger["paths"]["/b"]["get"] = method(f"{arn}:${{stageVariables.name}}")
    world.deploy(swagger, {"variables": {"name": "other"}})
    world.send("GET", "/a")
    world.send("GET", "/b")
    assert world.functions.calls == [
        {"function": f"{arn}:hello", "qualifier": "live", "at": None},
        {"function": f"{arn}:other", "qualifier": None, "at": None},
    ]


def test_headers_with_several_values_and_reserved_names(world):
    world.routes("GET /hello")
    world.answer(
        {
            "statusCode": 200,
            "headers": {"Date": "today", "X-A": "1", "X-Flag": True, "X-B": "a\r\nX-Evil: 1", "Transfer-Encoding": "x"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "X-A": ["2"]},
        }
    )
    response = world.send("GET", "/hello")
    assert response.headers[:7] == (
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-A", "2"),
        ("x-amzn-Remapped-Date", "today"),
        ("X-A", "1"),
        ("X-Flag", "true"),
        ("X-B", "a X-Evil: 1"),
    )


PICTURE = b"\x89PNG\xff"
ENCODED = base64.b64encode(PICTURE)


@pytest.mark.parametrize(
    ("binary_types", "accept", "sent"),
    [
        ([], None, ENCODED),
        (["image~1png"], "image/png", PICTURE),
        (["image~1png"], "image/png,*/*", PICTURE),
        (["image~1png"], "*/*", ENCODED),
        (["image~1png"], "text/html,image/png", ENCODED),
        (["image~1png"], None, PICTURE),
        (["*~1*"], "text/html", PICTURE),
    ],
)
def test_base64_is_decoded_for_those_who_accept_a_binary_type(world, body, binary_types, accept, sent):
    world.deploy(body("GET /"), binary_media_types=binary_types)
    headers = {"Content-Type": "image/png"}
    world.answer({"statusCode": 200, "headers": headers, "body": ENCODED.decode(), "isBase64Encoded": True})
    response = world.send("GET", "/", headers=(("Accept", accept),) if accept else ())
    assert response.body == sent


def test_a_body_that_is_not_base64_is_an_internal_error(world, body):
    world.deploy(body("GET /"), binary_media_types=["*/*"])
    world.answer({"statusCode": 200, "body": "no base64!", "isBase64Encoded": True})
    assert world.send("GET", "/").status == 500
    assert world.trace.first_broken.detail == "isBase64Encoded is true: Unable to base64 decode the body."


def test_a_throttled_method_answers_429_until_its_bucket_fills_again(world, body):
    setting = {"ResourcePath": "/~1hello", "HttpMethod": "GET", "ThrottlingRateLimit": 2, "ThrottlingBurstLimit": 3}
    world.deploy(body("GET /hello", "GET /free"), {"method_settings": [setting]})
    assert [world.send("GET", "/hello").status for _ in range(5)] == [200, 200, 200, 429, 429]
    assert whole(world.send("GET", "/hello")) == error(
        429, b'{"message":"Too Many Requests"}', "TooManyRequestsException"
    )
    assert world.trace.first_broken.detail == (
        "More requests than the method admits: 2 a second, bursts of 3. Try again later, with back-off."
    )
    assert world.send("GET", "/free").status == 200
    world.clock.advance(0.5)
    assert [world.send("GET", "/hello").status for _ in range(2)] == [200, 429]


def test_a_setting_that_is_not_imitated_is_refused(world, body):
    with pytest.raises(NotSupported, match=r"MethodSettings\.CachingEnabled True"):
        world.deploy(body("GET /"), {"method_settings": [{"CachingEnabled": True}]})


def test_cors_is_answered_by_a_mock(world, body):
    swagger = body("GET /hello")
    swagger["paths"]["/hello"]["options"] = {
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{\n  "statusCode" : 200\n}\n'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseTemplates": {"application/json": "{}\n"},
                    "responseParameters": {
                        "method.response.header.Access-Control-Allow-Origin": "'*'",
                        "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
                    },
                }
            },
        }
    }
    world.deploy(swagger)
    assert whole(world.send("OPTIONS", "/hello")) == (
        200,
        b"{}\n",
        {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET,OPTIONS",
            "Content-Length": "3",
        },
    )
    assert world.functions.calls == []


def test_gateway_responses_replace_the_gateways_own_answers(world, body):
    responses = {
        "DEFAULT_5XX": {
            "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            "responseTemplates": {"application/json": '{"m":$context.error.messageString,"p":"$context.path"}'},
        },
        "MISSING_AUTHENTICATION_TOKEN": {"statusCode": "404"},
    }
    world.deploy(body("GET /hello"), gateway_responses=responses)
    world.answer(None)
    status, content, headers = whole(world.send("GET", "/hello"))
    assert (status, content, headers["Access-Control-Allow-Origin"]) == (
        502,
        b'{"m":"Internal server error","p":"/Prod/hello"}',
        "*",
    )
    missing = world.send("GET", "/bye")
    assert (missing.status, missing.body) == (404, b'{"message":"Missing Authentication Token"}')


def test_a_misspelled_gateway_response_is_refused(world, body):
    with pytest.raises(NotSupported, match="gateway response type DEFAULT_5X"):
        world.deploy(body("GET /"), gateway_responses={"DEFAULT_5X": {}})


def test_the_same_seed_gives_the_same_answers_and_events(new_world):
    one, other = new_world(), new_world()
    for world in (one, other):
        world.routes("GET /hello")
    assert one.send("GET", "/hello") == other.send("GET", "/hello")
    assert one.functions.events == other.functions.events
