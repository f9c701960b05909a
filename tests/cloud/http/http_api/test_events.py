"""The events of HTTP APIs, whole.

Formats: AWS's page "Create AWS Lambda proxy integrations for HTTP APIs". Where it leaves something open, the event is
that of a live API: the captures of July 2026 in github.com/hotsock/voker (vokerhttp/testdata) and the snapshots of
April 2025 in github.com/aws/aws-lambda-dotnet (Tools/LambdaTestTool-v2).
"""

from __future__ import annotations

import base64

import pytest

SENT = (  # the request of the live captures: curl, over HTTP/2
    ("host", "ignored"),
    ("user-agent", "curl/8.7.1"),
    ("accept", "*/*"),
    ("content-type", "application/json"),
    ("cookie", "session=abc123; theme=dark"),
    ("x-voker-probe", "first"),
    ("x-voker-probe", "second"),
)
QUERY = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty="
BODY = '{"message":"hello from the public internet","unicode":"lambda-λ"}'
TIMES = ("02/Nov/2026:09:00:00 +0000", 1793610000000)


def test_format_2_is_that_of_a_live_api(world):
    world.http_api("$default")
    response = world.ask(
        "POST", "/capture/space%20value", QUERY, headers=SENT, body=BODY.encode(), source_ip="68.8.83.18"
    )
    [event] = world.functions.events
    assert event == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/capture/space value",
        "rawQueryString": QUERY,
        "cookies": ["session=abc123", "theme=dark"],
        "headers": {
            "accept": "*/*",
            "content-length": "66",
            "content-type": "application/json",
            "host": world.host,
            "user-agent": "curl/8.7.1",
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
            "accountId": "123456789012",
            "apiId": world.api_id,
            "domainName": world.host,
            "domainPrefix": world.api_id,
            "http": {
                "method": "POST",
                "path": "/capture/space value",
                "protocol": "HTTP/1.1",
                "sourceIp": "68.8.83.18",
                "userAgent": "curl/8.7.1",
            },
            "requestId": response.header("apigw-requestid"),
            "routeKey": "$default",
            "stage": "$default",
            "time": TIMES[0],
            "timeEpoch": TIMES[1],
        },
        "body": BODY,
        "isBase64Encoded": False,
    }


def test_path_parameters_and_stage_variables_of_format_2(world):
    world.http_api("POST /users/{name}/orders/{order}", settings={"variables": {"colour": "blue"}})
    world.ask("POST", "/users/J%C3%BCrgen%20M/orders/%E2%98%95")
    [event] = world.functions.events
    assert (event["pathParameters"], event["stageVariables"]) == (
        {"name": "Jürgen M", "order": "☕"},
        {"colour": "blue"},
    )
    assert "body" not in event and "cookies" not in event and "queryStringParameters" not in event


def test_a_stage_other_than_default_stands_in_the_path(world):
    world.http_api("GET /hello", stage="v1")
    assert world.ask("GET", "/hello").status == 404
    assert world.ask("GET", "/v1/hello").status == 200
    [event] = world.functions.events
    assert (event["rawPath"], event["routeKey"], event["requestContext"]["stage"]) == ("/v1/hello", "GET /hello", "v1")


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        ("application/json", False),
        ("text/plain; charset=utf-8", False),
        ("application/vnd.api+json", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=x", True),
        ("application/octet-stream", True),
        ("image/png", True),
        (None, False),
    ],
)
def test_what_is_no_text_arrives_in_base64(world, kind, encoded):
    world.http_api("POST /")
    world.ask("POST", "/", body=b"name=J", headers={"Content-Type": kind} if kind else {})
    [event] = world.functions.events
    expected = base64.b64encode(b"name=J").decode() if encoded else "name=J"
    assert (event["body"], event["isBase64Encoded"]) == (expected, encoded)


def test_format_1_is_that_of_a_live_api(world, http):
    world.http_api(body=http("POST /api/users/{userId}/orders/{o}", payload="1.0"))
    headers = (("User-Agent", "TestAgent"), ("Cookie", "session=abc123"), ("X-A", "1"), ("X-A", "2"))
    query = "status=pending&tag=important&tag=urgent"
    response = world.ask("POST", "/api/users/1%202/orders/3", query, headers=headers, source_ip="192.0.2.1")
    [event] = world.functions.events
    request_id = response.header("apigw-requestid")
    sent = {
        "User-Agent": "TestAgent",
        "Cookie": "session=abc123",
        "X-A": "2",
        "Content-Length": "0",
        "Host": world.host,
        "X-Amzn-Trace-Id": event["headers"]["X-Amzn-Trace-Id"],
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    assert event == {
        "version": "1.0",
        "resource": "/api/users/{userId}/orders/{o}",
        "path": "/api/users/1%202/orders/3",
        "httpMethod": "POST",
        "headers": sent,
        "multiValueHeaders": {**{name: [value] for name, value in sent.items()}, "X-A": ["1", "2"]},
        "queryStringParameters": {"status": "pending", "tag": "urgent"},
        "multiValueQueryStringParameters": {"status": ["pending"], "tag": ["important", "urgent"]},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": world.api_id,
            "domainName": world.host,
            "domainPrefix": world.api_id,
            "extendedRequestId": request_id,
            "httpMethod": "POST",
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAmr": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": "192.0.2.1",
                "user": None,
                "userAgent": "TestAgent",
                "userArn": None,
            },
            "path": "/api/users/1%202/orders/3",
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "requestTime": TIMES[0],
            "requestTimeEpoch": TIMES[1],
            "resourceId": "POST /api/users/{userId}/orders/{o}",
            "resourcePath": "/api/users/{userId}/orders/{o}",
            "stage": "$default",
        },
        "pathParameters": {"userId": "1 2", "o": "3"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
