"""REST APIs beside AWS itself: an event of a live API, and the table of gateway responses.

The event was received from API Gateway in July 2026, behind curl; it is published with the router hotsock/voker (MIT).
What that router's own types add to an event (empty strings for null) is left out. The table is AWS's page
"Gateway response types for API Gateway".
"""

from __future__ import annotations

import json

import pytest

from grader.cloud.http.rest.usage_plans import PlanStage, Quota

AUTHORIZER = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:gate"
    "/invocations"
)
BODY = '{"message":"hello from the public internet","unicode":"lambda-λ"}'
LIVE = {
    "resource": "/{proxy+}",
    "path": "/capture/space%20value",
    "httpMethod": "POST",
    "headers": {
        "User-Agent": "curl/8.7.1",
        "X-Forwarded-For": "68.8.83.18",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        "accept": "*/*",
        "content-type": "application/json",
        "cookie": "session=abc123; theme=dark",
        "x-voker-probe": "second",
    },
    "multiValueHeaders": {
        "User-Agent": ["curl/8.7.1"],
        "X-Forwarded-For": ["68.8.83.18"],
        "X-Forwarded-Port": ["443"],
        "X-Forwarded-Proto": ["https"],
        "accept": ["*/*"],
        "content-type": ["application/json"],
        "cookie": ["session=abc123; theme=dark"],
        "x-voker-probe": ["first", "second"],
    },
    "queryStringParameters": {
        "empty": "",
        "encodedPlus": "a+b",
        "literalPlus": "a b",
        "redirect": "https://example.com/a/b",
        "repeat": "two",
    },
    "multiValueQueryStringParameters": {
        "empty": [""],
        "encodedPlus": ["a+b"],
        "literalPlus": ["a b"],
        "redirect": ["https://example.com/a/b"],
        "repeat": ["one", "two"],
    },
    "pathParameters": {"proxy": "capture/space%20value"},
    "stageVariables": None,
    "requestContext": {
        "httpMethod": "POST",
        "path": "/Prod/capture/space%20value",
        "protocol": "HTTP/1.1",
        "resourcePath": "/{proxy+}",
    },
    "body": BODY,
    "isBase64Encoded": False,
}


def test_the_event_is_that_of_a_live_api(world):
    world.routes("ANY /{proxy+}")
    world.send(
        "POST",
        "/capture/space%20value",
        "empty=&encodedPlus=a%2Bb&literalPlus=a+b&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&repeat=one&repeat=two",
        headers=(
            ("user-agent", "curl/8.7.1"),
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("cookie", "session=abc123; theme=dark"),
            ("x-voker-probe", "first"),
            ("x-voker-probe", "second"),
            ("content-length", "70"),
        ),
        body=BODY.encode(),
        source_ip="68.8.83.18",
    )
    [event] = world.functions.events
    for headers in (event["headers"], event["multiValueHeaders"]):
        del headers["Host"], headers["X-Amzn-Trace-Id"]
    event["requestContext"] = {name: event["requestContext"][name] for name in LIVE["requestContext"]}
    assert event == LIVE


def token(**more):
    """A method with a TOKEN authorizer."""
    return {"security": [{"Token": []}], **more}


KEY = {"security": [{"Key": []}]}
STRICT = {
    "x-amazon-apigateway-request-validator": "all",
    "parameters": [
        {"name": "q", "in": "query", "required": True},
        {"name": "Model", "in": "body", "required": True, "schema": {"type": "object", "required": ["name"]}},
    ],
}
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20261102/us-east-1/execute-api/aws4_request, "
          "SignedHeaders=host;x-amz-date, Signature=0", "X-Amz-Date": "20261102T090000Z"}  # fmt: skip
PROVOKED = {
    "ACCESS_DENIED": (403, token(), {"headers": {"Authorization": "deny"}}),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, token(), {"headers": {"Authorization": "crash"}}),
    "UNAUTHORIZED": (401, token(), {}),
    "INVALID_API_KEY": (403, KEY, {}),
    "QUOTA_EXCEEDED": (429, KEY, {"headers": {"x-api-key": "k" * 20}}),
    "BAD_REQUEST_PARAMETERS": (400, STRICT, {}),
    "BAD_REQUEST_BODY": (400, STRICT, {"query": "q=1", "body": b"{}"}),
    "INVALID_SIGNATURE": (403, {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, {"headers": SIGNED}),
    "MISSING_AUTHENTICATION_TOKEN": (403, {}, {"path": "/nothing"}),
    "REQUEST_TOO_LARGE": (413, {}, {"body": b"x" * (10 * 1024 * 1024 + 1)}),
    "THROTTLED": (429, {"limit": 0}, {}),
    "INTEGRATION_TIMEOUT": (504, {"takes": 29_001.0}, {}),
    "API_CONFIGURATION_ERROR": (500, {"allowed": False}, {}),
}


def gate(event):
    """The authorizer: crashes or denies."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}} if "deny" in str(event) else None


@pytest.mark.parametrize("kind", PROVOKED)
def test_every_gateway_response_has_aws_type_and_status(world, body, kind):
    status, operation, request = PROVOKED[kind]
    more = {name: operation[name] for name in ("limit", "takes", "allowed") if name in operation}
    answer = {"responseTemplates": {"application/json": "$context.error.responseType"}}
    authorizer = {"type": "token", "authorizerUri": AUTHORIZER}
    document = body(
        "POST /a",
        **{
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": answer, "DEFAULT_5XX": answer},
            "x-amazon-apigateway-request-validators": {
                "all": {"validateRequestBody": True, "validateRequestParameters": True}
            },
            "securityDefinitions": {
                "Token": {"name": "Authorization", "x-amazon-apigateway-authorizer": authorizer},
                "Key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            },
        },
    )
    document["paths"]["/a"]["post"] |= {name: value for name, value in operation.items() if name not in more}
    limits = {"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0} if "limit" in more else {}
    world.deploy(document, {"method_settings": [limits]})
    world.functions.others["gate"] = gate
    world.permissions.allowed = more.get("allowed", True)
    world.answer({"statusCode": 200}, duration_ms=more.get("takes", 1.0))
    plans = world.gateway.plans
    key = plans.create_key("client", "k" * 20)
    plan = plans.put_plan(None, "plan", [PlanStage(world.api_id, "Prod", {})], None, Quota(1, "DAY"))
    plans.add_key(plan.id, key.id)
    if kind == "QUOTA_EXCEEDED":
        world.send("POST", "/a", **request)
    response = world.send("POST", request.get("path", "/a"), **{k: v for k, v in request.items() if k != "path"})
    assert (response.status, response.body.decode()) == (status, kind)


def test_the_body_is_json_with_one_message(world):
    world.routes("GET /a")
    response = world.send("GET", "/b")
    assert json.loads(response.body) == {"message": "Missing Authentication Token"}
    assert response.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert response.header("Content-Type") == "application/json"
