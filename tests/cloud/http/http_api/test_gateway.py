"""A request's way through an HTTP API's gates, and what each broken gate answers.

Sources: AWS's pages "Troubleshooting issues with HTTP API Lambda integrations", "Throttle requests to your HTTP APIs",
"Stages for HTTP APIs"; bodies as live APIs send them (github.com/aws/aws-lambda-dotnet, LambdaTestTool-v2).
"""

from __future__ import annotations

import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.functions.errors import TooManyRequests
from grader.cloud.http.access_log import AccessLog
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.throttle import Limit


def whole(response):
    return response.status, response.body.decode(), dict(response.headers).keys() - {"apigw-requestid"}


OWN = {"content-type", "content-length"}


def test_a_good_request_passes_every_gate(world):
    world.http_api("GET /hello")
    response = world.ask("GET", "/hello")
    assert (response.status, response.body) == (200, b"hello")
    assert [name for name, status in world.gates() if status == "passed"] == [
        "route",
        "throttle",
        "permission",
        "environment",
        "handler",
        "response",
    ]
    assert world.trace.title == "GET /hello → 200"
    exchange = world.gateway.exchange(response.header("apigw-requestid"))
    assert (exchange.latency, exchange.environment) == (0.005, "env-1")


def test_an_unknown_route_is_not_found(world):
    world.http_api("GET /hello")
    assert whole(world.ask("POST", "/hello")) == (404, '{"message":"Not Found"}', OWN)
    assert world.trace.first_broken.detail == "No route POST /hello; the API has GET /hello."


def test_without_a_default_stage_a_path_without_one_is_not_found(world):
    world.http_api("GET /hello", stage="dev")
    assert world.ask("GET", "/hello").status == 404
    assert "the API has no stage $default, only dev" in world.trace.first_broken.detail


def test_a_stage_that_does_not_deploy_by_itself_serves_what_was_deployed(world, http):
    world.http_api("GET /a", settings={"auto_deploy": False})
    assert world.ask("GET", "/a").status == 404
    world.gateway.http_apis.deploy(world.api_id, "$default")
    world.gateway.http_apis.update(world.api_id, "app", http("GET /b"))
    assert [world.ask("GET", path).status for path in ("/a", "/b")] == [200, 404]
    world.gateway.http_apis.deploy(world.api_id, "$default")
    assert [world.ask("GET", path).status for path in ("/a", "/b")] == [404, 200]


def test_a_disabled_endpoint_is_not_found(world):
    world.http_api("GET /a", disabled=True)
    assert world.ask("GET", "/a").status == 404


def test_a_crash_is_an_internal_server_error(world):
    world.http_api("GET /")
    world.functions.handler = lambda event: world.failed("KeyError", "'name'")
    assert whole(world.ask("GET", "/")) == (500, '{"message":"Internal Server Error"}', OWN)
    assert (world.trace.first_broken.name, world.trace.first_broken.detail) == ("handler", "KeyError: 'name'")


def test_a_function_slower_than_the_integration_is_unavailable(world):
    world.http_api("GET /")
    world.answer({"statusCode": 200}, duration_ms=30_001.0)
    response = world.ask("GET", "/")
    assert whole(response) == (503, '{"message":"Service Unavailable"}', OWN)
    assert world.gateway.exchange(response.header("apigw-requestid")).latency == 30.0


def test_a_throttled_function_is_unavailable(world):
    world.http_api("GET /")

    def refuse(event):
        raise TooManyRequests(reserved=True)

    world.functions.handler = refuse
    assert world.ask("GET", "/").status == 503


def test_a_missing_permission_is_an_internal_server_error(world):
    world.http_api("ANY /users/{id}", "$default")
    world.permissions.allowed = False
    assert world.ask("GET", "/users/7").status == 500
    world.ask("GET", "/else")
    base = f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/$default"
    assert [asked[2] for asked in world.permissions.asked] == [f"{base}/GET/users/{{id}}", f"{base}/$default"]
    assert world.trace.first_broken.name == "permission"


@pytest.mark.parametrize("megabytes", [7, 11])
def test_a_function_takes_six_megabytes_and_the_gateway_ten(world, megabytes):
    world.http_api("POST /")
    response = world.ask("POST", "/", body=b"x" * megabytes * 1024 * 1024)
    assert whole(response) == (413, '{"message":"Request Entity Too Large"}', OWN)
    assert world.trace.first_broken.name == "size"


def test_routes_have_limits_of_their_own_or_the_stages(world):
    settings = {"default_limit": Limit(1, 2), "limits": {"GET /a": Limit(1, 1)}}
    world.http_api("GET /a", "GET /b", settings=settings)
    assert [world.ask("GET", "/a").status for _ in range(2)] == [200, 429]
    assert [world.ask("GET", "/b").status for _ in range(3)] == [200, 200, 429]
    assert whole(world.ask("GET", "/b")) == (429, '{"message":"Too Many Requests"}', OWN)
    world.clock.advance(1)
    assert world.ask("GET", "/a").status == 200


def test_the_account_admits_a_burst_of_five_thousand(world):
    world.http_api("GET /a")
    start = world.clock.timestamp()
    statuses = [world.ask("GET", "/a", at=start).status for _ in range(5001)]
    assert (statuses.count(200), statuses[-1]) == (5000, 429)
    assert "for all its APIs together" in world.trace.first_broken.detail


def test_requests_are_counted_and_logged(world):
    layout = "$context.requestId $context.routeKey $context.status $context.integrationErrorMessage"
    world.http_api("GET /a", settings={"access_log": AccessLog("access", layout), "detailed_metrics": True})
    world.permissions.allowed = False
    response = world.ask("GET", "/a")
    [(namespace, values, sets)] = world.records.metrics
    api, stage = ("ApiId", world.api_id), ("Stage", "$default")
    assert (namespace, sets) == ("AWS/ApiGateway", [(api,), (api, stage), (api, ("Route", "GET /a"), stage)])
    assert values == {"Count": 1.0, "4xx": 0.0, "5xx": 1.0, "Latency": 0.0, "DataProcessed": 35.0}
    [(group, _, line)] = world.records.lines
    assert (group, line) == (
        "access",
        f"{response.header('apigw-requestid')} GET /a 500 The IAM role configured on the integration or API Gateway "
        "doesn't have permissions to call the integration. Check the permissions and try again.",
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"payloadFormatVersion": "3.0"}, "PayloadFormatVersion is a required parameter"),
        ({"timeoutInMillis": 30_001}, "Timeout should be between 50 ms and 30000 ms"),
        ({"uri": "https://example.com"}, "Invalid integration uri specified"),
    ],
)
def test_a_wrong_integration_is_refused(world, http, change, refusal):
    body = http("GET /")
    body["paths"]["/"]["get"]["x-amazon-apigateway-integration"] |= change
    with pytest.raises(GatewayRefusal, match=refusal):
        world.http_api(body=body)


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"type": "HTTP_PROXY"}, "Integration.type HTTP_PROXY of an HTTP API"),
        ({"requestParameters": {"a": "b"}}, "Integration.requestParameters of an HTTP API"),
        ({"integrationSubtype": "SQS-SendMessage"}, "Integration.integrationSubtype of an HTTP API"),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(world, http, change, feature):
    body = http("GET /")
    body["paths"]["/"]["get"]["x-amazon-apigateway-integration"] |= change
    with pytest.raises(NotSupported) as refused:
        world.http_api(body=body)
    assert refused.value.feature == feature


def test_settings_for_a_route_that_is_not_there_are_refused(world):
    with pytest.raises(GatewayRefusal, match="Unable to find Route by key GET /b"):
        world.http_api("GET /a", settings={"limits": {"GET /b": Limit(1, 1)}})


def test_swagger_2_is_refused(world, body):
    with pytest.raises(GatewayRefusal, match=r"OpenAPI 3\.0 definitions only"):
        world.http_api(body=body("GET /"))
