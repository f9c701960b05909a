"""Lambda's metrics, with AWS's dimensions."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping

from grader.cloud.cloudwatch import Metric, Metrics, dimensions
from grader.cloud.cloudwatch.metrics import Dimensions
from grader.cloud.functions.registry import FunctionVersion

NAMESPACE = "AWS/Lambda"
UNITS = {"Duration": "Milliseconds", "AsyncEventAge": "Milliseconds", "IteratorAge": "Milliseconds"}
# About events on their way to a function: no version runs yet, so none is named.
BEFORE_RUNNING = frozenset({"AsyncEventsReceived", "AsyncEventAge", "AsyncEventsDropped"})


class FunctionMetrics:
    """Records what really happened to functions."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        self._gb_seconds: dict[str, float] = defaultdict(float)
        self._known: dict[tuple[str, str | None, str, str], tuple[Metric, ...]] = {}

    def billed(self, function: FunctionVersion, milliseconds: int) -> None:
        """Add what an invocation is billed for: its memory, for the time that was billed."""
        with self._lock:
            self._gb_seconds[function.name] += function.memory_mb / 1024 * milliseconds / 1000

    def gb_seconds(self) -> dict[str, float]:
        """What was billed so far, by function."""
        with self._lock:
            return dict(self._gb_seconds)

    def record(self, function: FunctionVersion, at: float, values: Mapping[str, float]) -> None:
        """Record values (``Invocations`` …) at a moment, once for each set of dimensions that Lambda uses."""
        self._metrics.record_each(
            [
                (metric, value, UNITS.get(name, "Count"))
                for name, value in values.items()
                for metric in self._named(function, name)
            ],
            at,
        )

    def _named(self, function: FunctionVersion, name: str) -> tuple[Metric, ...]:
        """The metrics that a value goes to; made once for each version and the way it was called."""
        key = (function.name, function.qualifier, function.version, name)
        if key not in self._known:
            sets = dimension_sets(function, executed=name not in BEFORE_RUNNING)
            self._known[key] = tuple(Metric(NAMESPACE, name, sides) for sides in sets)
        return self._known[key]

    def concurrency(self, function: str, of_function: int, of_account: int, at: float) -> None:
        """Record how many environments are busy: of the function, and of the account."""
        sides = (dimensions({"FunctionName": function}), of_function), ((), of_account)
        for named, value in sides:
            self._metrics.record(Metric(NAMESPACE, "ConcurrentExecutions", named), float(value), at)


def dimension_sets(function: FunctionVersion, executed: bool = True) -> tuple[Dimensions, ...]:
    """All functions together; FunctionName; Resource beside it; and ExecutedVersion when an alias was called.

    Parameters
    ----------
    executed
        Whether a version ran, or was refused to run.
    """
    name = {"FunctionName": function.name}
    qualifier = function.qualifier
    resource = {**name, "Resource": f"{function.name}:{qualifier}" if qualifier else function.name}
    sets = [(), dimensions(name), dimensions(resource)]
    if executed and qualifier and not (qualifier.isdigit() or qualifier == "$LATEST"):
        sets.append(dimensions({**resource, "ExecutedVersion": function.version}))
    return tuple(sets)
