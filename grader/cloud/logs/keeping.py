"""How much of a log is kept: AWS keeps everything for ever, or for as long as the group says; a process cannot.

A group keeps its newest 50,000 events, some 20 MB. That is more than ten thousand invocations; the oldest go first.
"""

from __future__ import annotations

from typing import Any

KEPT_EVENTS = 50_000
EVENT_OVERHEAD = 26  # bytes that AWS counts for an event besides its message
AT_ONCE = 5_000  # how many are dropped together, so that a full group does not have to be looked through for each event


def first_position(stream: Any) -> int:
    """How many events of moto's stream were dropped before those that are kept: positions count them, too."""
    return int(getattr(stream, "dropped", 0))


def dropped_bytes(group: Any) -> int:
    """Bytes of the messages that were dropped from moto's log group, 26 more for each: AWS would bill them still."""
    return int(getattr(group, "dropped_bytes", 0))


def keep_newest(group: Any, added: int) -> None:
    """Count ``added`` events in moto's log group; drop the oldest when there are too many."""
    group.held = getattr(group, "held", 0) + added
    if group.held <= KEPT_EVENTS + AT_ONCE:
        return
    group.held = sum(len(stream.events) for stream in group.streams.values())  # streams may have been deleted
    too_many = group.held - KEPT_EVENTS
    for name, stream in list(group.streams.items()):  # in the order in which they were made
        if too_many <= 0:
            return
        gone = min(too_many, len(stream.events))
        size = sum(len(event.message.encode()) + EVENT_OVERHEAD for event in stream.events[:gone])
        group.dropped_bytes = dropped_bytes(group) + size
        del stream.events[:gone]
        stream.dropped = first_position(stream) + gone
        too_many -= gone
        group.held -= gone
        if not stream.events:
            del group.streams[name]
