"""EventBridge rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def put(account: Any) -> None:
    account.client("events").put_events(
        Entries=[{"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"n": 1}), "Resources": ["r"]}]
    )
    account.cloud.run_until_idle()


def rule(account: Any, target: dict[str, Any], pattern: dict[str, Any] | None = None) -> str:
    events = account.client("events")
    arn: str = events.put_rule(Name="orders", EventPattern=json.dumps(pattern or {"source": ["shop"]}))["RuleArn"]
    events.put_targets(Rule="orders", Targets=[{"Id": "1", **target}])
    return arn


def test_a_rule_delivers_the_event_to_its_function(account: Any) -> None:
    account.permit("f", "events.amazonaws.com", rule(account, {"Arn": account.function("f")}))
    put(account)
    (event,) = account.called("f")
    del event["id"]
    assert event == {
        "version": "0",
        "detail-type": "Order",
        "source": "shop",
        "account": "123456789012",
        "time": "2026-11-02T09:00:00Z",
        "region": "us-east-1",
        "resources": ["r"],
        "detail": {"n": 1},
    }


def test_a_rule_whose_pattern_does_not_match_stays_silent(account: Any) -> None:
    arn = rule(account, {"Arn": account.function("f")}, {"source": ["other"]})
    account.permit("f", "events.amazonaws.com", arn)
    put(account)
    assert account.calls == []


def test_without_permission_nothing_is_delivered(account: Any) -> None:
    rule(account, {"Arn": account.function("f")})
    put(account)
    assert account.calls == []
    assert account.cloud.traces.last().first_broken.name == "permission"


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail"}, {"n": 1}),
        (
            {"InputTransformer": {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}},
            {"number": 1},
        ),
    ],
    ids=["input", "path", "transformer"],
)
def test_a_target_may_be_given_something_else(account: Any, target: dict[str, Any], given: Any) -> None:
    account.permit("f", "events.amazonaws.com", rule(account, {"Arn": account.function("f"), **target}))
    put(account)
    assert account.called("f") == [given]


def test_a_queue_is_a_target_too(account: Any) -> None:
    rule(account, {"Arn": account.queue("q", "events.amazonaws.com")})
    put(account)
    assert [json.loads(message["Body"])["detail"] for message in account.received("q")] == [{"n": 1}]


@pytest.mark.parametrize("operation", ["create_archive", "create_connection"])
def test_what_is_not_imitated_says_so(account: Any, operation: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "create_archive": {
            "ArchiveName": "a",
            "EventSourceArn": "arn:aws:events:us-east-1:123456789012:event-bus/default",
        },
        "create_connection": {
            "Name": "c",
            "AuthorizationType": "API_KEY",
            "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "n", "ApiKeyValue": "v"}},
        },
    }
    with pytest.raises(ClientError, match="NotSupported: the pocket AWS does not imitate events:Create"):
        getattr(account.client("events"), operation)(**given[operation])


def test_a_target_that_nobody_can_reach_is_refused(account: Any) -> None:
    with pytest.raises(ClientError, match=r"NotSupported.*kinesis"):
        rule(account, {"Arn": "arn:aws:kinesis:us-east-1:123456789012:stream/s"})


def test_a_malformed_pattern_is_refused_with_its_reason(account: Any) -> None:
    with pytest.raises(
        ClientError, match=r'Event pattern is not valid\. Reason: "source" must be an object or an array'
    ):
        rule(account, {"Arn": account.function("f")}, {"source": "shop"})


def test_a_pattern_is_tried_on_an_event(account: Any) -> None:
    client = account.client("events")
    event = {"id": "1", "source": "shop", "detail": {"total": 20}}
    pattern = {"detail": {"total": [{"numeric": [">", 10]}]}}
    assert client.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]
    assert not client.test_event_pattern(EventPattern='{"source": ["x"]}', Event=json.dumps(event))["Result"]


def test_an_input_template_may_name_rule_and_event(account: Any) -> None:
    transformer = {
        "InputPathsMap": {"n": "$.detail.n", "gone": "$.detail.gone"},
        "InputTemplate": '{"text": "<n> <gone>", "rule": <aws.events.rule-name>, "whole": <aws.events.event.json>}',
    }
    account.permit(
        "f", "events.amazonaws.com", rule(account, {"Arn": account.function("f"), "InputTransformer": transformer})
    )
    put(account)
    (given,) = account.called("f")
    assert (given["text"], given["rule"], given["whole"]["detail"]) == ("1 ", "orders", {"n": 1})


def service_role(account: Any, name: str, service: str, *statements: dict[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    iam = account.client("iam")
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return arn


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_another_bus_is_a_target_and_events_go_no_further(account: Any) -> None:
    client = account.client("events")
    second = client.create_event_bus(Name="second")["EventBusArn"]
    third = client.create_event_bus(Name="third")["EventBusArn"]
    role = service_role(account, "bus", "events.amazonaws.com", allow("events:PutEvents", "*"))
    rule(account, {"Arn": second, "RoleArn": role})
    function = account.function("f")
    arn = client.put_rule(Name="there", EventBusName="second", EventPattern='{"source": ["shop"]}')["RuleArn"]
    targets = [{"Id": "f", "Arn": function}, {"Id": "t", "Arn": third, "RoleArn": role}]
    client.put_targets(Rule="there", EventBusName="second", Targets=targets)
    client.put_rule(Name="last", EventBusName="third", EventPattern='{"source": ["shop"]}')
    client.put_targets(Rule="last", EventBusName="third", Targets=[{"Id": "f", "Arn": function}])
    account.permit("f", "events.amazonaws.com", arn)
    put(account)
    assert [event["detail"] for event in account.called("f")] == [{"n": 1}]


def test_a_bus_takes_events_only_with_a_role_that_may(account: Any) -> None:
    bus = account.client("events").create_event_bus(Name="second")["EventBusArn"]
    rule(account, {"Arn": bus})
    put(account)
    assert "only with a role" in account.cloud.traces.last().first_broken.detail
    role = service_role(account, "bus", "lambda.amazonaws.com", allow("events:PutEvents", bus))
    rule(account, {"Arn": bus, "RoleArn": role})
    put(account)
    assert account.cloud.traces.last().first_broken.detail.endswith("does not trust events.amazonaws.com")


def test_a_log_group_is_a_target(account: Any) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/aws/events/orders")
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/orders"
    rule(account, {"Arn": group})
    put(account)
    assert account.cloud.traces.last().first_broken.name == "permission"
    statement = {**allow("logs:PutLogEvents", f"{group}:*"), "Principal": {"Service": "events.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    logs.put_resource_policy(policyName="events", policyDocument=json.dumps(policy))
    put(account)
    account.clock.advance(5)
    (event,) = logs.filter_log_events(logGroupName="/aws/events/orders")["events"]
    assert json.loads(event["message"])["detail"] == {"n": 1}


def test_an_event_that_cannot_be_delivered_is_kept_with_the_reason(account: Any) -> None:
    dead = account.queue("dead", "events.amazonaws.com")
    function = account.function("f")
    arn = rule(account, {"Arn": function, "DeadLetterConfig": {"Arn": dead}, "Input": '"x"'})
    put(account)
    (message,) = account.received("dead")
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    assert attributes.pop("ERROR_MESSAGE").startswith("The resource-based policy of")
    assert attributes == {"RULE_ARN": arn, "TARGET_ARN": function, "ERROR_CODE": "NO_PERMISSIONS"}


def test_a_schedule_fires_on_the_clock(account: Any) -> None:
    client = account.client("events")
    arn = client.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")["RuleArn"]
    client.put_targets(Rule="nightly", Targets=[{"Id": "f", "Arn": account.function("f")}])
    account.permit("f", "events.amazonaws.com", arn)
    account.clock.advance(days=2)
    first, _ = account.called("f")
    assert account.moments("f") == [18 * 3600.0, 42 * 3600.0]
    assert first.pop("id")
    assert first == {  # EventBridge User Guide, "Scheduled Event"
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-03T03:00:00Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {},
    }


def test_a_rate_goes_on_until_the_rule_is_disabled_or_deleted(account: Any) -> None:
    client = account.client("events")
    arn = client.put_rule(Name="often", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    client.put_targets(Rule="often", Targets=[{"Id": "f", "Arn": account.function("f")}])
    account.permit("f", "events.amazonaws.com", arn)
    account.clock.advance(minutes=12)
    assert account.moments("f") == [300.0, 600.0]
    client.disable_rule(Name="often")
    account.clock.advance(minutes=10)
    client.enable_rule(Name="often")
    account.clock.advance(minutes=6)
    assert account.moments("f") == [300.0, 600.0, 22 * 60 + 300.0]
    client.remove_targets(Rule="often", Ids=["f"])
    client.delete_rule(Name="often")
    account.clock.advance(hours=1)
    assert len(account.calls) == 3


def test_a_schedule_that_is_none_is_refused(account: Any) -> None:
    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid"):
        account.client("events").put_rule(Name="n", ScheduleExpression="rate(1 minutes)")
