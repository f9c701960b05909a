"""EventBridge Scheduler."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud

OFF = {"Mode": "OFF"}


def role(account: Any, service: str = "scheduler.amazonaws.com", **allow: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    iam = account.client("iam")
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn: str = iam.create_role(RoleName="schedules", AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    statements = [
        {"Effect": "Allow", "Action": action.replace("_", ":"), "Resource": resource}
        for action, resource in allow.items()
    ]
    policy = {"Version": "2012-10-17", "Statement": statements or [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="schedules", PolicyName="p", PolicyDocument=json.dumps(policy))
    return arn


def schedule(account: Any, expression: str, target: dict[str, Any], **more: Any) -> str:
    arn: str = account.client("scheduler").create_schedule(
        Name="s", ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target=target, **more
    )["ScheduleArn"]
    return arn


def to_function(account: Any, **more: Any) -> dict[str, Any]:
    arn = account.function("f")
    return {"Arn": arn, "RoleArn": role(account, lambda_InvokeFunction=arn), **more}


def test_a_schedule_invokes_once_at_its_moment(account: Any) -> None:
    arn = schedule(account, "at(2026-11-02T10:30:00)", to_function(account), ActionAfterCompletion="DELETE")
    account.clock.advance(hours=1)
    assert account.calls == []
    account.clock.advance(hours=10)
    assert account.moments("f") == [5400.0]
    (event,) = account.called("f")
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-11-02T10:30:00Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": "{}",
    }
    with pytest.raises(ClientError, match="does not exist"):
        account.client("scheduler").get_schedule(Name="s")


def test_a_rate_begins_at_once_and_ends_at_its_end_date(account: Any) -> None:
    end = account.clock.now().timestamp() + 1200
    schedule(account, "rate(10 minutes)", to_function(account, Input='{"n": 1}'), EndDate=end)
    account.clock.advance(hours=1)
    assert account.moments("f") == [0.0, 600.0, 1200.0]
    assert account.called("f")[0] == {"n": 1}


def test_a_cron_expression_keeps_to_its_time_zone(account: Any) -> None:
    zone = "Europe/Berlin"
    schedule(account, "cron(30 10 * * ? *)", to_function(account), ScheduleExpressionTimezone=zone)
    account.clock.advance(hours=12)
    assert account.moments("f") == [1800.0]  # 10:30 in Berlin is 9:30 in November


def test_an_input_may_name_the_schedule(account: Any) -> None:
    body = '{"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}'
    arn = schedule(account, "at(2026-11-02T10:00:00)", to_function(account, Input=body))
    account.clock.advance(hours=2)
    assert account.called("f") == [{"at": "2026-11-02T10:00:00Z", "by": arn}]


def test_a_changed_schedule_forgets_what_it_was(account: Any) -> None:
    target = to_function(account)
    schedule(account, "rate(1 hour)", target)
    client = account.client("scheduler")
    account.cloud.run_until_idle()
    client.update_schedule(
        Name="s", ScheduleExpression="at(2026-11-02T12:00:00)", FlexibleTimeWindow=OFF, Target=target
    )
    account.clock.advance(hours=6)
    assert account.moments("f") == [0.0, 10_800.0]


def test_a_role_that_may_not_leaves_the_event_to_the_dead_letter_queue(account: Any) -> None:
    dead = account.queue("dead")
    arn = account.function("f")
    target = {"Arn": arn, "RoleArn": role(account, sqs_SendMessage=dead), "DeadLetterConfig": {"Arn": dead}}
    schedule(account, "at(2026-11-02T10:00:00)", target)
    account.clock.advance(hours=2)
    assert (account.calls, len(account.received("dead"))) == ([], 1)


def test_the_role_must_trust_the_scheduler(account: Any) -> None:
    target = {"Arn": account.function("f"), "RoleArn": role(account, "events.amazonaws.com", lambda_InvokeFunction="*")}
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        schedule(account, "rate(1 hour)", target)


@pytest.mark.parametrize(
    ("expression", "more", "words"),
    [
        ("rate(1 hours)", {}, "Invalid Schedule Expression"),
        ("at(yesterday)", {}, "Invalid Schedule Expression"),
        ("rate(1 hour)", {"ScheduleExpressionTimezone": "Mars/Olympus"}, "Timezone Mars/Olympus is invalid"),
    ],
)
def test_what_is_no_schedule_is_refused(account: Any, expression: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        schedule(account, expression, to_function(account), **more)


def test_universal_targets_are_refused_by_name(account: Any) -> None:
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject", "RoleArn": role(account)}
    with pytest.raises(ClientError, match=r"NotSupported.*aws-sdk:s3:putObject"):
        schedule(account, "rate(1 hour)", target)


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Sweeper:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): return event"
      Events:
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
        Nightly: {Type: ScheduleV2, Properties: {ScheduleExpression: cron(0 2 * * ? *)}}
        Orders:
          Type: EventBridgeRule
          Properties: {EventBusName: !Ref Bus, Pattern: {source: [shop]}}
  Bus:
    Type: AWS::Events::EventBus
    Properties: {Name: orders}
"""


def test_a_sam_template_brings_schedules_and_a_bus() -> None:
    with Cloud() as cloud:
        stack = cloud.deploy(TEMPLATE)
        entry = {"EventBusName": "orders", "Source": "shop", "DetailType": "Order", "Detail": "{}"}
        cloud.client("events").put_events(Entries=[entry])
        cloud.clock.advance(hours=18)
        sources = [event["source"] for event in cloud.delivered_events("Sweeper")]
        assert (sources.count("aws.events"), sources.count("aws.scheduler"), sources.count("shop")) == (18, 1, 1)
        cloud.stacks.delete(stack.name)
        cloud.clock.advance(days=2)
        assert cloud.client("scheduler").list_schedules()["Schedules"] == []
