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


def test_schedules_are_refused_by_name(account: Any) -> None:
    with pytest.raises(ClientError, match=r"AWS::Events::Rule\.ScheduleExpression"):
        account.client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
