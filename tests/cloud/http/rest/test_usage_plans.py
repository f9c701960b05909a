"""API keys and usage plans: AWS's page "Usage plans and API keys for REST APIs", and its gateway response types."""

from __future__ import annotations

import pytest

from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.rest.usage_plans import PlanStage, Quota, read_plan_stages, read_quota
from grader.cloud.http.throttle import Limit

KEY = {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
FORBIDDEN = (403, '{"message":"Forbidden"}', "ForbiddenException")


def said(response):
    return response.status, response.body.decode(), response.header("x-amzn-ErrorType")


@pytest.fixture
def shop(world, body):
    """An API that wants a key, and a plan with one."""
    world.deploy(body("GET /a", "GET /b", securityDefinitions=KEY, security=[{"api_key": []}]))
    world.key = world.gateway.plans.create_key("jane", "k" * 20)

    def plan(limit=None, quota=None, **methods):
        stage = PlanStage(world.api_id, "Prod", {name.replace("_", "/"): one for name, one in methods.items()})
        made = world.gateway.plans.put_plan(None, "basic", [stage], limit, quota)
        world.gateway.plans.add_key(made.id, world.key.id)
        return made

    world.plan = plan
    world.call = lambda path="/a", key="k" * 20: world.send("GET", path, headers={"x-api-key": key})
    return world


def test_a_key_of_a_plan_opens_the_stage_and_the_function_knows_it(shop):
    shop.plan()
    assert shop.call().status == 200
    identity = shop.functions.events[0]["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == ("k" * 20, shop.key.id)
    assert ("api key", "passed") in shop.gates()


def test_no_key_a_wrong_key_and_a_key_without_a_plan_are_forbidden(shop):
    assert said(shop.send("GET", "/a")) == FORBIDDEN
    assert said(shop.call(key="x" * 20)) == FORBIDDEN
    assert said(shop.call()) == FORBIDDEN
    assert shop.trace.first_broken.detail == (
        "The API key jane is in no usage plan that has the stage Prod. Add the key to a usage plan of the stage."
    )


def test_a_disabled_key_is_forbidden(shop):
    shop.plan()
    shop.key.enabled = False
    assert said(shop.call()) == FORBIDDEN


def test_the_plans_rate_holds_for_each_key(shop):
    plan = shop.plan(Limit(1, 2))
    other = shop.gateway.plans.create_key("joe", "j" * 20)
    shop.gateway.plans.add_key(plan.id, other.id)
    assert [shop.call().status for _ in range(3)] == [200, 200, 429]
    assert said(shop.call("/b")) == (429, '{"message":"Too Many Requests"}', "TooManyRequestsException")
    assert shop.call(key="j" * 20).status == 200
    shop.clock.advance(1)
    assert [shop.call().status for _ in range(2)] == [200, 429]


def test_a_plan_may_limit_one_method(shop):
    shop.plan(**{"_a_GET": Limit(1, 1)})
    assert [shop.call().status for _ in range(2)] == [200, 429]
    assert [shop.call("/b").status for _ in range(2)] == [200, 200]


def test_a_quota_ends_at_midnight(shop):
    shop.plan(quota=Quota(2, "DAY"))
    assert [shop.call().status for _ in range(2)] == [200, 200]
    assert said(shop.call()) == (429, '{"message":"Limit Exceeded"}', "LimitExceededException")
    shop.clock.advance(hours=14, minutes=59)
    assert shop.call().status == 429
    shop.clock.advance(minutes=1)
    assert shop.call().status == 200


def test_a_weeks_quota_begins_anew_on_monday_and_a_months_on_the_first(shop):
    plan = shop.plan(quota=Quota(1, "WEEK"))
    assert [shop.call().status for _ in range(2)] == [200, 429]
    shop.clock.advance(days=6, hours=16)
    assert shop.call().status == 200
    shop.gateway.plans.put_plan(plan.id, "basic", plan.stages, None, Quota(2, "MONTH"))
    assert shop.call().status == 429
    shop.clock.advance(days=22)
    assert shop.call().status == 200


def test_an_offset_counts_in_the_first_period_only(shop):
    shop.plan(quota=Quota(3, "DAY", offset=2))
    assert [shop.call().status for _ in range(2)] == [200, 429]
    shop.clock.advance(days=1)
    assert [shop.call().status for _ in range(4)] == [200, 200, 200, 429]


def test_a_throttled_request_does_not_use_up_the_quota(shop):
    shop.plan(Limit(1, 1), Quota(2, "DAY"))
    assert [shop.call().status for _ in range(3)] == [200, 429, 429]
    shop.clock.advance(1)
    assert shop.call().status == 200


def test_a_method_without_the_demand_needs_no_key(world, body):
    swagger = body("GET /a", "GET /free", securityDefinitions=KEY, security=[{"api_key": []}])
    swagger["paths"]["/free"]["get"]["security"] = []
    world.deploy(swagger)
    assert [world.send("GET", path).status for path in ("/a", "/free")] == [403, 200]
    assert "apiKey" not in world.functions.events[0]["requestContext"]["identity"]


def test_the_authorizer_may_give_the_key(world, body):
    function = "arn:aws:lambda:us-east-1:1:function:gate"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    gate = {
        "type": "apiKey",
        "name": "A",
        "in": "header",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": uri},
    }
    rules = {"securityDefinitions": {**KEY, "Gate": gate}, "security": [{"Gate": []}, {"api_key": []}]}
    world.deploy(body("GET /a", **rules), api_key_source="AUTHORIZER")
    key = world.gateway.plans.create_key("jane")
    plan = world.gateway.plans.put_plan(None, "p", [PlanStage(world.api_id, "Prod")], None, None)
    world.gateway.plans.add_key(plan.id, key.id)
    allow = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    given = {"x": key.value, "y": None}
    world.functions.others["gate"] = lambda event: {
        "principalId": "p", "policyDocument": allow, "usageIdentifierKey": given[event["authorizationToken"]],
    }  # fmt: skip
    assert [world.send("GET", "/a", headers={"A": token}).status for token in "xy"] == [200, 403]


def test_a_burst_meets_the_plans_limit(shop):
    shop.plan(Limit(10, 5))
    start = shop.clock.timestamp()
    sent = {"headers": {"x-api-key": "k" * 20}}
    statuses = [shop.send("GET", "/a", at=start + number / 100, **sent).status for number in range(100)]
    assert statuses.count(200) == 5 + 9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda plans: plans.create_key("a", "short"), "API Key value should be at least 20 characters"),
        (lambda plans: [plans.create_key("a", "v" * 20) for _ in range(2)], "API Key already exists"),
        (lambda plans: plans.key("x"), "Invalid API Key identifier specified"),
        (lambda plans: plans.plan("x"), "Invalid Usage Plan ID specified"),
        (
            lambda plans: read_quota({"Limit": 1, "Period": "YEAR"}),
            "Usage Plan quota period must be DAY, WEEK or MONTH",
        ),
    ],
)
def test_wrong_keys_and_plans_are_refused(world, make, message):
    with pytest.raises(GatewayRefusal) as refused:
        make(world.gateway.plans)
    assert refused.value.message == message


def test_a_key_cannot_be_in_two_plans_of_one_stage(shop):
    shop.plan()
    with pytest.raises(GatewayRefusal) as refused:
        shop.plan()
    assert refused.value.code == "ConflictException"


def test_plans_are_read_as_cloudformation_writes_them():
    stages = [{"ApiId": "a", "Stage": "s", "Throttle": {"/x/GET": {"RateLimit": "2", "BurstLimit": 3}}}]
    assert read_plan_stages(stages) == [PlanStage("a", "s", {"/x/GET": Limit(2.0, 3)})]
    assert read_quota({"Limit": "5", "Period": "day", "Offset": 1}) == Quota(5, "DAY", 1)
    assert read_quota(None) is None
