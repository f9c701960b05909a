"""Logs that AWS's own services write into an account's log groups."""

from __future__ import annotations

from collections.abc import Iterable

from grader.cloud.functions.collaborators import MotoAccount


class ServiceLogs:
    """Writes into log groups.

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
