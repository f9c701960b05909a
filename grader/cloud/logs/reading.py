"""Reading a log group as a client may: what has been ingested and not yet expired, in order, page by page.

AWS takes a few seconds until what a function wrote can be found; here it is always ``INGESTION_DELAY_S`` of the clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.logs.errors import InvalidParameter, NoSuchLogs
from grader.cloud.logs.keeping import EVENT_OVERHEAD, first_position
from grader.cloud.logs.match import FilterPattern

INGESTION_DELAY_S = 2.0
DAY_MS = 86_400_000
# A page holds, and a search looks through, at most this much.
PAGE_BYTES, PAGE_EVENTS = 1_048_576, 10_000


@dataclass(frozen=True, order=True)
class StoredEvent:
    """One event of a group; times in milliseconds since 1970. They are ordered by time, then by stream and arrival."""

    timestamp: int
    stream: str
    position: int
    message: str
    ingested: int

    @property
    def id(self) -> str:
        """AWS's 56 digits, the same whenever the event is read."""
        digest = hashlib.sha256(f"{self.timestamp}/{self.stream}/{self.position}".encode()).hexdigest()
        return f"{self.timestamp:014d}{int(digest, 16) % 10**42:042d}"

    @property
    def size(self) -> int:
        """Bytes, as a page counts them."""
        return len(self.message.encode("utf-8", "replace")) + EVENT_OVERHEAD


@dataclass(frozen=True)
class Window:
    """Which events are asked for; None where there is no bound. ``end`` is the last moment that counts."""

    start: int | None = None
    end: int | None = None

    def holds(self, event: StoredEvent) -> bool:
        """Whether the event lies in it."""
        late_enough = self.start is None or event.timestamp >= self.start
        return late_enough and (self.end is None or event.timestamp <= self.end)


@dataclass(frozen=True)
class Page:
    """Events, and the token for what follows; None when nothing does."""

    events: tuple[StoredEvent, ...]
    token: str | None


def ingested_at(event: Any) -> int:
    """When moto's event can be found, milliseconds since 1970: a function's last lines may lie ahead of the clock."""
    return int(max(event.ingestion_time, event.timestamp) + 1000 * INGESTION_DELAY_S)


def readable_events(group: Any, now: int, streams: Sequence[str] | None = None) -> list[StoredEvent]:
    """The events of moto's log group (or of some of its streams) that can be found at ``now``, in order.

    Raises
    ------
    NoSuchLogs
        When a stream is not there.
    """
    oldest = 0 if group.retention_in_days is None else now - DAY_MS * int(group.retention_in_days)
    names = list(group.streams) if streams is None else streams
    if not all(name in group.streams for name in names):
        raise NoSuchLogs("log stream")
    return sorted(
        StoredEvent(event.timestamp, name, position, event.message, ingested_at(event))
        for name in names
        for position, event in enumerate(group.streams[name].events, first_position(group.streams[name]))
        if event.timestamp >= oldest and ingested_at(event) <= now
    )


def search(
    events: Sequence[StoredEvent], pattern: FilterPattern, window: Window, limit: int, token: str | None, asked: str
) -> Page:
    """One page of FilterLogEvents: it ends at ``limit`` finds, or when enough has been looked through.

    So a page may be empty and still have a token: whoever stops there misses what follows.

    Parameters
    ----------
    asked
        What was asked; a token is good for the same question only.
    """
    found: list[StoredEvent] = []
    looked_through = 0
    last: StoredEvent | None = None
    for event in _after(events, window, _place(token, asked)):
        if last is not None and (len(found) == limit or looked_through > PAGE_BYTES):
            return Page(tuple(found), _token(last, asked))
        last, looked_through = event, looked_through + event.size
        if pattern.match(event.message) is not None:
            found.append(event)
    return Page(tuple(found), None)


def _after(events: Sequence[StoredEvent], window: Window, place: tuple[int, str, int] | None) -> Iterator[StoredEvent]:
    for event in events:
        if window.holds(event) and (place is None or (event.timestamp, event.stream, event.position) > place):
            yield event


def _token(event: StoredEvent, asked: str) -> str:
    place = [event.timestamp, event.stream, event.position, _digest(asked)]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(token: str | None, asked: str) -> tuple[int, str, int] | None:
    if token is None:
        return None
    try:
        timestamp, stream, position, digest = json.loads(base64.urlsafe_b64decode(token))
        if digest == _digest(asked):
            return int(timestamp), str(stream), int(position)
    except (ValueError, TypeError):
        pass
    raise InvalidParameter("The specified nextToken is invalid.")


def _digest(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
