"""What requests leave behind: AWS's pages "API Gateway dimensions and metrics" and "Variables for access logging"."""

from __future__ import annotations

import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.http.access_log import AccessLog, read_access_log
from grader.cloud.http.errors import GatewayRefusal

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:access"


def test_a_request_is_counted_under_its_api_and_stage(world):
    world.routes("GET /a")
    world.send("GET", "/a")
    world.send("GET", "/b")
    world.answer(None)
    world.send("GET", "/a")
    by_api, by_stage = (("ApiName", "app"),), (("ApiName", "app"), ("Stage", "Prod"))
    latency = {"Latency": 5.0, "IntegrationLatency": 5.0}
    assert world.records.metrics == [
        ("AWS/ApiGateway", {"Count": 1.0, "4XXError": 0.0, "5XXError": 0.0, **latency}, [by_api, by_stage]),
        ("AWS/ApiGateway", {"Count": 1.0, "4XXError": 1.0, "5XXError": 0.0, "Latency": 0.0}, [by_api, by_stage]),
        ("AWS/ApiGateway", {"Count": 1.0, "4XXError": 0.0, "5XXError": 1.0, **latency}, [by_api, by_stage]),
    ]


def test_detailed_metrics_name_method_and_resource(world, body):
    world.deploy(body("ANY /a/{id}"), {"method_settings": [{"MetricsEnabled": True}]})
    world.send("PUT", "/a/1")
    [(_, _, sets)] = world.records.metrics
    assert sets[2] == (("ApiName", "app"), ("Method", "PUT"), ("Resource", "/a/{id}"), ("Stage", "Prod"))


def test_a_request_for_no_stage_is_not_counted(world):
    world.routes("GET /a")
    world.gateway.apis.delete_stage(world.api_id, "Prod")
    world.send("GET", "/a")
    assert world.records.metrics == []


def test_an_access_log_has_a_line_for_each_request(world, body):
    layout = "$context.requestId $context.httpMethod $context.resourcePath $context.status $context.responseLength"
    layout += " $context.identity.sourceIp [$context.requestTime] $context.error.responseType $context.nothing"
    world.deploy(body("GET /a/{id}"), {"access_log": AccessLog("access", layout)})
    sent = [world.send("GET", path) for path in ("/a/1", "/b")]
    ids = [response.header("x-amzn-RequestId") for response in sent]
    assert [(group, line) for group, _, line in world.records.lines] == [
        ("access", f"{ids[0]} GET /a/{{id}} 200 5 127.0.0.1 [02/Nov/2026:09:00:00 +0000] - -"),
        ("access", f"{ids[1]} GET - 403 42 127.0.0.1 [02/Nov/2026:09:00:00 +0000] MISSING_AUTHENTICATION_TOKEN -"),
    ]


@pytest.mark.parametrize(
    ("level", "lines"),
    [("OFF", {200: False, 502: False}), ("ERROR", {200: False, 502: True}), ("INFO", {200: True, 502: True})],
)
def test_the_execution_log_is_written_at_its_level(world, body, level, lines):
    world.deploy(body("GET /a"), {"method_settings": [{"LoggingLevel": level}]})
    for status, payload in ((200, {"statusCode": 200}), (502, None)):
        world.records.lines.clear()
        world.answer(payload)
        response = world.send("GET", "/a")
        found = [line for group, _, line in world.records.lines]
        assert (response.status, bool(found)) == (status, lines[status])
        if found:
            request_id = response.header("x-amzn-RequestId")
            assert f"({request_id}) Method completed with status: {status}" in found
            assert world.records.lines[0][0] == f"API-Gateway-Execution-Logs_{world.api_id}/Prod"


def logged(world, response):
    """The lines of a request's execution log, without its id."""
    before = f"({response.header('x-amzn-RequestId')}) "
    lines = [line for group, _, line in world.records.lines if group.startswith("API-Gateway-Execution-Logs")]
    assert all(line.startswith(before) for line in lines)
    return [line.removeprefix(before) for line in lines]


def test_the_execution_log_without_data_has_the_outcome_only(world, body):
    world.deploy(body("GET /a"), {"method_settings": [{"LoggingLevel": "INFO"}]})
    response = world.send("GET", "/a", headers={"Secret": "s3"})
    request_id, stage = response.header("x-amzn-RequestId"), f"API Stage: {world.api_id}/Prod"
    assert logged(world, response) == [
        f"Extended Request Id: {response.header('x-amz-apigw-id')}",
        f"Verifying Usage Plan for request: {request_id}. API Key:  {stage}",
        "API Key  authorized because method 'GET /a' does not require API Key. Request will not contribute to throttle "
        "or quota limits",
        f"Usage Plan check succeeded for API Key  and {stage}",
        f"Starting execution for request: {request_id}",
        "HTTP Method: GET, Resource Path: /a",
        "Successfully completed execution",
        "Method completed with status: 200",
        "AWS Integration Endpoint RequestId : lambda-request",
    ]


def test_the_execution_log_with_data_is_cut_at_1024_bytes(world, body):
    world.deploy(body("POST /a"), {"method_settings": [{"LoggingLevel": "INFO", "DataTraceEnabled": True}]})
    response = world.send("POST", "/a", headers={"X-A": "1"}, body=b"x" * 2000)
    lines = logged(world, response)
    assert [line for line in lines if line.startswith("Method request headers: {X-A=1, Host=")]
    [sent] = [line for line in lines if line.startswith("Method request body before transformations: xxx")]
    assert (sent.endswith("xxx [TRUNCATED]"), max(len(line) for *_, line in world.records.lines)) == (True, 1024)


@pytest.mark.parametrize(
    ("settings", "payload", "status", "line"),
    [
        ({"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0}, {}, 429, "More requests than the method admits"),
        ({}, {"payload": None}, 502, "Execution failed due to configuration error: Malformed Lambda proxy response"),
        ({}, {"duration_ms": 29_100.0}, 504, "Execution failed due to a timeout error"),
    ],
)
def test_the_execution_log_says_why(world, body, settings, payload, status, line):
    world.deploy(body("GET /a"), {"method_settings": [{"LoggingLevel": "ERROR", **settings}]})
    world.answer(**{"payload": {"statusCode": 200}, **payload})
    response = world.send("GET", "/a")
    said = [one for one in logged(world, response) if line in one]
    assert (response.status, len(said)) == (status, 1)


def test_access_log_settings_are_read_as_aws_reads_them():
    layout = "$context.requestId"
    assert read_access_log({"DestinationArn": f"{GROUP}:*", "Format": layout}) == AccessLog("access", layout)
    assert read_access_log(None) is None
    with pytest.raises(NotSupported, match="Firehose"):
        read_access_log({"DestinationArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/x"})
    with pytest.raises(GatewayRefusal, match="Invalid ARN"):
        read_access_log({"DestinationArn": "access"})
    with pytest.raises(GatewayRefusal, match="it must be a single line"):
        read_access_log({"DestinationArn": GROUP, "Format": "$context.status"}, demand_request_id=True)
