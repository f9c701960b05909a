"""What an alarm says: the reason for its state, the message to its topic, the event on the bus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.session

from grader.cloud.cloudwatch.alarms import ACTION_LISTS, Alarm
from grader.cloud.cloudwatch.evaluation import Judgement, State

SIDES = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching", "missing": "Missing", "ignore": "Ignored"}


def state_reason(alarm: Alarm, state: State, judged: Judgement, now: float) -> str:
    """The sentence of DescribeAlarms' ``StateReason``."""
    rule = alarm.rule
    assert rule is not None
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_count(judged.filled, 'datapoint')} {_were(judged.filled)} unknown."
    if not judged.points:
        treated = f"{_count(judged.filled, 'missing datapoint')} {_were(judged.filled)} treated"
        return (
            f"Threshold Crossed: no datapoints were received for {_count(rule.periods, 'period')} and {treated} as "
            f"[{TREATED[rule.treatment]}]."
        )
    wanted = [(age, value) for age, value in judged.points if rule.breaches(value) == (state == "ALARM")]
    shown = ", ".join(f"{value} ({_short(now - (age + 1) * alarm.period)})" for age, value in reversed(wanted))
    negation = "" if state == "ALARM" else "not "
    needed = rule.needed if state == "ALARM" else rule.periods - rule.needed + 1
    change = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(wanted)} out of the last {_count(rule.periods, 'datapoint', always=True)} [{shown}] "
        f"{_were(len(wanted))} {negation}{SIDES[rule.comparison]} the threshold ({rule.threshold}) "
        f"(minimum {_count(needed, 'datapoint')} for {change} transition)."
    )


def _count(number: int, noun: str, always: bool = False) -> str:
    return f"{number} {noun}" if number == 1 and not always else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _short(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%d/%m/%y %H:%M:%S}"


def stamp(moment: float) -> str:
    """A moment as CloudWatch writes it in its own JSON: ``2026-11-02T09:05:00.000+0000``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def reason_data(alarm: Alarm, judged: Judgement, now: float) -> str:
    """The JSON of ``StateReasonData``."""
    rule, period = alarm.rule, alarm.period
    assert rule is not None
    points = [(now - (age + 1) * period, value) for age, value in reversed(judged.points)]
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": stamp(now),
        "startDate": stamp(now - rule.periods * period),
        **({"statistic": alarm.queries[0].stat} if len(alarm.queries) == 1 else {}),
        "period": period,
        "recentDatapoints": [value for _, value in points],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [{"timestamp": stamp(moment), "value": value} for moment, value in reversed(points)],
    }
    return json.dumps(data)


def subject(alarm: Alarm, region: str) -> str:
    """An e-mail's subject: ``ALARM: "errors" in US East (N. Virginia)``."""
    return f'{alarm.state}: "{alarm.name}" in {region_name(region)}'


def message(alarm: Alarm, before: State, account_id: str, region: str) -> str:
    """What a topic gets: JSON."""
    return json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.members.get("AlarmDescription"),
            "AWSAccountId": account_id,
            "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
            "NewStateValue": alarm.state,
            "NewStateReason": alarm.reason,
            "StateChangeTime": stamp(alarm.updated),
            "Region": region_name(region),
            "AlarmArn": alarm.arn,
            "OldStateValue": before,
            **{name: list(alarm.members.get(name) or ()) for _, name in ACTION_LISTS},
            **({"AlarmRule": alarm.members["AlarmRule"]} if alarm.composite else {"Trigger": _trigger(alarm)}),
        }
    )


def _trigger(alarm: Alarm) -> dict[str, Any]:
    given, rule = alarm.members, alarm.rule
    assert rule is not None
    judged = {
        "Period": alarm.period,
        "EvaluationPeriods": rule.periods,
        "DatapointsToAlarm": rule.needed,
        "ComparisonOperator": rule.comparison,
        "Threshold": rule.threshold,
        "TreatMissingData": given.get("TreatMissingData") or "",
        "EvaluateLowSampleCountPercentile": given.get("EvaluateLowSampleCountPercentile") or "",
    }
    if given.get("Metrics"):
        return {**judged, "Metrics": list(given["Metrics"])}
    statistic = {"StatisticType": "Statistic", "Statistic": str(given.get("Statistic", "")).upper()}
    extended = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": given.get("ExtendedStatistic")}
    return {
        "MetricName": given["MetricName"],
        "Namespace": given["Namespace"],
        **(statistic if given.get("Statistic") else extended),
        "Unit": given.get("Unit"),
        "Dimensions": [{"value": one["Value"], "name": one["Name"]} for one in given.get("Dimensions") or ()],
        **judged,
    }


def state_change(alarm: Alarm, before: State, account_id: str, region: str, event_id: str) -> dict[str, Any]:
    """The event "CloudWatch Alarm State Change" that the default event bus gets."""
    now = datetime.fromtimestamp(alarm.updated, UTC)
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account_id,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [alarm.arn],
        "detail": state_detail(alarm, before),
    }


def state_detail(alarm: Alarm, before: State) -> dict[str, Any]:
    """What is said of the change itself, to the bus and to a function."""
    return {
        "alarmName": alarm.name,
        "state": {
            "value": alarm.state,
            "reason": alarm.reason,
            "reasonData": alarm.reason_data,
            "timestamp": stamp(alarm.updated),
        },
        "previousState": {"value": before},
        "configuration": {"description": alarm.members.get("AlarmDescription") or ""},
    }


def function_event(alarm: Alarm, before: State, account_id: str, region: str) -> str:
    """The event that a function gets as an alarm's action."""
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "alarmArn": alarm.arn,
            "accountId": account_id,
            "time": stamp(alarm.updated),
            "region": region,
            "alarmData": state_detail(alarm, before),
        }
    )


@lru_cache(maxsize=32)
def region_name(region: str) -> str:
    """A Region's name in words, from botocore's table of endpoints."""
    partitions: Sequence[Any] = botocore.session.Session().get_data("endpoints")["partitions"]
    described = [
        partition["regions"][region]["description"] for partition in partitions if region in partition["regions"]
    ]
    return str(described[0]) if described else region
