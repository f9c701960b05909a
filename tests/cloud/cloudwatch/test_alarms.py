"""Alarms on the clock: states, actions, history, composite alarms, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

ERRORS = {
    "AlarmName": "errors",
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def alarm(account: Account, **changed: Any) -> None:
    account.client("cloudwatch").put_metric_alarm(**{**ERRORS, **changed})


def put(account: Account, value: float, name: str = "Errors") -> None:
    data = [{"MetricName": name, "Value": value}]
    account.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)


def state(account: Account, name: str = "errors") -> str:
    (found,) = account.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


def topic(account: Account) -> str:
    sns = account.client("sns")
    arn: str = sns.create_topic(Name="ops")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="ops@example.com")
    return arn


def test_a_new_alarm_knows_nothing_and_then_what_its_metric_says(account: Account) -> None:
    alarm(account)
    seen = [state(account)]
    for value in (0, 2, 0):
        put(account, value)
        account.clock.advance(minutes=1)
        seen.append(state(account))

    assert seen == ["INSUFFICIENT_DATA", "OK", "ALARM", "OK"]


def test_an_alarm_is_judged_at_full_minutes(account: Account) -> None:
    alarm(account)
    account.clock.advance(seconds=10)
    put(account, 1)
    account.clock.advance(seconds=49)
    before = state(account)
    account.clock.advance(seconds=1)

    assert (before, state(account)) == ("INSUFFICIENT_DATA", "ALARM")


def test_a_longer_period_slides_from_minute_to_minute(account: Account) -> None:
    alarm(account, Period=300, Threshold=3, TreatMissingData="notBreaching")
    seen = []
    for _ in range(6):
        put(account, 1)
        account.clock.advance(minutes=1)
        seen.append(state(account))

    assert seen == ["OK", "OK", "OK", "ALARM", "ALARM", "ALARM"]


@pytest.mark.parametrize(
    ("treatment", "after"),
    [("missing", "INSUFFICIENT_DATA"), ("ignore", "ALARM"), ("breaching", "ALARM"), ("notBreaching", "OK")],
)
def test_when_the_metric_falls_silent_the_alarm_does_as_it_was_told(
    account: Account, treatment: str, after: str
) -> None:
    alarm(account, TreatMissingData=treatment)
    put(account, 1)
    account.clock.advance(minutes=1)
    assert state(account) == "ALARM"

    account.clock.advance(hours=1)

    assert state(account) == after
    assert account.clock.pending() == ()  # a settled alarm sleeps


def test_an_alarm_goes_on_looking_at_the_last_points_for_two_periods(account: Account) -> None:
    alarm(account, TreatMissingData="notBreaching")
    put(account, 1)
    seen = []
    for _ in range(4):
        account.clock.advance(minutes=1)
        seen.append(state(account))

    assert seen == ["ALARM", "ALARM", "ALARM", "OK"]


def test_three_of_five_need_not_follow_each_other(account: Account) -> None:
    alarm(account, EvaluationPeriods=5, DatapointsToAlarm=3)
    seen = []
    for value in (1, 0, 1, 0, 1):
        put(account, value)
        account.clock.advance(minutes=1)
        seen.append(state(account))

    assert seen[-2:] == ["OK", "ALARM"]


def test_a_topic_is_told_of_the_change_and_not_of_the_state(account: Account) -> None:
    arn = topic(account)
    alarm(account, AlarmActions=[arn], OKActions=[arn], AlarmDescription="Too many")
    for value in (1, 1, 0, 0):
        put(account, value)
        account.clock.advance(minutes=1)

    assert [mail.subject for mail in account.cloud.outbox] == [
        'ALARM: "errors" in US East (N. Virginia)',
        'OK: "errors" in US East (N. Virginia)',
    ]
    told = json.loads(account.cloud.outbox[0].text)
    assert {name: told[name] for name in ("AlarmName", "NewStateValue", "OldStateValue", "NewStateReason")} == {
        "AlarmName": "errors",
        "NewStateValue": "ALARM",
        "OldStateValue": "INSUFFICIENT_DATA",
        "NewStateReason": "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (02/11/26 09:00:00)] was greater "
        "than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).",
    }
    assert told["Trigger"]["Dimensions"] == []


def test_a_topic_whose_policy_leaves_cloudwatch_out_is_not_told(account: Account) -> None:
    arn = topic(account)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    alarm(account, AlarmActions=[arn])
    put(account, 1)
    account.clock.advance(minutes=1)

    assert account.cloud.outbox == []
    assert "cloudwatch.amazonaws.com" in str(account.cloud.traces.last())


def test_a_function_can_be_an_action(account: Account) -> None:
    arn = account.function("react")
    alarm(account, AlarmActions=[arn])
    account.permit(
        "react", "lambda.alarms.cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
    )
    put(account, 1)
    account.clock.advance(minutes=1)

    (event,) = account.called("react")
    assert (event["source"], event["alarmData"]["alarmName"]) == ("aws.cloudwatch", "errors")


def test_a_rule_of_the_event_bus_sees_the_change(account: Account) -> None:
    queue = account.queue("changes", "events.amazonaws.com")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
    events = account.client("events")
    events.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="changes", Targets=[{"Id": "q", "Arn": queue}])
    alarm(account)
    for value in (0, 1):
        put(account, value)
        account.clock.advance(minutes=1)

    (message,) = account.received("changes")
    assert json.loads(message["Body"])["detail"]["previousState"] == {"value": "OK"}


def test_history_tells_what_happened_newest_first(account: Account) -> None:
    alarm(account)
    put(account, 1)
    account.clock.advance(minutes=1)

    items = account.client("cloudwatch").describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"]

    assert [item["HistorySummary"] for item in items] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "errors" created',
    ]


def test_an_alarm_on_an_expression_judges_the_expression(account: Account) -> None:
    def query(name: str) -> dict[str, Any]:
        metric = {"Namespace": "Shop", "MetricName": name}
        return {
            "Id": name.lower(),
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        }

    account.client("cloudwatch").put_metric_alarm(
        AlarmName="errors", EvaluationPeriods=1, Threshold=10, ComparisonOperator="GreaterThanThreshold",
        Metrics=[query("Errors"), query("Calls"), {"Id": "rate", "Expression": "100 * errors / calls"}],
    )  # fmt: skip
    seen = []
    for errors, calls in ((1, 100), (20, 100)):
        put(account, errors)
        put(account, calls, "Calls")
        account.clock.advance(minutes=1)
        seen.append(state(account))

    assert seen == ["OK", "ALARM"]


def test_set_alarm_state_lasts_until_the_next_judgement(account: Account) -> None:
    arn = topic(account)
    alarm(account, AlarmActions=[arn], TreatMissingData="notBreaching")
    account.clock.advance(minutes=1)
    account.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    drill = state(account)
    account.clock.advance(minutes=1)

    assert (drill, state(account), len(account.cloud.outbox)) == ("ALARM", "OK", 1)


def test_disabled_actions_keep_silent(account: Account) -> None:
    alarm(account, AlarmActions=[topic(account)])
    account.client("cloudwatch").disable_alarm_actions(AlarmNames=["errors"])
    put(account, 1)
    account.clock.advance(minutes=1)

    assert (state(account), account.cloud.outbox) == ("ALARM", [])


def test_a_composite_alarm_follows_its_alarms(account: Account) -> None:
    alarm(account)
    alarm(account, AlarmName="slow", MetricName="Slow")
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("errors") AND NOT OK(slow)', AlarmActions=[topic(account)]
    )

    def both() -> str:
        (found,) = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return str(found["StateValue"])

    seen = []
    for errors, slow in ((0, 0), (1, 0), (1, 1), (0, 1)):
        put(account, errors)
        put(account, slow, "Slow")
        account.clock.advance(minutes=1)
        seen.append(both())

    assert seen == ["OK", "OK", "ALARM", "OK"]
    assert len(account.cloud.outbox) == 1
    with pytest.raises(ClientError, match="composite alarm both"):
        cloudwatch.delete_alarms(AlarmNames=["errors"])


def test_a_percentile_of_too_few_values_can_be_left_alone(account: Account) -> None:
    given = {name: value for name, value in ERRORS.items() if name != "Statistic"}
    account.client("cloudwatch").put_metric_alarm(
        **given, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore"
    )
    for number in range(100):
        put(account, 1)
        if number == 98:
            account.clock.advance(minutes=1)
            few = state(account)
    for _ in range(99):
        put(account, 1)
    account.clock.advance(minutes=1)

    assert (few, state(account)) == ("INSUFFICIENT_DATA", "ALARM")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Period": 45}, "Period"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"ExtendedStatistic": "p99"}, "exactly one of"),
        ({"TreatMissingData": "fine"}, "TreatMissingData"),
        ({"EvaluationPeriods": 1441}, "more than a day"),
        ({"AlarmActions": ["ops"]}, "Invalid arn syntax"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "NotSupported"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "NotSupported"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "NotSupported"),
    ],
)
def test_what_no_alarm_can_be_is_refused(account: Account, changed: dict[str, Any], why: str) -> None:
    given = {name: value for name, value in {**ERRORS, **changed}.items() if value is not None}

    with pytest.raises(ClientError, match=why):
        account.client("cloudwatch").put_metric_alarm(**given)


def test_an_alarm_that_is_put_again_keeps_its_state_and_its_tags(account: Account) -> None:
    alarm(account, Tags=[{"Key": "team", "Value": "shop"}])
    put(account, 1)
    account.clock.advance(minutes=1)
    alarm(account, Threshold=5)
    cloudwatch = account.client("cloudwatch")
    (found,) = cloudwatch.describe_alarms(AlarmNamePrefix="err")["MetricAlarms"]

    assert (found["StateValue"], found["Threshold"]) == ("ALARM", 5)
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [
        {"Key": "team", "Value": "shop"}
    ]


def test_to_delete_an_alarm_that_is_not_there_deletes_none(account: Account) -> None:
    alarm(account)

    with pytest.raises(ClientError, match="ResourceNotFound"):
        account.client("cloudwatch").delete_alarms(AlarmNames=["errors", "gone"])

    assert state(account) == "INSUFFICIENT_DATA"
