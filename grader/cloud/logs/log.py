"""A function's log as a list."""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.functions.collaborators import MotoAccount


@dataclass(frozen=True)
class LogEvent:
    """One line of a log.

    Attributes
    ----------
    timestamp
        Seconds since 1970 on the clock.
    stream
        The execution environment's log stream.
    """

    timestamp: float
    stream: str
    message: str

    def __str__(self) -> str:
        return self.message


def read_log(moto: MotoAccount, group: str) -> list[LogEvent]:
    """Everything in a log group, oldest first; nothing when the group does not exist yet."""
    with moto.lock:
        found = moto.backend("logs").groups.get(group)
        streams = found.streams.items() if found else ()
        events = [
            LogEvent(event.timestamp / 1000, name, event.message) for name, stream in streams for event in stream.events
        ]
    return sorted(events, key=lambda event: event.timestamp)
