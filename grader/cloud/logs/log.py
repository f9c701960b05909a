"""Logs: a function's as a list, and those that AWS's services write."""

from __future__ import annotations

from collections.abc import Iterable
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


class ServiceLogs:
    """Log groups that AWS's services write into.

    Parameters
    ----------
    moto
        Where CloudWatch Logs are.
    """

    def __init__(self, moto: MotoAccount) -> None:
        self._moto = moto

    def write(self, group: str, stream: str, at: float, lines: Iterable[str]) -> None:
        """Append lines to a stream, all at one moment (seconds since 1970); both are made when they are missing."""
        events = [{"timestamp": int(at * 1000), "message": line} for line in lines]
        with self._moto.lock:
            logs = self._moto.backend("logs")
            if group not in logs.groups:
                logs.ensure_log_group(group)
            logs.ensure_log_stream(group, stream)
            logs.put_log_events(group, stream, events)
