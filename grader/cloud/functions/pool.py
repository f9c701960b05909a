"""The pool of execution environments: reused when idle, added when all are busy, expired when nobody needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from grader.cloud.functions.collaborators import Environment
from grader.cloud.functions.errors import TooManyRequests
from grader.cloud.functions.registry import FunctionVersion

ACCOUNT_CONCURRENCY = 1000
IDLE_SECONDS = 600.0
CREDENTIAL_MARGIN_SECONDS = 300.0


@dataclass(eq=False)
class Slot:
    """One execution environment, or the place of one that is about to start.

    Attributes
    ----------
    taken
        A request is inside it at this moment of real time.
    busy_until
        Until when it is busy on the clock: overlapping requests need several environments.
    retired
        It takes no further request: its function was changed or deleted.
    abandoned
        The account is gone: an environment that comes up now ends at once.
    """

    id: str
    function: str
    version: str
    fingerprint: str
    created: float
    log_stream: str
    taken: bool = True
    busy_until: float = 0.0
    invocations: int = 0
    environment: Environment | None = None
    principal: object = None
    access_key: str = ""
    expires: float | None = None
    retired: bool = False
    abandoned: bool = False

    def idle(self, at: float) -> bool:
        """Whether it could take a request at ``at``."""
        return not self.taken and self.busy_until <= at


@dataclass(frozen=True)
class EnvironmentState:
    """What a reader may know of an environment: ``state`` is ``busy`` or ``idle``; ``created`` is on the clock."""

    id: str
    state: str
    created: float
    invocations: int
    version: str = "$LATEST"
    log_stream: str = ""
    pid: int | None = None


@dataclass
class Pool:
    """All environments of the account. Its lock is held to take and give back, never while a function runs.

    Parameters
    ----------
    name_environment
        Makes the id of a new environment.
    name_stream
        Makes the name of its log stream from (version, moment, id).
    """

    name_environment: Callable[[], str]
    name_stream: Callable[[str, float, str], str]
    limit: int = ACCOUNT_CONCURRENCY
    _slots: list[Slot] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, function: FunctionVersion, at: float, unreserved: int) -> tuple[Slot, bool]:
        """An idle environment of the version, or the place for a new one, and whether it is new.

        Raises
        ------
        TooManyRequests
            When the function's reserved concurrency, or what the account leaves unreserved, is used up.
        """
        with self._lock:
            doomed = self._expired(at, function)
            try:
                slot, cold = self._take(function, at, unreserved)
            finally:
                self._slots = [slot for slot in self._slots if slot not in doomed]
        _close(doomed)
        return slot, cold

    def give_back(self, slot: Slot, busy_until: float) -> None:
        """Put an environment back; one that died, or was retired meanwhile, is not used again."""
        with self._lock:
            slot.taken = False
            slot.busy_until = max(slot.busy_until, busy_until)
            slot.invocations += 1
            gone = slot.environment is None or slot.retired or not slot.environment.alive
            if gone and slot in self._slots and (slot.environment is None or slot.retired):
                self._slots.remove(slot)
        if gone:
            _close([slot])

    def retire(self, function: str) -> None:
        """Use the environments of a function no more: it was changed or deleted."""
        with self._lock:
            doomed = [slot for slot in self._slots if slot.function == function and not slot.taken]
            for slot in self._slots:
                slot.retired = slot.retired or slot.function == function
            self._slots = [slot for slot in self._slots if slot not in doomed]
        _close(doomed)

    def expire(self, at: float) -> None:
        """Close the environments that have been idle for too long."""
        with self._lock:
            doomed = self._expired(at, None)
            self._slots = [slot for slot in self._slots if slot not in doomed]
        _close(doomed)

    def states(self, function: str, at: float) -> list[EnvironmentState]:
        """The function's environments, oldest first."""
        with self._lock:
            return [
                EnvironmentState(
                    slot.id,
                    "idle" if slot.idle(at) else "busy",
                    slot.created,
                    slot.invocations,
                    slot.version,
                    slot.log_stream,
                    getattr(slot.environment, "pid", None),
                )
                for slot in self._slots
                if slot.function == function and not _over(slot, at)
            ]

    def environments(self, function: str) -> list[Environment]:
        """The living environments of a function, for those who look inside (``/tmp``)."""
        with self._lock:
            return [slot.environment for slot in self._slots if slot.function == function and slot.environment]

    def busy(self, at: float, function: str) -> tuple[int, int]:
        """How many environments are busy at ``at``: the function's, and the account's."""
        with self._lock:
            return self._busy(at, function), self._busy(at, None)

    def close(self) -> None:
        """End every environment."""
        with self._lock:
            doomed, self._slots = self._slots, []
            for slot in doomed:
                slot.abandoned = True
        _close(doomed)

    def _take(self, function: FunctionVersion, at: float, unreserved: int) -> tuple[Slot, bool]:
        self._throttle(function, at, unreserved)
        idle = [slot for slot in self._slots if self._fits(slot, function) and slot.idle(at)]
        if idle:
            warm = max(idle, key=lambda slot: (slot.busy_until, slot.created))
            warm.taken = True
            return warm, False
        name = self.name_environment()
        stream = self.name_stream(function.version, at, name)
        slot = Slot(name, function.name, function.version, function.fingerprint, at, stream, busy_until=at)
        self._slots.append(slot)
        return slot, True

    def _throttle(self, function: FunctionVersion, at: float, unreserved: int) -> None:
        reserved = function.reserved_concurrency
        if reserved is not None:
            if self._busy(at, function.name) >= reserved:
                raise TooManyRequests(reserved=True)
        elif self._busy(at, None) >= max(0, min(unreserved, self.limit)):
            raise TooManyRequests(reserved=False)

    def _busy(self, at: float, function: str | None) -> int:
        return sum(1 for slot in self._slots if not slot.idle(at) and function in (None, slot.function))

    def _fits(self, slot: Slot, function: FunctionVersion) -> bool:
        same = (slot.function, slot.version, slot.fingerprint) == (
            function.name,
            function.version,
            function.fingerprint,
        )
        return same and not slot.retired and slot.environment is not None and slot.environment.alive

    def _expired(self, at: float, function: FunctionVersion | None) -> list[Slot]:
        return [slot for slot in self._slots if slot.idle(at) and (_over(slot, at) or _outdated(slot, function))]


def _over(slot: Slot, at: float) -> bool:
    if slot.taken:
        return False
    dead = slot.environment is None or not slot.environment.alive
    stale = slot.expires is not None and slot.expires - CREDENTIAL_MARGIN_SECONDS <= at
    return (dead or stale or at - slot.busy_until > IDLE_SECONDS) and slot.busy_until <= at


def _outdated(slot: Slot, function: FunctionVersion | None) -> bool:
    if function is None or (slot.function, slot.version) != (function.name, function.version):
        return False
    return slot.fingerprint != function.fingerprint


def _close(slots: Iterable[Slot]) -> None:
    for slot in slots:
        if slot.environment is not None:
            slot.environment.close()
