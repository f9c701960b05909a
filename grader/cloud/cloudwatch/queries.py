"""What GetMetricData and alarms ask of the store: statistics by period, and expressions over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.cloud.cloudwatch.expressions import MalformedExpression, Setting, evaluate, names
from grader.cloud.cloudwatch.metrics import Metric, Metrics, dimensions
from grader.cloud.cloudwatch.series import PERCENTILE, SIMPLE
from grader.cloud.errors import NotSupported

MINUTE, DAY = 60, 86_400
SHORT_PERIODS = (1, 5, 10, 20, 30)
# Within so many days AWS keeps values by this many seconds; older ones only more coarsely.
ROUNDING = ((15, MINUTE), (63, 5 * MINUTE), (float("inf"), 60 * MINUTE))


@dataclass(frozen=True)
class Query:
    """A metric by period, or an expression over other queries.

    Attributes
    ----------
    id
        What expressions call it.
    period
        Seconds.
    returned
        Whether the result is wanted, or only other queries use it.
    """

    id: str
    metric: Metric | None = None
    stat: str = "Average"
    period: int = MINUTE
    unit: str | None = None
    expression: str | None = None
    label: str | None = None
    returned: bool = True


def metric_of(members: Mapping[str, Any]) -> Metric:
    """The metric that an API's members (Namespace, MetricName, Dimensions) name."""
    sides = {str(one["Name"]): str(one["Value"]) for one in members.get("Dimensions") or ()}
    return Metric(str(members.get("Namespace", "")), str(members.get("MetricName", "")), dimensions(sides))


def query_of(members: Mapping[str, Any]) -> Query:
    """A MetricDataQuery of the API."""
    stat = members.get("MetricStat")
    period = members.get("Period") or (stat or {}).get("Period") or MINUTE
    return Query(
        id=str(members["Id"]),
        metric=metric_of(stat["Metric"]) if stat else None,
        stat=str(stat["Stat"]) if stat else "",
        period=int(period),
        unit=(stat or {}).get("Unit"),
        expression=members.get("Expression"),
        label=members.get("Label"),
        returned=bool(members.get("ReturnData", True)),
    )


def check_statistics(names: Iterable[str]) -> None:
    """Refuse statistics that are not imitated: trimmed means, percentile ranks, interquartile means.

    Raises
    ------
    NotSupported
        With the statistic's name.
    """
    for name in names:
        if name not in SIMPLE and not PERCENTILE.fullmatch(name):
            raise NotSupported(f"the statistic {name}")


def period_is_valid(period: int) -> bool:
    """Whether AWS takes a period: 1, 5, 10, 20, 30 seconds, or whole minutes."""
    return period in SHORT_PERIODS or (period > 0 and period % MINUTE == 0)


def rounded_start(start: float, period: int, now: float) -> int:
    """Where a range begins: AWS rounds down, the more the longer ago it is, and to the period when that is short."""
    step = next(step for days, step in ROUNDING if now - start <= days * DAY)
    return int(start // (period if period < MINUTE else step) * (period if period < MINUTE else step))


def answer(metrics: Metrics, queries: Sequence[Query], start: int, end: float) -> dict[str, Any]:
    """Every query's result by its id: a time series, a list of them, or a number.

    Raises
    ------
    ValueError, NotSupported
        For statistics and expressions that are malformed or not imitated.
    """
    results: dict[str, Any] = {
        one.id: metrics.by_period(one.metric, one.stat, start, end, one.period, one.unit)
        for one in queries
        if one.metric is not None
    }
    own = tuple(results)
    waiting = [query for query in queries if query.metric is None]
    while waiting:
        ready = [query for query in waiting if not names(query.expression or "") & {other.id for other in waiting}]
        if not ready:
            raise MalformedExpression("The expressions refer to each other in a circle.")
        for query in ready:
            period = max((one.period for one in queries if one.metric is not None), default=query.period)
            moments = tuple(range(start, int(end), period))
            setting = Setting(results, moments, {one.id: one.period for one in queries}, own)
            results[query.id] = _as_series(evaluate(query.expression or "", setting), moments)
        waiting = [query for query in waiting if query not in ready]
    return results


def _as_series(value: Any, moments: tuple[int, ...]) -> Any:
    return value if isinstance(value, dict | list) else dict.fromkeys(moments, float(value))


def seconds(moment: Any) -> float:
    """A moment of the API, in seconds since 1970; without a zone it is UTC."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment)


def date(moment: float) -> datetime:
    """A moment in seconds since 1970, as the API's models want it."""
    return datetime.fromtimestamp(moment, UTC)
