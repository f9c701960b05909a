"""The console's Test. The log and the event are compared with what AWS wrote for such tests in 2021, 2022 and 2024."""

from __future__ import annotations

import pytest

from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.rest.trial import Trials

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"
URI = f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{ARN}/invocations"


@pytest.fixture
def test_method(world):
    trials = Trials(world.gateway.rest, world.clock, world.gateway.apis.ids, world.traces)

    def tested(resource, verb="GET", **more):
        api = world.gateway.apis.get(world.api_id)
        return trials.run(api, api.definition.resources[resource].id, verb, **more)

    return tested


def test_the_log_tells_of_every_step(world, test_method):
    world.routes("GET /pets/{id}")
    world.answer({"statusCode": 201, "headers": {"X-A": "1"}, "body": "hello"}, duration_ms=12.0)
    trial = test_method("/pets/{id}", path="/pets/3?a=b&a=c", headers={"Accept": "text/plain"})
    request_id = world.functions.events[0]["requestContext"]["requestId"]
    root = trial.response.header("X-Amzn-Trace-Id")
    lines = [line.partition(" UTC 2026 : ")[2] for line in trial.log.splitlines()]
    assert trial.log.splitlines()[0] == f"Execution log for request {request_id}"
    assert lines.pop(9).startswith('Endpoint request body after transformations: {"resource":"/pets/{id}"')
    assert lines[1:] == [
        f"Starting execution for request: {request_id}",
        "HTTP Method: GET, Resource Path: /pets/{id}",
        "Method request path: {id=3}",
        "Method request query string: {a=b,c}",
        "Method request headers: {Accept=text/plain}",
        "Method request body before transformations: ",
        f"Endpoint request URI: {URI}",
        f"Endpoint request headers: {{X-Amz-Date=20261102T090000Z, x-amzn-apigateway-api-id={world.api_id}, "
        f"Accept=application/json, User-Agent=AmazonAPIGateway_{world.api_id}, Host=lambda.us-east-1.amazonaws.com, "
        f"X-Amzn-Trace-Id={root}, x-amzn-lambda-integration-tag={request_id}}}",
        f"Sending request to {URI}",
        "Received response. Status: 200, Integration latency: 12 ms",
        "Endpoint response headers: {Date=Mon, 02 Nov 2026 09:00:00 GMT, Content-Type=application/json, "
        "Content-Length=61, Connection=keep-alive, x-amzn-RequestId=lambda-request, x-amzn-Remapped-Content-Length=0, "
        f"X-Amz-Executed-Version=$LATEST, X-Amzn-Trace-Id={root.replace('Root', 'root')};sampled=0}}",
        'Endpoint response body before transformations: {"statusCode": 201, "headers": {"X-A": "1"}, "body": "hello"}',
        "Method response body after transformations: hello",
        f"Method response headers: {{X-A=1, Content-Type=application/json, X-Amzn-Trace-Id={root}}}",
        "Successfully completed execution",
        "Method completed with status: 201",
    ]


def test_the_event_says_that_it_is_a_test(world, test_method):
    world.routes("GET /pets/{id}")
    test_method("/pets/{id}", path="/pets/3", variables={"colour": "blue"})
    [event] = world.functions.events
    context = event.pop("requestContext")
    assert event == {
        "resource": "/pets/{id}",
        "path": "/pets/3",
        "httpMethod": "GET",
        "headers": None,
        "multiValueHeaders": None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": "3"},
        "stageVariables": {"colour": "blue"},
        "body": None,
        "isBase64Encoded": False,
    }
    told = ("path", "stage", "domainPrefix", "domainName", "resourcePath", "apiId")
    assert {name: context[name] for name in told} == {
        "path": "/pets/{id}",
        "stage": "test-invoke-stage",
        "domainPrefix": "testPrefix",
        "domainName": "testPrefix.testDomainName",
        "resourcePath": "/pets/{id}",
        "apiId": world.api_id,
    }
    known = {name: value for name, value in context["identity"].items() if value is not None}
    assert known == {
        "apiKey": "test-invoke-api-key",
        "apiKeyId": "test-invoke-api-key-id",
        "sourceIp": "test-invoke-source-ip",
    }


TIMED_OUT = {"errorType": "Sandbox.Timedout", "errorMessage": "2026-11-02 Task timed out after 3.00 seconds"}
BROKEN = {
    "malformed": (
        {"payload": {"body": "hello"}},
        502,
        "Execution failed due to configuration error: Malformed Lambda proxy response",
    ),
    "crash": (
        {"error": {"errorType": "KeyError", "errorMessage": "'x'"}, "function_error": "Unhandled"},
        502,
        "Lambda execution failed with status 200 due to customer function error: 'x'. "
        "Lambda request id: lambda-request",
    ),
    "its own time-out": (
        {"error": TIMED_OUT, "function_error": "Unhandled"},
        502,
        "Lambda execution failed with status 200 due to customer function error: 2026-11-02 Task timed out after 3.00 "
        "seconds. Lambda request id: lambda-request",
    ),
    "the gateway's time-out": ({"duration_ms": 29_500.0}, 504, "Execution failed due to a timeout error"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_log_names_what_broke(world, test_method, name):
    more, status, line = BROKEN[name]
    world.routes("GET /a")
    world.answer(**more)
    trial = test_method("/a")
    said = [line.partition(" UTC 2026 : ")[2] for line in trial.log.splitlines()]
    assert (trial.response.status, said[-2:]) == (status, [line, f"Method completed with status: {status}"])
    assert trial.response.header("x-amzn-ErrorType") == "InternalServerErrorException"


def test_a_function_that_must_not_be_invoked_is_named_as_such(world, test_method):
    world.routes("GET /a")
    world.permissions.allowed = False
    trial = test_method("/a")
    assert "Execution failed due to configuration error: Invalid permissions on Lambda function" in trial.log
    assert world.permissions.asked[0][2].endswith(f"{world.api_id}/test-invoke-stage/GET/a")
    assert [(gate.name, gate.status) for gate in world.trace.gates] == [("permission", "broken")]


def test_authorizer_key_and_throttle_are_passed_by(world, body, test_method):
    gated = body("GET /a", **{"x-amazon-apigateway-api-key-source": "HEADER"})
    gated["securityDefinitions"] = {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
    gated["paths"]["/a"]["get"]["security"] = [{"key": []}]
    world.deploy(gated, {"method_settings": [{"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0}]})
    assert world.send("GET", "/a").status == 403
    assert test_method("/a").response.status == 200


def test_the_newest_definition_is_tried_deployed_or_not(world, body, test_method):
    world.routes("GET /a")
    world.gateway.apis.update(world.api_id, body("GET /b"), endpoint_types=["REGIONAL"])
    assert world.send("GET", "/b").status == 403
    assert test_method("/b").response.status == 200


def test_methods_that_are_not_there_are_refused(world, test_method):
    world.routes("GET /a")
    with pytest.raises(GatewayRefusal, match="Invalid Method identifier specified"):
        test_method("/a", verb="POST")


def test_what_went_to_the_function_is_cut_in_the_log(world, test_method):
    world.routes("POST /a")
    trial = test_method("/a", verb="POST", body="x" * 5000)
    [cut] = [line for line in trial.log.splitlines() if "Endpoint request body" in line]
    assert (cut.endswith(" [TRUNCATED]"), "x" * 5000 in trial.log) == (True, True)
