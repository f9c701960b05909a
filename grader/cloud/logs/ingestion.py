"""New log events meet the group's metric filters and subscriptions; moto would call functions with its lock held."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from moto.logs.models import LogsBackend, LogStream

from grader.cloud.cloudwatch import Metric, Metrics, dimensions
from grader.cloud.cloudwatch.metrics import Dimensions
from grader.cloud.errors import NotSupported
from grader.cloud.events.deliveries import Deliveries, Delivery
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.collaborators import Authorizer
from grader.cloud.functions.hooks import Patches
from grader.cloud.logs.errors import InvalidParameter, NoSuchLogs, violated
from grader.cloud.logs.filter_pattern import parse_pattern
from grader.cloud.logs.keeping import first_position, keep_newest
from grader.cloud.logs.match import Match
from grader.cloud.logs.parameters import checked_pattern
from grader.cloud.logs.reading import StoredEvent

SERVICE = "logs.amazonaws.com"
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


class Ingestion:
    """Takes the place of moto's subscriptions and metric filters; its lock is held whenever events come in.

    Parameters
    ----------
    deliveries
        Carry batches to subscribed functions when the lock is free.
    authorization
        Says whether CloudWatch Logs may invoke a function that is to be subscribed.
    metrics
        Where metric filters count.
    """

    def __init__(
        self, functions: FunctionService, deliveries: Deliveries, authorization: Authorizer, metrics: Metrics
    ) -> None:
        self._functions, self._deliveries, self._metrics = functions, deliveries, metrics
        self._authorization = authorization
        patches = Patches()
        patches.replace(LogStream, "put_log_events", self._noticing)
        patches.replace(LogsBackend, "put_metric_filter", _replacing)
        patches.replace(LogsBackend, "put_subscription_filter", self._permitted)
        patches.replace(LogsBackend, "put_retention_policy", _as_offered)
        patches.replace(LogsBackend, "delete_log_group", _with_its_filters)
        functions.when_closing(patches.remove)

    def _noticing(self, original: Any) -> Any:
        def put_log_events(stream: Any, log_events: list[dict[str, Any]]) -> str:
            subscriptions, stream.log_group.subscription_filters = stream.log_group.subscription_filters, {}
            before = len(stream.events)
            try:
                token: str = original(stream, log_events)
            finally:
                stream.log_group.subscription_filters = subscriptions
            self._measure(stream, stream.events[before:])
            self._hand_on(stream, before, subscriptions)
            keep_newest(stream.log_group, len(stream.events) - before)
            return token

        return put_log_events

    def _permitted(self, original: Any) -> Any:
        def put_subscription_filter(
            backend: Any,
            log_group_name: str,
            filter_name: str,
            filter_pattern: str,
            destination_arn: str,
            role_arn: str,
        ) -> None:
            checked_pattern(filter_pattern)
            if destination_arn.split(":")[2:3] != ["lambda"]:
                raise NotSupported(f"a log subscription to {destination_arn}")
            source = f"arn:aws:logs:{backend.region_name}:{backend.account_id}:log-group:{log_group_name}:*"
            allowed = self._authorization.service_may_invoke(
                destination_arn, SERVICE, source, backend.account_id
            ).allowed
            if not allowed and log_group_name in backend.groups:
                raise InvalidParameter(
                    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to "
                    "execute your function."
                )
            original(backend, log_group_name, filter_name, filter_pattern, destination_arn, role_arn)

        return put_subscription_filter

    def _measure(self, stream: Any, events: list[Any]) -> None:
        for metric_filter in self._functions.moto.backend("logs").filters.get_matching_filters(
            log_group_name=stream.log_group.name
        ):
            pattern = parse_pattern(metric_filter["filterPattern"] or "")
            matches = [(event.timestamp, pattern.match(event.message)) for event in events]
            for transformation in metric_filter["metricTransformations"]:
                self._record(transformation, matches)

    def _record(self, transformation: dict[str, Any], matches: list[tuple[int, Match | None]]) -> None:
        """A value for each match; when nothing matched, the default value if there is one."""
        namespace, name = transformation["metricNamespace"], transformation["metricName"]
        unit, default = transformation.get("unit") or "None", transformation.get("defaultValue")
        found = [(moment, match) for moment, match in matches if match is not None]
        for moment, match in found:
            value = _number(match, transformation["metricValue"])
            if value is not None:
                sides = _dimensions(transformation, match)
                self._metrics.record(Metric(namespace, name, sides), value, moment / 1000, unit)
        if matches and not found and default is not None:
            self._metrics.record(Metric(namespace, name), float(default), matches[-1][0] / 1000, unit)

    def _hand_on(self, stream: Any, first: int, subscriptions: dict[str, Any]) -> None:
        group = stream.log_group
        for subscription in subscriptions.values():
            pattern = parse_pattern(subscription.filter_pattern or "")
            matched = [
                (number, event)
                for number, event in enumerate(stream.events[first:], first_position(stream) + first)
                if pattern.match(event.message) is not None
            ]
            if not matched:
                continue
            before = self._functions.lineage()
            title = f"{len(matched)} log events of {group.name} → {subscription.destination_arn.split(':')[6]}"
            trace = self._functions.traces.start("subscription", title, before.trace)
            trace.passed("filter", f"{subscription.name}: {subscription.filter_pattern or 'everything'}")
            message = subscription_message(stream, subscription.name, matched)
            self._deliveries.add(
                Delivery(SERVICE, f"{group.arn}:*", subscription.destination_arn, message, Lineage(trace, before.chain))
            )


def _replacing(original: Any) -> Any:
    def put_metric_filter(
        backend: Any, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
    ) -> None:
        checked_pattern(filter_pattern)
        if log_group_name not in backend.groups:
            raise NoSuchLogs()
        backend.delete_metric_filter(filter_name, log_group_name)  # moto would keep both
        original(backend, filter_name, filter_pattern, log_group_name, metric_transformations)

    return put_metric_filter


def _as_offered(original: Any) -> Any:
    def put_retention_policy(backend: Any, log_group_name: str, retention_in_days: Any) -> Any:
        if retention_in_days not in RETENTION_DAYS:
            allowed = ", ".join(map(str, RETENTION_DAYS))
            raise violated(retention_in_days, "retentionInDays", f"satisfy enum value set: [{allowed}]")
        return original(backend, log_group_name, retention_in_days)

    return put_retention_policy


def _with_its_filters(original: Any) -> Any:
    def delete_log_group(backend: Any, log_group_name: str) -> None:
        original(backend, log_group_name)
        for metric_filter in backend.filters.get_matching_filters(log_group_name=log_group_name):
            backend.delete_metric_filter(metric_filter["filterName"], log_group_name)

    return delete_log_group


def _number(match: Match, value: str) -> float | None:
    found = match.value(value) if str(value).startswith("$") else value
    try:
        return None if found is None else float(found)
    except ValueError:
        return None


def _dimensions(transformation: dict[str, Any], match: Match) -> Dimensions:
    named = (transformation.get("dimensions") or {}).items()
    values = [(name, match.value(reference)) for name, reference in named]
    return dimensions({name: str(value) for name, value in values if value is not None})


def subscription_message(stream: Any, filter_name: str, matched: list[tuple[int, Any]]) -> str:
    """The event that CloudWatch Logs hands to a function: JSON, compressed, base64."""
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": stream.account_id,
        "logGroup": stream.log_group.name,
        "logStream": stream.log_stream_name,
        "subscriptionFilters": [filter_name],
        "logEvents": [
            {"id": _id(stream, number, event), "timestamp": event.timestamp, "message": event.message}
            for number, event in matched
        ],
    }
    packed = gzip.compress(json.dumps(batch).encode(), mtime=0)
    return json.dumps({"awslogs": {"data": base64.b64encode(packed).decode()}})


def _id(stream: Any, number: int, event: Any) -> str:
    return StoredEvent(event.timestamp, stream.log_stream_name, number, event.message, event.timestamp).id
