"""What is read off an account when its bill is asked for: requests from metrics, bytes from logs and buckets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.cloudwatch import Metrics
from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.logs.keeping import EVENT_OVERHEAD, dropped_bytes

GIB = 1024**3
MONTH_SECONDS = 30 * 86_400
SQS_REQUESTS = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")
Quantities = dict[tuple[str, str], float]


def requests_read(metrics: Metrics) -> Quantities:
    """Invocations, API requests and SQS requests, from the metrics of what really happened."""
    found: Quantities = {}
    for metric, _ in metrics.listed():
        sides = dict(metric.dimensions)
        kind = (metric.namespace, metric.name, tuple(sides))
        if kind == ("AWS/Lambda", "Invocations", ("FunctionName",)):
            found["lambda_request", sides["FunctionName"]] = metrics.value(metric, "Sum", 0, float("inf")) or 0
        elif kind == ("AWS/ApiGateway", "Count", ("ApiName",)):
            found["rest_api_request", sides["ApiName"]] = metrics.value(metric, "SampleCount", 0, float("inf")) or 0
        elif kind == ("AWS/ApiGateway", "Count", ("ApiId",)):
            found["http_api_request", sides["ApiId"]] = metrics.value(metric, "SampleCount", 0, float("inf")) or 0
        elif metric.namespace == "AWS/SQS" and metric.name in SQS_REQUESTS:
            key = "sqs_request", sides["QueueName"]
            found[key] = found.get(key, 0) + (metrics.value(metric, "SampleCount", 0, float("inf")) or 0)
    return found


def time_read(gb_seconds: Mapping[str, float], moto: MotoAccount) -> Quantities:
    """Functions' GB-seconds, under the price of their architecture; a function that is gone ran on x86_64."""
    with moto.lock:
        functions = dict(moto.backend("lambda")._lambdas._functions)
    found: Quantities = {}
    for name, used in gb_seconds.items():
        held = functions.get(name)
        architecture = held["latest"].architectures[0] if held and held["latest"] else "x86_64"
        found[f"lambda_gb_second_{architecture}", name] = used
    return found


def logs_read(moto: MotoAccount) -> Quantities:
    """Gigabytes in each log group."""
    with moto.lock:
        groups = dict(moto.backend("logs").groups)
        return {("logs_gb", name): _bytes(group) / GIB for name, group in groups.items()}


def _bytes(group: Any) -> int:
    events = [event for stream in group.streams.values() for event in stream.events]
    return dropped_bytes(group) + sum(len(event.message.encode()) + EVENT_OVERHEAD for event in events)


def storage_read(moto: MotoAccount, clock: Clock) -> Quantities:
    """GB-months of the objects that are stored now, each since it was written."""
    now = clock.timestamp()
    with moto.lock:
        buckets = dict(moto.backend("s3").buckets)
        found: Quantities = {}
        for name, bucket in buckets.items():
            versions = [one for key in bucket.keys for one in bucket.keys.getlist(key)]
            held = [
                (one.size, now - one.last_modified.replace(tzinfo=UTC).timestamp())
                for one in versions
                if hasattr(one, "size")
            ]
            found["s3_gb_month", name] = sum(size * max(0.0, age) for size, age in held) / GIB / MONTH_SECONDS
        return found
