"""One stream from end to end (GetLogEvents), and the streams of a group (DescribeLogStreams)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from grader.cloud.logs.errors import InvalidParameter
from grader.cloud.logs.reading import PAGE_BYTES, StoredEvent, readable_events

TOKEN = re.compile(r"^(?P<direction>[fb])/(?P<timestamp>\d{14})(?P<position>\d{42})$")


@dataclass(frozen=True)
class StreamPage:
    """Events, oldest first, with the tokens that lead on and back; there always are both."""

    events: tuple[StoredEvent, ...]
    forward: str
    backward: str


def stream_page(events: Sequence[StoredEvent], limit: int, token: str | None, from_head: bool) -> StreamPage:
    """One page of a stream. Without a token it begins at the head, or ends with the newest event.

    At the end of the stream AWS gives back the token that it was given, and so does this.
    """
    direction, place = _place(token) if token else ("f" if from_head else "b", None)
    if direction == "f":
        page = _within(event for event in events if place is None or _key(event) > place)[:limit]
    else:
        page = _within(event for event in reversed(events) if place is None or _key(event) < place)[:limit][::-1]
    first, last = (_key(page[0]), _key(page[-1])) if page else (place or (0, 0), place or (0, 0))
    return StreamPage(tuple(page), _token("f", last), _token("b", first))


def _within(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    size = 0

    def fits(event: StoredEvent) -> bool:
        nonlocal size
        size += event.size
        return size <= PAGE_BYTES

    return list(takewhile(fits, events))


def _key(event: StoredEvent) -> tuple[int, int]:
    return event.timestamp, event.position


def _token(direction: str, place: tuple[int, int]) -> str:
    return f"{direction}/{place[0]:014d}{place[1]:042d}"


def _place(token: str) -> tuple[str, tuple[int, int]]:
    read = TOKEN.match(token)
    if read is None:
        raise InvalidParameter("The specified nextToken is invalid.")
    return read["direction"], (int(read["timestamp"]), int(read["position"]))


def stream_description(stream: Any, group: Any, now: int) -> dict[str, Any]:
    """A stream as DescribeLogStreams tells it: as far as its events can be found. ``storedBytes`` is 0 since 2019."""
    name = stream.log_stream_name
    described: dict[str, Any] = {
        "logStreamName": name,
        "creationTime": int(1000 * stream.creation_time.timestamp()) if stream.creation_time else 0,
        "arn": stream.arn,
        "storedBytes": 0,
    }
    events = readable_events(group, now, [name])
    if events:
        described |= {
            "firstEventTimestamp": events[0].timestamp,
            "lastEventTimestamp": events[-1].timestamp,
            "lastIngestionTime": max(event.ingested for event in events),
            "uploadSequenceToken": str(stream.upload_sequence_token),
        }
    return described


def ordered(streams: list[dict[str, Any]], by: str, descending: bool) -> list[dict[str, Any]]:
    """Stream descriptions by ``LogStreamName`` or ``LastEventTime``."""

    def place(stream: dict[str, Any]) -> tuple[int, str]:
        newest = int(stream.get("lastEventTimestamp", 0)) if by == "LastEventTime" else 0
        return newest, str(stream["logStreamName"])

    return sorted(streams, key=place, reverse=descending)
