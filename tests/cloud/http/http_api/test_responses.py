"""What a function's result becomes: AWS's page "Create AWS Lambda proxy integrations for HTTP APIs".

Content types, plain strings and faults as a live API answers them: the snapshots of April 2025 in
github.com/aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2/tests (V1_*, V2_*, ToApiGateway*).
"""

from __future__ import annotations

import base64

import pytest

JSON, PLAIN = "application/json", "text/plain; charset=utf-8"
FAILED = (500, b'{"message":"Internal Server Error"}', JSON)


def said(response):
    return response.status, response.body, response.header("content-type")


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ("Hello, World!", b"Hello, World!"),
        ("", b""),
        ('Special "quoted" text', b'Special "quoted" text'),
        ({"message": "Hello from Lambda!"}, b'{"message": "Hello from Lambda!"}'),
        ({"name": "John Doe", "age": 30}, b'{"name": "John Doe", "age": 30}'),
        ({"body": "no status"}, b'{"body": "no status"}'),
        ([1, 2, 3, 4, 5], b"[1, 2, 3, 4, 5]"),
        (42, b"42"),
        (True, b"true"),
        (None, b"null"),
    ],
)
def test_a_result_without_a_status_becomes_a_200(world, result, body):
    world.http_api("GET /")
    world.answer(result)
    assert said(world.ask("GET", "/")) == (200, body, JSON)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"statusCode": 201, "body": '{"message":"Created"}'}, (201, b'{"message":"Created"}', PLAIN)),
        ({"statusCode": "200", "body": "x"}, (200, b"x", PLAIN)),
        ({"statusCode": 204}, (204, b"", PLAIN)),
        ({"statusCode": 200, "headers": {"Content-Type": JSON}, "body": "{}"}, (200, b"{}", JSON)),
        (
            {"statusCode": 200, "body": base64.b64encode(b"\xff\x00").decode(), "isBase64Encoded": True},
            (200, b"\xff\x00", PLAIN),
        ),
        ({"statusCode": 200, "unknown": 1}, (200, b"", PLAIN)),
        ({"statusCode": 0}, FAILED),
        ({"statusCode": 200.5}, FAILED),
        ({"statusCode": "two"}, FAILED),
        ({"statusCode": None}, FAILED),
        ({"statusCode": 200, "body": {"a": 1}}, FAILED),
        ({"statusCode": 200, "body": "no base64!", "isBase64Encoded": True}, FAILED),
        ({"statusCode": 200, "headers": ["a"]}, FAILED),
        ({"statusCode": 200, "headers": {"a": ["b"]}}, FAILED),
        ({"statusCode": 200, "cookies": "a=1"}, FAILED),
    ],
)
def test_a_result_with_a_status_is_the_answer(world, result, expected):
    world.http_api("GET /")
    world.answer(result)
    assert said(world.ask("GET", "/")) == expected
    if expected == FAILED:
        assert world.trace.first_broken.name == "response"


def test_headers_and_cookies_of_an_answer(world):
    world.http_api("GET /")
    cookies = ["a=1; HttpOnly", "b=2"]
    headers = {"X-Number": 7, "X-Flag": True, "X-None": None, "X-Break": "a\r\nX-Evil: 1", "Content-Length": "99"}
    world.answer({"statusCode": 200, "headers": headers, "cookies": cookies, "body": "hi"})
    response = world.ask("GET", "/")
    assert response.headers == (
        ("x-number", "7"),
        ("x-flag", "true"),
        ("x-break", "a X-Evil: 1"),
        ("set-cookie", "a=1; HttpOnly"),
        ("set-cookie", "b=2"),
        ("content-type", PLAIN),
        ("content-length", "2"),
        ("apigw-requestid", response.header("apigw-requestid")),
    )


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"statusCode": 200, "body": "hi"}, (200, b"hi", PLAIN)),
        ({"statusCode": 200, "multiValueHeaders": {"Content-Type": ["text/html"]}}, (200, b"", "text/html")),
        ({"statusCode": 0}, FAILED),
        ("Hello", FAILED),
        ({"message": "no status"}, FAILED),
        (None, FAILED),
        ({"statusCode": 200, "multiValueHeaders": {"A": "b"}}, FAILED),
    ],
)
def test_format_1_infers_nothing(world, http, result, expected):
    world.http_api(body=http("GET /", payload="1.0"))
    world.answer(result)
    assert said(world.ask("GET", "/")) == expected


def test_format_1_merges_both_maps_of_headers(world, http):
    world.http_api(body=http("GET /", payload="1.0"))
    many = {"Combined": ["multi-value1", "multi-value2"]}
    world.answer({"statusCode": 200, "headers": {"Combined": "single-value"}, "multiValueHeaders": many})
    values = [value for name, value in world.ask("GET", "/").headers if name == "combined"]
    assert values == ["single-value", "multi-value1", "multi-value2"]
