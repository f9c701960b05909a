"""CloudWatch's API, the part about metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.cloudwatch.expressions import MalformedExpression
from grader.cloud.cloudwatch.metrics import Metric, Metrics
from grader.cloud.cloudwatch.queries import (
    MINUTE,
    answer,
    check_statistics,
    date,
    metric_of,
    period_is_valid,
    query_of,
    rounded_start,
    seconds,
)
from grader.cloud.cloudwatch.series import Bucket
from grader.cloud.door.responder import Action, ApiError, Parameters
from grader.cloud.errors import NotSupported

PAGE = 500
MOST_POINTS, MOST_QUERIES, MOST_VALUES = 1440, 500, 150
HOUR, WEEK = 3600, 604_800


class MetricsApi:
    """Answers for metrics: what is put, what is asked, what there is."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock, self._metrics = clock, metrics
        self.actions: dict[str, Action] = {
            "PutMetricData": self._put_data,
            "GetMetricData": self._get_data,
            "GetMetricStatistics": self._get_statistics,
            "ListMetrics": self._list_metrics,
        }

    def _put_data(self, given: Parameters) -> None:
        namespace = str(given.get("Namespace") or "")
        if not namespace or namespace.startswith("AWS/"):
            raise ApiError("InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid.")
        if given.get("EntityMetricData"):
            raise NotSupported("PutMetricData's EntityMetricData")
        for number, datum in enumerate(given.get("MetricData") or (), 1):
            self._put_datum(namespace, datum, f"MetricData.member.{number}")

    def _put_datum(self, namespace: str, datum: Mapping[str, Any], where: str) -> None:
        at = seconds(datum["Timestamp"]) if datum.get("Timestamp") else self._clock.timestamp()
        if not self._clock.timestamp() - 2 * WEEK <= at <= self._clock.timestamp() + 2 * HOUR:
            raise ApiError(
                "InvalidParameterValue",
                f"The value {datum['Timestamp']} for parameter {where}.Timestamp must be at most two weeks ago and two "
                "hours in the future.",
            )
        metric = metric_of({"Namespace": namespace, **datum})
        resolution = 1 if datum.get("StorageResolution") == 1 else MINUTE
        self._metrics.bucket(metric, at, str(datum.get("Unit") or "None"), resolution, _filling(datum, where))

    def _get_data(self, given: Parameters) -> dict[str, Any]:
        queries = [query_of(one) for one in given.get("MetricDataQueries") or ()]
        if len(queries) > MOST_QUERIES or len({query.id for query in queries}) != len(queries):
            raise ApiError("ValidationError", "MetricDataQueries must have at most 500 members with ids of their own.")
        for query in queries:
            self._check(query.period)
            if query.metric is not None:
                check_statistics([query.stat])
            if query.metric is None and not query.expression:
                raise ApiError("ValidationError", f"The query {query.id} needs a MetricStat or an Expression.")
        shortest = min((query.period for query in queries), default=MINUTE)
        start, end = self._range(given, shortest)
        try:
            results = answer(self._metrics, queries, start, end)
        except MalformedExpression as fault:
            raise ApiError("ValidationError", f"Error in expression: {fault}") from fault
        newest_first = given.get("ScanBy") != "TimestampAscending"
        wanted = [query for query in queries if query.returned]
        shown = [
            _result(query.id, query.label or _label(query.metric, query.id), series, newest_first)
            for query in wanted
            for series in _each(results[query.id])
        ]
        return {"MetricDataResults": shown, "Messages": []}

    def _get_statistics(self, given: Parameters) -> dict[str, Any]:
        period = int(given.get("Period") or 0)
        self._check(period)
        simple, extended = list(given.get("Statistics") or ()), list(given.get("ExtendedStatistics") or ())
        if not simple and not extended:
            raise ApiError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
        start, end = self._range(given, period)
        if (asked := math.ceil((end - start) / period)) > MOST_POINTS:
            raise ApiError(
                "InvalidParameterCombination",
                f"You have requested up to {asked:,} datapoints, which exceeds the limit of {MOST_POINTS:,}. You may "
                "reduce the datapoints requested by increasing Period, or decreasing the time range.",
            )
        check_statistics([*simple, *extended])
        metric = metric_of(given)
        units = [given["Unit"]] if given.get("Unit") else self._metrics.units(metric)
        points: list[dict[str, Any]] = []
        for unit in units:
            points += self._points(metric, simple, extended, (start, end, period), unit)
        return {"Label": metric.name, "Datapoints": points}

    def _points(
        self, metric: Metric, simple: list[str], extended: list[str], span: tuple[int, float, int], unit: str
    ) -> list[dict[str, Any]]:
        start, end, period = span
        wanted = (*simple, *extended)
        found = {stat: self._metrics.by_period(metric, stat, start, end, period, unit) for stat in wanted}
        points = []
        for moment in sorted({moment for series in found.values() for moment in series}):
            point: dict[str, Any] = {"Timestamp": date(moment), "Unit": unit}
            point.update({stat: found[stat][moment] for stat in simple if moment in found[stat]})
            if extended:
                kept = {stat: found[stat][moment] for stat in extended if moment in found[stat]}
                point["ExtendedStatistics"] = kept
            points.append(point)
        return points

    def _list_metrics(self, given: Parameters) -> dict[str, Any]:
        recent = self._clock.timestamp() - 3 * HOUR if given.get("RecentlyActive") == "PT3H" else -math.inf
        wanted = [metric for metric, last in self._metrics.listed() if last >= recent and _fits(metric, given)]
        first = int(given.get("NextToken") or 0)
        page = wanted[first : first + PAGE]
        more = {"NextToken": str(first + PAGE)} if len(wanted) > first + PAGE else {}
        return {"Metrics": [_members(metric) for metric in page], **more}

    def _range(self, given: Parameters, period: int) -> tuple[int, float]:
        start, end = seconds(given["StartTime"]), seconds(given["EndTime"])
        if start >= end:
            raise ApiError(
                "ValidationError" if "MetricDataQueries" in given else "InvalidParameterValue",
                "The parameter StartTime must be less than the parameter EndTime.",
            )
        return rounded_start(start, period, self._clock.timestamp()), end

    def _check(self, period: int) -> None:
        if not period_is_valid(period):
            raise ApiError(
                "InvalidParameterValue", "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."
            )


def _filling(datum: Mapping[str, Any], where: str) -> Any:
    given = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if len(given) != 1:
        raise ApiError(
            "InvalidParameterCombination",
            f"The parameters {where}.Value, {where}.Values and {where}.StatisticValues are mutually exclusive, and one "
            "of them is needed.",
        )
    if given == ["StatisticValues"]:
        known = {key: float(value) for key, value in datum["StatisticValues"].items()}
        return lambda bucket: bucket.add_set(known["SampleCount"], known["Sum"], known["Minimum"], known["Maximum"])
    values = [float(value) for value in datum.get("Values") or [datum["Value"]]]
    counts = [float(count) for count in datum.get("Counts") or [1.0] * len(values)]
    if len(counts) != len(values) or len(values) > MOST_VALUES:
        raise ApiError(
            "InvalidParameterValue",
            f"The parameters {where}.Values and {where}.Counts must be of the same size, at most {MOST_VALUES}.",
        )
    if not all(math.isfinite(value) for value in values):
        raise ApiError("InvalidParameterValue", f"The value of {where} must be a finite number.")

    def fill(bucket: Bucket) -> None:
        for value, count in zip(values, counts, strict=True):
            bucket.add(value, count)

    return fill


def _fits(metric: Metric, given: Parameters) -> bool:
    sides = dict(metric.dimensions)
    return (
        given.get("Namespace") in (None, metric.namespace)
        and given.get("MetricName") in (None, metric.name)
        and all(
            one["Name"] in sides and one.get("Value") in (None, sides[one["Name"]])
            for one in given.get("Dimensions") or ()
        )
    )


def _members(metric: Metric) -> dict[str, Any]:
    sides = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": sides}


def _each(result: Any) -> list[dict[int, float]]:
    return result if isinstance(result, list) else [result]


def _label(metric: Metric | None, default: str) -> str:
    return metric.name if metric is not None else default


def _result(identifier: str, label: str, series: dict[int, float], newest_first: bool) -> dict[str, Any]:
    moments = sorted(series, reverse=newest_first)
    return {
        "Id": identifier,
        "Label": label,
        "Timestamps": [date(moment) for moment in moments],
        "Values": [series[moment] for moment in moments],
        "StatusCode": "Complete",
    }
