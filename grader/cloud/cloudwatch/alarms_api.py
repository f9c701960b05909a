"""CloudWatch's API, the part about alarms."""

from __future__ import annotations

import json
import math
from typing import Any

from grader.cloud.cloudwatch.alarms import ACTION_LISTS, Alarm, composite_alarm, metric_alarm
from grader.cloud.cloudwatch.queries import date, metric_of, seconds
from grader.cloud.cloudwatch.watch import AlarmService
from grader.cloud.door.responder import Action, ApiError, Parameters


class AlarmsApi:
    """Answers for alarms.

    Parameters
    ----------
    alarms
        The account's.
    prefix
        What every alarm's ARN begins with.
    """

    def __init__(self, alarms: AlarmService, prefix: str) -> None:
        self._alarms, self._prefix = alarms, prefix
        self._tags: dict[str, dict[str, str]] = {}
        self.actions: dict[str, Action] = {
            "PutMetricAlarm": self._put_alarm,
            "PutCompositeAlarm": self._put_composite,
            "DescribeAlarms": self._describe,
            "DescribeAlarmsForMetric": self._describe_for_metric,
            "DescribeAlarmHistory": self._history,
            "DeleteAlarms": self._delete,
            "SetAlarmState": self._set_state,
            "EnableAlarmActions": lambda given: self._enable(given, True),
            "DisableAlarmActions": lambda given: self._enable(given, False),
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._tags_of,
        }

    def _put_alarm(self, given: Parameters) -> None:
        alarm = metric_alarm(given, self._arn(str(given["AlarmName"])))
        known = self._alarms.get(alarm.name)
        if known is not None and known.composite:
            raise ApiError("ValidationError", f"{alarm.name} is a composite alarm")
        self._alarms.put(alarm)
        self._tag({"ResourceARN": alarm.arn, "Tags": given.get("Tags") if known is None else ()})

    def _put_composite(self, given: Parameters) -> None:
        known = {alarm.name: alarm for alarm in self._alarms.all()}
        alarm = composite_alarm(given, self._arn(str(given["AlarmName"])), known)
        self._alarms.put(alarm)
        self._tag({"ResourceARN": alarm.arn, "Tags": given.get("Tags") if alarm.name not in known else ()})

    def _describe(self, given: Parameters) -> dict[str, Any]:
        names, prefix = set(given.get("AlarmNames") or ()), str(given.get("AlarmNamePrefix") or "")
        kinds = given.get("AlarmTypes") or ["MetricAlarm"]
        state, action = given.get("StateValue"), str(given.get("ActionPrefix") or "")
        found = [
            alarm
            for alarm in self._alarms.all()
            if (not names or alarm.name in names)
            and alarm.name.startswith(prefix)
            and ("CompositeAlarm" if alarm.composite else "MetricAlarm") in kinds
            and state in (None, alarm.state)
            and (not action or any(one.startswith(action) for name, _ in ACTION_LISTS for one in alarm.actions(name)))
        ]
        first, most = int(given.get("NextToken") or 0), int(given.get("MaxRecords") or 50)
        page = found[first : first + most]
        return {
            "MetricAlarms": [describe(alarm) for alarm in page if not alarm.composite],
            "CompositeAlarms": [describe(alarm) for alarm in page if alarm.composite],
            **({"NextToken": str(first + most)} if len(found) > first + most else {}),
        }

    def _describe_for_metric(self, given: Parameters) -> dict[str, Any]:
        metric = metric_of(given)
        found = [alarm for alarm in self._alarms.all() if alarm.metrics == (metric,)]
        return {"MetricAlarms": [describe(alarm) for alarm in found]}

    def _history(self, given: Parameters) -> dict[str, Any]:
        kind, name = given.get("HistoryItemType"), given.get("AlarmName")
        start = seconds(given["StartDate"]) if given.get("StartDate") else -math.inf
        end = seconds(given["EndDate"]) if given.get("EndDate") else math.inf
        items = [
            (item.at, number, alarm, item)
            for alarm in self._alarms.all()
            if name in (None, alarm.name)
            for number, item in enumerate(alarm.history)
            if kind in (None, item.kind) and start <= item.at <= end
        ]
        oldest_first = given.get("ScanBy") == "TimestampAscending"
        items.sort(key=lambda entry: entry[:2], reverse=not oldest_first)
        first, most = int(given.get("NextToken") or 0), int(given.get("MaxRecords") or 100)
        shown = [
            {
                "AlarmName": alarm.name,
                "AlarmType": "CompositeAlarm" if alarm.composite else "MetricAlarm",
                "Timestamp": date(at),
                "HistoryItemType": item.kind,
                "HistorySummary": item.summary,
                "HistoryData": json.dumps({"version": "1.0", **item.data}),
            }
            for at, _, alarm, item in items[first : first + most]
        ]
        more = {"NextToken": str(first + most)} if len(items) > first + most else {}
        return {"AlarmHistoryItems": shown, **more}

    def _delete(self, given: Parameters) -> None:
        names = [str(name) for name in given.get("AlarmNames") or ()]
        self._alarms.delete(names)
        for name in names:
            self._tags.pop(self._arn(name), None)

    def _set_state(self, given: Parameters) -> None:
        data = str(given.get("StateReasonData") or "")
        state: Any = given["StateValue"]
        if state not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            raise ApiError("ValidationError", f"StateValue must be OK, ALARM or INSUFFICIENT_DATA, not {state}")
        self._alarms.set_state(str(given["AlarmName"]), state, str(given.get("StateReason") or ""), data)

    def _enable(self, given: Parameters, enabled: bool) -> None:
        for name in given.get("AlarmNames") or ():
            alarm = self._alarms.get(str(name))
            if alarm is not None:
                alarm.actions_enabled = enabled

    def _tag(self, given: Parameters) -> None:
        arn = self._alarm_arn(given)
        self._tags.setdefault(arn, {}).update({str(tag["Key"]): str(tag["Value"]) for tag in given.get("Tags") or ()})

    def _untag(self, given: Parameters) -> None:
        for key in given.get("TagKeys") or ():
            self._tags.get(self._alarm_arn(given), {}).pop(str(key), None)

    def _tags_of(self, given: Parameters) -> dict[str, Any]:
        tags = self._tags.get(self._alarm_arn(given), {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _alarm_arn(self, given: Parameters) -> str:
        arn = str(given["ResourceARN"])
        if self._alarms.get(arn.rpartition(":alarm:")[2]) is None:
            raise ApiError("ResourceNotFoundException", f"{arn} does not exist")
        return arn

    def _arn(self, name: str) -> str:
        return f"{self._prefix}{name}"


def describe(alarm: Alarm) -> dict[str, Any]:
    """An alarm as DescribeAlarms shows it."""
    given = {name: value for name, value in alarm.members.items() if name != "Tags"}
    lists = {name: list(given.get(name) or ()) for _, name in ACTION_LISTS}
    sides = {} if alarm.composite else {"Dimensions": list(given.get("Dimensions") or ())}
    return {
        **given,
        **lists,
        **sides,
        "AlarmArn": alarm.arn,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmConfigurationUpdatedTimestamp": date(alarm.configured),
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        **({"StateReasonData": alarm.reason_data} if alarm.reason_data else {}),
        "StateUpdatedTimestamp": date(alarm.updated),
        "StateTransitionedTimestamp": date(alarm.updated),
    }
