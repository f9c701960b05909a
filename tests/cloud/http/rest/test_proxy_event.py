"""The event that a function receives."""

from __future__ import annotations

import base64


def test_the_whole_event_of_a_regional_api(world):
    world.routes("GET /users/{id}")
    world.redeploy(variables={"colour": "blue"})
    sent = (("Accept", "text/html"), ("X-Tag", "a"), ("X-Tag", "b"), ("user-agent", "curl/8"), ("Content-Length", "0"))
    response = world.send(
        "GET", "/users/a%20b/", "q=1&q=2&name=J%C3%BCrgen+M&empty=", headers=sent, source_ip="1.2.3.4"
    )
    [event] = world.functions.events
    answered = dict(response.headers)
    stage = world.gateway.apis.get(world.api_id).stages["Prod"]
    assert event == {
        "resource": "/users/{id}",
        "path": "/users/a%20b/",
        "httpMethod": "GET",
        "headers": {
            "Accept": "text/html",
            "X-Tag": "b",
            "User-Agent": "curl/8",
            "Host": world.host,
            "X-Amzn-Trace-Id": answered["X-Amzn-Trace-Id"],
            "X-Forwarded-For": "1.2.3.4",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        },
        "multiValueHeaders": {
            "Accept": ["text/html"],
            "X-Tag": ["a", "b"],
            "User-Agent": ["curl/8"],
            "Host": [world.host],
            "X-Amzn-Trace-Id": [answered["X-Amzn-Trace-Id"]],
            "X-Forwarded-For": ["1.2.3.4"],
            "X-Forwarded-Port": ["443"],
            "X-Forwarded-Proto": ["https"],
        },
        "queryStringParameters": {"q": "2", "name": "Jürgen M", "empty": ""},
        "multiValueQueryStringParameters": {"q": ["1", "2"], "name": ["Jürgen M"], "empty": [""]},
        "pathParameters": {"id": "a%20b"},
        "stageVariables": {"colour": "blue"},
        "requestContext": {
            "resourceId": stage.definition.resources["/users/{id}"].id,
            "resourcePath": "/users/{id}",
            "httpMethod": "GET",
            "extendedRequestId": answered["x-amz-apigw-id"],
            "requestTime": "02/Nov/2026:09:00:00 +0000",
            "path": "/Prod/users/a%20b/",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "Prod",
            "domainPrefix": world.api_id,
            "requestTimeEpoch": 1793610000000,
            "requestId": answered["x-amzn-RequestId"],
            "identity": {
                "cognitoIdentityPoolId": None,
                "accountId": None,
                "cognitoIdentityId": None,
                "caller": None,
                "sourceIp": "1.2.3.4",
                "principalOrgId": None,
                "accessKey": None,
                "cognitoAuthenticationType": None,
                "cognitoAuthenticationProvider": None,
                "userArn": None,
                "userAgent": "curl/8",
                "user": None,
            },
            "domainName": world.host,
            "deploymentId": stage.deployment.id,
            "apiId": world.api_id,
        },
        "body": None,
        "isBase64Encoded": False,
    }


def test_what_is_empty_is_none(world):
    world.routes("GET /")
    world.send("GET", "/")
    [event] = world.functions.events
    empty = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert {name: event[name] for name in empty} == dict.fromkeys(empty)


def test_a_text_body_arrives_as_text(world):
    world.routes("POST /")
    world.send("POST", "/", body="name=Jürgen".encode())
    [event] = world.functions.events
    assert (event["body"], event["isBase64Encoded"]) == ("name=Jürgen", False)


def test_a_binary_body_arrives_in_base64_when_the_api_lists_its_type(world, body):
    world.deploy(body("POST /"), binary_media_types=["image~1*"])
    picture = b"\x89PNG\r\n\x1a\n"
    world.send("POST", "/", body=picture, headers=(("Content-Type", "image/png; x=y"),))
    world.send("POST", "/", body=b"text", headers=(("Content-Type", "text/plain"),))
    found = [(event["body"], event["isBase64Encoded"]) for event in world.functions.events]
    assert found == [(base64.b64encode(picture).decode(), True), ("text", False)]


def test_a_binary_body_is_spoiled_when_the_api_does_not_list_its_type(world):
    world.routes("POST /")
    world.send("POST", "/", body=b"\x89PNG", headers=(("Content-Type", "image/png"),))
    assert world.functions.events[0]["body"] == "\ufffdPNG"


def test_cloudfront_adds_headers_in_front_of_an_edge_optimised_api(world, body):
    world.deploy(body("GET /"), endpoint_types=["EDGE"])
    response = world.send("GET", "/", source_ip="1.2.3.4")
    headers = world.functions.events[0]["headers"]
    assert sorted(name for name in headers if name.startswith("CloudFront-")) == [
        "CloudFront-Forwarded-Proto",
        "CloudFront-Is-Desktop-Viewer",
        "CloudFront-Is-Mobile-Viewer",
        "CloudFront-Is-SmartTV-Viewer",
        "CloudFront-Is-Tablet-Viewer",
        "CloudFront-Viewer-ASN",
        "CloudFront-Viewer-Country",
    ]
    assert headers["X-Forwarded-For"] == "1.2.3.4, 130.176.1.68"
    assert response.header("X-Cache") == "Miss from cloudfront"
