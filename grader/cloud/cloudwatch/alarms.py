"""Alarms: what PutMetricAlarm and PutCompositeAlarm are given, checked, and the state that an alarm is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.cloudwatch.composite import rule_names
from grader.cloud.cloudwatch.evaluation import OPERATORS, TREATMENTS, Rule, State
from grader.cloud.cloudwatch.metrics import Metric
from grader.cloud.cloudwatch.queries import MINUTE, Query, check_statistics, metric_of, period_is_valid, query_of
from grader.cloud.door.responder import ApiError
from grader.cloud.errors import NotSupported

DAY, WEEK = 86_400, 604_800
MOST_ACTIONS = 5
ACTION_LISTS: tuple[tuple[State, str], ...] = (
    ("ALARM", "AlarmActions"),
    ("OK", "OKActions"),
    ("INSUFFICIENT_DATA", "InsufficientDataActions"),
)


@dataclass(frozen=True)
class HistoryItem:
    """One entry of an alarm's history; ``kind`` is ConfigurationUpdate, StateUpdate or Action."""

    at: float
    kind: str
    summary: str
    data: Mapping[str, Any]


@dataclass
class Alarm:
    """An alarm.

    Attributes
    ----------
    members
        What it was put with: the API's own members.
    queries
        What it watches: one metric, or expressions over several; empty for a composite alarm.
    rule
        How the last of them is judged; None for a composite alarm.
    """

    name: str
    arn: str
    members: Mapping[str, Any]
    queries: tuple[Query, ...] = ()
    rule: Rule | None = None
    configured: float = 0.0
    state: State = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str = ""
    updated: float = 0.0
    actions_enabled: bool = True
    history: list[HistoryItem] = field(default_factory=list)

    @property
    def composite(self) -> bool:
        """Whether it watches other alarms."""
        return "AlarmRule" in self.members

    @property
    def watched(self) -> tuple[Query, ...]:
        """The queries that are metrics themselves."""
        return tuple(query for query in self.queries if query.metric is not None)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that decide its state."""
        return tuple(query.metric for query in self.watched if query.metric is not None)

    @property
    def period(self) -> int:
        """Seconds of one data point."""
        return max((query.period for query in self.watched), default=MINUTE)

    @property
    def interval(self) -> int:
        """How often it is evaluated: every minute, and every ten seconds when its period is shorter."""
        return MINUTE if self.period >= MINUTE else 10

    def actions(self, state: State) -> list[str]:
        """What is told when it enters a state."""
        return list(self.members.get(dict(ACTION_LISTS)[state]) or ()) if self.actions_enabled else []


def configured(alarm: Alarm, before: Alarm | None, now: float) -> Alarm:
    """The alarm as it is put: a new one knows nothing yet, an existing one stays in its state."""
    done = "created" if before is None else "updated"
    entry = HistoryItem(now, "ConfigurationUpdate", f'Alarm "{alarm.name}" {done}', {"type": done})
    if before is None:
        return replace(alarm, configured=now, updated=now, history=[entry])
    return replace(
        alarm, configured=now, updated=before.updated, state=before.state, reason=before.reason,
        reason_data=before.reason_data, history=[*before.history, entry],
    )  # fmt: skip


def metric_alarm(members: Mapping[str, Any], arn: str) -> Alarm:
    """An alarm of PutMetricAlarm.

    Raises
    ------
    ApiError
        ``ValidationError``, as CloudWatch refuses it.
    NotSupported
        For actions and forms of alarms that are not imitated.
    """
    _check_actions(members)
    if "EvaluationCriteria" in members or "ThresholdMetricId" in members:
        raise NotSupported("alarms on anomaly detection and PromQL (ThresholdMetricId, EvaluationCriteria)")
    comparison, periods = str(members.get("ComparisonOperator")), int(members.get("EvaluationPeriods") or 0)
    if comparison not in OPERATORS:
        raise NotSupported(f"the ComparisonOperator {comparison}")
    treatment = str(members.get("TreatMissingData") or "missing")
    if treatment not in TREATMENTS:
        raise _invalid(f"Parameter TreatMissingData must be one of {', '.join(TREATMENTS)}")
    needed = int(members.get("DatapointsToAlarm") or periods)
    if periods < 1 or not 1 <= needed <= periods:
        raise _invalid("DatapointsToAlarm must be at least 1 and at most EvaluationPeriods")
    if members.get("Threshold") is None:
        raise _invalid("The parameter Threshold is required.")
    queries = _metric_math(members) if members.get("Metrics") else (_single_metric(members),)
    if any(query.metric and query.metric.namespace == "AWS/DynamoDB" for query in queries):
        treatment = "ignore"  # whatever the alarm says: AWS documents it so
    rule = Rule(comparison, float(members["Threshold"]), periods, needed, treatment)
    alarm = Alarm(
        str(members["AlarmName"]),
        arn,
        members,
        queries,
        rule,
        actions_enabled=bool(members.get("ActionsEnabled", True)),
    )
    limit = WEEK if alarm.period >= 60 * MINUTE else DAY
    if alarm.period * periods > limit:
        raise _invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)")
    return alarm


def _single_metric(members: Mapping[str, Any]) -> Query:
    for name in ("MetricName", "Namespace", "Period"):
        if not members.get(name):
            raise _invalid(f"The parameter {name} is required." if name != "Period" else "Period must not be null")
    stat, extended = members.get("Statistic"), members.get("ExtendedStatistic")
    if bool(stat) == bool(extended):
        raise _invalid("Must specify exactly one of either Statistic or ExtendedStatistic")
    check_statistics([str(stat or extended)])
    query = Query("m1", metric_of(members), str(stat or extended), int(members["Period"]), members.get("Unit"))
    _check_period(query)
    return query


def _metric_math(members: Mapping[str, Any]) -> tuple[Query, ...]:
    for name in ("MetricName", "Dimensions", "Period", "Namespace", "Statistic", "ExtendedStatistic"):
        if members.get(name):
            raise _invalid(f"Parameters Metrics and {name} are mutually exclusive")
    queries = tuple(query_of(one) for one in members["Metrics"])
    if len([query for query in queries if query.returned]) != 1:
        raise _invalid("Exactly one of the metrics must have ReturnData set to true")
    watched = [query for query in queries if query.metric is not None]
    if not watched or len({query.period for query in watched}) != 1:
        raise _invalid("All metrics of an alarm must have the same period")
    for query in watched:
        check_statistics([query.stat])
        _check_period(query)
    return queries


def _check_period(query: Query) -> None:
    if not period_is_valid(query.period):
        raise _invalid("Period must be 10, 20, 30 or a multiple of 60")


def composite_alarm(members: Mapping[str, Any], arn: str, known: Mapping[str, Alarm]) -> Alarm:
    """An alarm of PutCompositeAlarm; every alarm that its rule names must be there.

    Raises
    ------
    ApiError
        ``ValidationError``.
    """
    _check_actions(members)
    if members.get("ActionsSuppressor"):
        raise NotSupported("ActionsSuppressor of composite alarms")
    missing = sorted(rule_names(str(members["AlarmRule"])) - set(known))
    if missing:
        raise _invalid(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    return Alarm(str(members["AlarmName"]), arn, members, actions_enabled=bool(members.get("ActionsEnabled", True)))


def _check_actions(members: Mapping[str, Any]) -> None:
    for _, name in ACTION_LISTS:
        actions = list(members.get(name) or ())
        if len(actions) > MOST_ACTIONS:
            raise _invalid(f"{name} has {len(actions)} actions; at most {MOST_ACTIONS} are allowed")
        for action in actions:
            parts = str(action).split(":")
            if len(parts) < 6 or parts[0] != "arn":
                raise _invalid(f"Invalid arn syntax: {action}")
            if parts[2] not in ("sns", "lambda"):
                raise NotSupported(f"the alarm action {action}")


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationError", message)
