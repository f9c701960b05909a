"""Faults and interruptions that a check asks for, on our side of the wire: function code cannot see them coming."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from grader.cloud.door.faults import Refusal
from grader.cloud.door.operation import Operation
from grader.cloud.iam.principals import Principal


@dataclass
class Fault:
    """An error that the next calls of an operation are answered with.

    Attributes
    ----------
    left
        How many more calls.
    by
        The name of the function whose calls fail; None for any function's.
    """

    service: str
    operation: str
    refusal: Refusal
    left: int
    by: str | None


@dataclass
class Delay:
    """How long the next answers of an operation take, in seconds; the work itself is done at once."""

    service: str
    operation: str
    seconds: float
    left: int
    by: str | None


@dataclass(frozen=True)
class Interruption:
    """Something that happens after a call was carried out and before its answer goes back."""

    service: str
    operation: str
    action: Callable[[], None]


Planned = TypeVar("Planned", Fault, Delay)


class Injections:
    """What a check wants to happen to calls that execution environments make."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._delays: list[Delay] = []
        self._interruptions: list[Interruption] = []
        self._lock = threading.Lock()

    def fail_next(
        self, service: str, operation: str, refusal: Refusal, *, times: int = 1, by: str | None = None
    ) -> None:
        """Answer the next ``times`` calls of an operation with an AWS error."""
        with self._lock:
            self._faults.append(Fault(service, operation, refusal, times, by))

    def slow_next(self, service: str, operation: str, seconds: float, *, times: int = 1, by: str | None = None) -> None:
        """Let the answers to the next ``times`` calls of an operation take ``seconds`` longer."""
        with self._lock:
            self._delays.append(Delay(service, operation, seconds, times, by))

    def clear(self) -> None:
        """Nothing more is planned."""
        with self._lock:
            self._faults, self._delays, self._interruptions = [], [], []

    def on_call(self, service: str, operation: str, action: Callable[[], None]) -> None:
        """Call ``action`` after each call of an operation, before its answer goes back."""
        with self._lock:
            self._interruptions.append(Interruption(service, operation, action))

    def fault(self, operation: Operation, principal: Principal) -> Refusal | None:
        """The error that this call is to be answered with, if any."""
        found = self._take(self._faults, operation, principal)
        return found.refusal if found else None

    def delay(self, operation: Operation, principal: Principal) -> float:
        """How many seconds longer this call's answer is to take."""
        found = self._take(self._delays, operation, principal)
        return found.seconds if found else 0.0

    def _take(self, planned: list[Planned], operation: Operation, principal: Principal) -> Planned | None:
        """The first of what is planned that this call meets, counted down by one."""
        caller = principal.arn.rpartition("/")[2]
        with self._lock:
            for one in planned:
                asked = (one.service, one.operation) == (operation.service, operation.name)
                if asked and one.left > 0 and one.by in (None, caller):
                    one.left -= 1
                    return one
        return None

    def interrupt(self, operation: Operation) -> None:
        """Let the interruptions of this call happen; they may make calls themselves."""
        with self._lock:
            asked = (operation.service, operation.name)
            due = [one for one in self._interruptions if (one.service, one.operation) == asked]
        for interruption in due:
            interruption.action()
