"""What a request leaves behind: metrics under AWS's dimensions, and a line in the access log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from grader.cloud.door.response import Response
from grader.cloud.http.access_log import AccessLog
from grader.cloud.http.failure import Failure
from grader.cloud.http.passage import Passage

NAMESPACE = "AWS/ApiGateway"
UNITS = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds", "UrlRequestLatency": "Milliseconds"}
UNITS["DataProcessed"] = "Bytes"
Dimensions = tuple[tuple[str, str], ...]


class Metrics(Protocol):
    """The account's store of metrics."""

    def record_all(
        self,
        namespace: str,
        values: Mapping[str, float],
        dimension_sets: Iterable[Dimensions],
        at: float,
        units: Mapping[str, str] | None = None,
    ) -> None: ...


class Logs(Protocol):
    """The account's log groups."""

    def write(self, group: str, stream: str, at: float, lines: Iterable[str]) -> None: ...


class Records:
    """Records requests.

    Parameters
    ----------
    metrics, logs
        Where to; None: nowhere.
    """

    def __init__(self, metrics: Metrics | None = None, logs: Logs | None = None) -> None:
        self._metrics = metrics
        self._logs = logs

    def measure(
        self,
        namespace: str,
        names: Mapping[str, str],
        dimension_sets: Iterable[Mapping[str, str]],
        passage: Passage,
        response: Response,
    ) -> None:
        """Record a request's metrics.

        Parameters
        ----------
        names
            What this kind of API calls ``count``, ``4xx``, ``5xx``, ``latency``, ``integration``, ``bytes``.
        """
        if self._metrics is None:
            return
        values = {
            "count": 1.0,
            "4xx": float(400 <= response.status < 500),
            "5xx": float(response.status >= 500),
            "latency": passage.waited * 1000,
            "integration": None if passage.integration_s is None else passage.integration_s * 1000,
            "bytes": float(len(passage.request.body) + len(response.body)),
        }
        named = {names[key]: value for key, value in values.items() if key in names and value is not None}
        sets = [tuple(sorted(one.items())) for one in dimension_sets]
        self._metrics.record_all(namespace, named, sets, passage.at, UNITS)

    def log(
        self, where: AccessLog | None, stream: str, passage: Passage, variables: Mapping[str, str], response: Response,
        failure: Failure | None,
    ) -> None:  # fmt: skip
        """Write a request's line into an access log.

        Parameters
        ----------
        variables
            The ``$context`` of this kind of API, beyond what all have.
        """
        if where is not None and self._logs is not None:
            words = {**common_variables(passage, response, failure), **variables, **passage.noted}
            self._logs.write(where.group, stream, passage.at + passage.waited, [where.line(words)])

    def execution(self, group: str, stream: str, passage: Passage, lines: Iterable[str]) -> None:
        """Write the lines of an execution log."""
        if self._logs is not None:
            self._logs.write(group, stream, passage.at + passage.waited, lines)


def common_variables(passage: Passage, response: Response, failure: Failure | None) -> dict[str, str]:
    """The ``$context`` variables that every request has."""
    request, latency = passage.request, f"{passage.waited * 1000:.0f}"
    integration = "" if passage.integration_s is None else f"{passage.integration_s * 1000:.0f}"
    found = {
        "requestId": passage.ids.request,
        "extendedRequestId": passage.ids.extended,
        "httpMethod": request.method,
        "path": request.path,
        "protocol": "HTTP/1.1",
        "domainName": passage.host,
        "domainPrefix": passage.host.split(".")[0],
        "requestTime": passage.clf_time,
        "requestTimeEpoch": str(int(passage.at * 1000)),
        "responseLength": str(len(response.body)),
        "responseLatency": latency,
        "status": str(response.status),
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": passage.header("user-agent") or "",
        "integrationLatency": integration,
        "integration.latency": integration,
        "xrayTraceId": passage.ids.trace.removeprefix("Root="),
    }
    if passage.caller is not None:
        principal = passage.caller.principal
        found |= {
            "identity.caller": principal.user_id,
            "identity.user": principal.user_id,
            "identity.userArn": principal.arn,
            "identity.accountId": principal.account_id,
            "identity.accessKey": passage.caller.access_key,
        }
    if failure is not None:
        found |= {
            "error.message": failure.message or "",
            "error.messageString": f'"{failure.message or ""}"',
            "error.responseType": failure.type,
        }
    return found
