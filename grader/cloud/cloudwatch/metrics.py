"""Every metric of the account: what really happened, and what was put there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from grader.cloud.cloudwatch.series import Bucket, Series, statistic

Dimensions = tuple[tuple[str, str], ...]


def dimensions(named: Mapping[str, str]) -> Dimensions:
    """Dimensions in the order that makes two sets of them equal."""
    return tuple(sorted(named.items()))


@dataclass(frozen=True)
class Metric:
    """A metric's identity; another set of dimensions is another metric."""

    namespace: str
    name: str
    dimensions: Dimensions = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.namespace, self.name, self.dimensions)))

    def __hash__(self) -> int:
        return self._hash


class Metrics:
    """The one store of metrics. Recording is cheap, and safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Metric, dict[str, Series]] = {}
        self._listeners: list[Callable[[Metric, float], None]] = []

    def record(self, metric: Metric, value: float, at: float, unit: str = "Count", count: float = 1.0) -> None:
        """Record a value.

        Parameters
        ----------
        at
            Seconds since 1970 on the clock.
        count
            How often the value came.
        """
        with self._lock:
            self._of(metric, unit).bucket(at).add(value, count)
        self._tell(metric, at)

    def record_each(self, values: Iterable[tuple[Metric, float, str]], at: float) -> None:
        """Record many values of one moment: metric, value, unit. One lock for all of them."""
        known = list(values)
        with self._lock:
            for metric, value, unit in known:
                self._of(metric, unit).bucket(at).add(value)
        for metric, _, _ in known:
            self._tell(metric, at)

    def record_all(
        self,
        namespace: str,
        values: Mapping[str, float],
        dimension_sets: Iterable[Dimensions],
        at: float,
        units: Mapping[str, str] | None = None,
    ) -> None:
        """Record several metrics of one moment, each once for every set of dimensions, as AWS's services do.

        Parameters
        ----------
        units
            By the metric's name; ``Count`` where it says nothing.
        """
        sets = list(dimension_sets)
        self.record_each(
            [
                (Metric(namespace, name, sides), value, (units or {}).get(name, "Count"))
                for name, value in values.items()
                for sides in sets
            ],
            at,
        )

    def bucket(self, metric: Metric, at: float, unit: str, resolution: int, fill: Callable[[Bucket], None]) -> None:
        """Let ``fill`` add to the bucket of a moment: statistic sets, and metrics of one second."""
        with self._lock:
            fill(self._of(metric, unit).bucket(at, resolution))
        self._tell(metric, at)

    def listen(self, listener: Callable[[Metric, float], None]) -> None:
        """Call ``listener`` with the metric and the moment of each value that is recorded from now on."""
        self._listeners.append(listener)

    def value(self, metric: Metric, stat: str, start: float, end: float, unit: str | None = None) -> float | None:
        """A statistic of a window, its end excluded; None when there is no data in it.

        Raises
        ------
        ValueError
            For a statistic that is unknown.
        """
        with self._lock:
            series = self._wanted(metric, unit).values()
            return statistic(stat, [bucket for one in series for _, bucket in one.within(start, end)])

    def by_period(
        self, metric: Metric, stat: str, start: int, end: float, period: int, unit: str | None = None
    ) -> dict[int, float]:
        """A statistic of each period of a range that has data, by the moment at which the period begins.

        Raises
        ------
        ValueError
            For a statistic that is unknown.
        """
        statistic(stat, ())
        with self._lock:
            grouped: dict[int, list[Bucket]] = {}
            for series in self._wanted(metric, unit).values():
                for moment, bucket in series.within(start, end):
                    grouped.setdefault((moment - start) // period * period + start, []).append(bucket)
            found = {moment: statistic(stat, grouped[moment]) for moment in sorted(grouped)}
        return {moment: value for moment, value in found.items() if value is not None}

    def last(self, metric: Metric) -> float:
        """The moment of a metric's latest value; minus infinity when it has none."""
        with self._lock:
            return max((one.last for one in self._series.get(metric, {}).values()), default=float("-inf"))

    def units(self, metric: Metric) -> list[str]:
        """The units that a metric was recorded in."""
        with self._lock:
            return list(self._series.get(metric, {}))

    def listed(self) -> list[tuple[Metric, float]]:
        """Every metric, in the order in which they first came, and the moment of its latest value."""
        with self._lock:
            return [(metric, max(one.last for one in by.values())) for metric, by in self._series.items()]

    def total(self, namespace: str, name: str, **named: str) -> float:
        """The sum of everything that a metric ever got: for lessons and tests.

        Parameters
        ----------
        named
            Its dimensions.
        """
        metric = Metric(namespace, name, dimensions(named))
        return self.value(metric, "Sum", 0, float("inf")) or 0.0

    def _of(self, metric: Metric, unit: str) -> Series:
        by_unit = self._series.setdefault(metric, {})
        if unit not in by_unit:
            by_unit[unit] = Series(unit)
        return by_unit[unit]

    def _wanted(self, metric: Metric, unit: str | None) -> dict[str, Series]:
        by_unit = self._series.get(metric, {})
        return by_unit if unit is None else {name: one for name, one in by_unit.items() if name == unit}

    def _tell(self, metric: Metric, at: float) -> None:
        for listener in self._listeners:
            listener(metric, at)
