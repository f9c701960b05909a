"""What roles were asked for: every action that IAM judged, as CloudTrail would list it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from grader.cloud.iam.principals import Principal


@dataclass(frozen=True)
class Call:
    """One action on one resource that a principal asked for.

    Attributes
    ----------
    at
        Seconds since 1970 on the clock.
    caller
        The session's name: for a function's role it is the function's name.
    """

    at: float
    caller: str
    action: str
    resource: str
    allowed: bool

    def __str__(self) -> str:
        return f"{'✓' if self.allowed else '✗'} {self.action} on {self.resource}"


class Calls:
    """The most recent calls of one account.

    Parameters
    ----------
    keep
        How many are remembered.
    """

    def __init__(self, keep: int = 20_000) -> None:
        self._kept: deque[Call] = deque(maxlen=keep)
        self._lock = threading.Lock()

    def note(self, at: float, principal: Principal, action: str, resource: str, allowed: bool) -> None:
        """Remember one; the developer's and strangers' are not kept."""
        if principal.kind != "role":
            return
        with self._lock:
            self._kept.append(Call(at, principal.arn.rpartition("/")[2], action, resource, allowed))

    def of(self, caller: str) -> tuple[Call, ...]:
        """The calls of a function (by its physical name) or session, oldest first."""
        with self._lock:
            return tuple(call for call in self._kept if call.caller == caller)
