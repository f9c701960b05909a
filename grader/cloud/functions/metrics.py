"""Lambda's metrics, written into moto's CloudWatch with AWS's dimensions."""

from __future__ import annotations

from datetime import UTC, datetime

from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.functions.registry import FunctionVersion

NAMESPACE = "AWS/Lambda"


class Metrics:
    """Records what really happened."""

    def __init__(self, moto: MotoAccount) -> None:
        self._moto = moto

    def record(self, function: FunctionVersion, at: float, values: dict[str, float]) -> None:
        """Record values (``Invocations`` …) at a moment, once for each set of dimensions that AWS uses."""
        moment = datetime.fromtimestamp(at, UTC)
        data = [
            {
                "MetricName": name,
                "Dimensions": dimensions,
                "Timestamp": moment,
                "Value": value,
                "Unit": "Milliseconds" if name == "Duration" else "Count",
            }
            for name, value in values.items()
            for dimensions in dimension_sets(function)
        ]
        with self._moto.lock:
            self._moto.backend("cloudwatch").put_metric_data(NAMESPACE, data)


def dimension_sets(function: FunctionVersion) -> list[list[dict[str, str]]]:
    """FunctionName; and Resource, with ExecutedVersion when an alias was called."""
    name = {"Name": "FunctionName", "Value": function.name}
    if function.qualifier is None:
        return [[name], [name, {"Name": "Resource", "Value": function.name}]]
    resource = {"Name": "Resource", "Value": f"{function.name}:{function.qualifier}"}
    sets = [[name], [name, resource]]
    if not (function.qualifier.isdigit() or function.qualifier == "$LATEST"):
        sets.append([name, resource, {"Name": "ExecutedVersion", "Value": function.version}])
    return sets
