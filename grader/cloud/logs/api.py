"""The part of the CloudWatch Logs API that is answered here instead of by moto: reading, and searching by pattern."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.responder import Action
from grader.cloud.errors import NotSupported
from grader.cloud.logs.errors import InvalidParameter, NoSuchLogs, violated
from grader.cloud.logs.parameters import Parameters
from grader.cloud.logs.reading import StoredEvent, Window, readable_events, search
from grader.cloud.logs.streams import ordered, stream_description, stream_page

NOT_SUPPORTED = (
    "CreateExportTask", "CreateLogAnomalyDetector", "DescribeQueries", "GetLogGroupFields", "GetLogObject",
    "GetLogRecord", "GetQueryResults", "PutAccountPolicy", "PutDataProtectionPolicy", "PutDeliverySource",
    "PutDestination", "PutIndexPolicy", "PutQueryDefinition", "PutTransformer", "StartLiveTail", "StartQuery",
    "StopQuery",
)  # fmt: skip
MOST_EVENTS, MOST_STREAMS, MOST_NAMED = 10_000, 50, 100


class LogsApi:
    """Answers about what was logged.

    Parameters
    ----------
    moto
        Keeps groups, streams and events.

    Attributes
    ----------
    actions
        What answers each operation.
    """

    def __init__(self, moto: Moto, clock: Clock) -> None:
        self._moto, self._clock = moto, clock
        self.actions: dict[str, Action] = {
            "FilterLogEvents": self._filter_log_events,
            "GetLogEvents": self._get_log_events,
            "DescribeLogStreams": self._describe_log_streams,
            "TestMetricFilter": _test_metric_filter,
            **{name: _refuse(name) for name in NOT_SUPPORTED},
        }

    def _now(self) -> int:
        return int(1000 * self._clock.timestamp())

    def _group(self, parameters: Parameters) -> Any:
        """moto's log group; the lock is held."""
        found = self._moto.backend("logs").groups.get(parameters.group())
        if found is None:
            raise NoSuchLogs()
        return found

    def _filter_log_events(self, given: Mapping[str, Any]) -> dict[str, Any]:
        parameters = Parameters(given)
        pattern, limit = parameters.pattern(), parameters.number("limit", 1, MOST_EVENTS) or MOST_EVENTS
        window = Window(parameters.number("startTime"), parameters.number("endTime"))
        asked = json.dumps({name: value for name, value in given.items() if name not in ("nextToken", "limit")})
        with self._moto.lock:
            group = self._group(parameters)
            events = readable_events(group, self._now(), _chosen(group, parameters))
        page = search(events, pattern, window, limit, parameters.text("nextToken"), asked)
        answer: dict[str, Any] = {"events": [_searched(event) for event in page.events], "searchedLogStreams": []}
        return answer | ({"nextToken": page.token} if page.token else {})

    def _get_log_events(self, given: Mapping[str, Any]) -> dict[str, Any]:
        parameters = Parameters(given)
        name, limit = parameters.required("logStreamName"), parameters.number("limit", 1, MOST_EVENTS) or MOST_EVENTS
        end = parameters.number("endTime")
        window = Window(parameters.number("startTime"), None if end is None else end - 1)  # this end is exclusive
        with self._moto.lock:
            events = readable_events(self._group(parameters), self._now(), [name])
        inside = [event for event in events if window.holds(event)]
        page = stream_page(inside, limit, parameters.text("nextToken"), parameters.truth("startFromHead"))
        return {
            "events": [_read(event) for event in page.events],
            "nextForwardToken": page.forward,
            "nextBackwardToken": page.backward,
        }

    def _describe_log_streams(self, given: Mapping[str, Any]) -> dict[str, Any]:
        parameters = Parameters(given)
        by = parameters.one_of("orderBy", ("LogStreamName", "LastEventTime"), "LogStreamName")
        prefix, limit = parameters.text("logStreamNamePrefix"), parameters.number("limit", 1, MOST_STREAMS)
        if prefix and by == "LastEventTime":
            raise InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
        with self._moto.lock:
            group = self._group(parameters)
            chosen = [stream for name, stream in group.streams.items() if name.startswith(prefix or "")]
            described = [stream_description(stream, group, self._now()) for stream in chosen]
        streams = ordered(described, by, parameters.truth("descending"))
        return _page_of_streams(streams, limit or MOST_STREAMS, parameters.text("nextToken"))


def _test_metric_filter(given: Mapping[str, Any]) -> dict[str, Any]:
    parameters = Parameters(given)
    pattern, messages = parameters.pattern(), parameters.texts("logEventMessages")
    if not messages or len(messages) > MOST_STREAMS:
        raise violated(messages, "logEventMessages", "have length between 1 and 50")
    matches = [(number, text, pattern.match(text)) for number, text in enumerate(messages, 1)]
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": text, "extractedValues": dict(match.extracted)}
            for number, text, match in matches
            if match is not None
        ]
    }


def _refuse(operation: str) -> Action:
    """An action that says that the operation is not imitated: moto would make something up."""

    def refuse(given: Mapping[str, Any]) -> None:
        raise NotSupported(f"logs:{operation}")

    return refuse


def _chosen(group: Any, parameters: Parameters) -> list[str] | None:
    """The streams that a search is limited to; None is all of them."""
    names, prefix = parameters.texts("logStreamNames"), parameters.text("logStreamNamePrefix")
    if names is not None and prefix is not None:
        raise InvalidParameter("Only one of logStreamNamePrefix and logStreamNames can be given.")
    if names is not None and not 1 <= len(names) <= MOST_NAMED:
        raise violated(names, "logStreamNames", f"have length between 1 and {MOST_NAMED}")
    return names if prefix is None else [name for name in group.streams if name.startswith(prefix)]


def _searched(event: StoredEvent) -> dict[str, Any]:
    return {"logStreamName": event.stream, **_read(event), "eventId": event.id}


def _read(event: StoredEvent) -> dict[str, Any]:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingested}


def _page_of_streams(streams: list[dict[str, Any]], limit: int, token: str | None) -> dict[str, Any]:
    names = [stream["logStreamName"] for stream in streams]
    if token is not None and token not in names:
        raise InvalidParameter("The specified nextToken is invalid.")
    first = names.index(token) if token is not None else 0
    answer: dict[str, Any] = {"logStreams": streams[first : first + limit]}
    return answer | ({"nextToken": names[first + limit]} if first + limit < len(names) else {})
