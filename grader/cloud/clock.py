"""The virtual clock: the only source of time in the pocket AWS."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass(order=True)
class Timer:
    """Something that happens at a moment of the clock, unless it is cancelled first.

    Attributes
    ----------
    due
        Seconds since 1970, on the virtual clock.
    """

    due: float
    order: int
    action: Callable[[], None] = field(compare=False)
    name: str = field(compare=False, default="")
    cancelled: bool = field(compare=False, default=False)

    def cancel(self) -> None:
        """Keep the timer from firing."""
        self.cancelled = True


class Clock:
    """Time that stands still until it is moved, and never goes back.

    Parameters
    ----------
    start
        The first moment, an aware ``datetime``.

    Attributes
    ----------
    is_running
        Whether time passes by itself, as it does in a :class:`~grader.cloud.running_clock.RunningClock`.
    """

    is_running = False

    def __init__(self, start: datetime = START) -> None:
        self._now = start.timestamp()
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._lock = threading.RLock()
        self._drain: Callable[[], object] = lambda: None

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return self._now

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def at(self, due: float, action: Callable[[], None], name: str = "") -> Timer:
        """Call ``action`` when the clock reaches ``due`` (seconds since 1970)."""
        timer = Timer(max(due, self.timestamp()), next(self._order), action, name)
        with self._lock:
            heapq.heappush(self._timers, timer)
        return timer

    def after(self, seconds: float, action: Callable[[], None], name: str = "") -> Timer:
        """Call ``action`` once ``seconds`` have passed on the clock."""
        return self.at(self.timestamp() + seconds, action, name)

    def on_idle(self, drain: Callable[[], object]) -> None:
        """Say what must be delivered whenever the clock has moved (the cloud's own queue of due events)."""
        self._drain = drain

    def pending(self) -> tuple[Timer, ...]:
        """The timers that are still to fire, earliest first."""
        with self._lock:
            return tuple(sorted(timer for timer in self._timers if not timer.cancelled))

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass; what becomes due on the way happens at its own moment, in order.

        Raises
        ------
        ValueError
            When the total is negative: this clock never goes back.
        """
        total = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if total < 0:
            raise ValueError("The clock never goes back: advance() takes a time of zero or more.")
        target = self._now + total
        self._drain()
        while (timer := self._next(target)) is not None:
            self._move(timer.due)
            timer.action()
            self._drain()
        self._move(target)
        self._drain()

    def pass_time(self, seconds: float) -> None:
        """Move the clock while something is running: timers that become due wait for the next drain."""
        self._move(self._now + max(0.0, seconds))

    def fire_due(self) -> bool:
        """Fire the timers that are due now, and say whether there was one."""
        fired = False
        while (timer := self._next(self.timestamp())) is not None:
            timer.action()
            fired = True
        return fired

    def _next(self, until: float) -> Timer | None:
        with self._lock:
            while self._timers and self._timers[0].due <= until:
                timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    return timer
        return None

    def _move(self, moment: float) -> None:
        self._now = max(self._now, moment)
