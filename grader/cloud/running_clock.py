"""The clock of ``grader serve``: this machine's own time, which passes by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from grader.cloud.clock import Clock, Timer


class RunningClock(Clock):
    """Real time. It never goes back, also when this machine's clock is set back.

    Timers fire when somebody calls ``fire_due``, which the deliverers of ``grader serve`` do at every ``wait``'s end.
    """

    is_running = True

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self._changed = threading.Condition()
        self._news = 0

    def timestamp(self) -> float:
        """Seconds since 1970."""
        self._now = max(self._now, time.time())
        return self._now

    def at(self, due: float, action: Callable[[], None], name: str = "") -> Timer:
        """Call ``action`` at ``due``, seconds since 1970."""
        timer = super().at(due, action, name)
        self.notify()
        return timer

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Wait that long; what becomes due meanwhile happens at its moment.

        Raises
        ------
        ValueError
            When the total is negative.
        """
        total = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if total < 0:
            raise ValueError("The clock never goes back: advance() takes a time of zero or more.")
        end = self.timestamp() + total
        while (left := end - self.timestamp()) > 0:
            self._drain()
            self.wait(min(left, self.until_next(left)))
        self._drain()

    def pass_time(self, seconds: float) -> None:
        """Nothing: what was running has really taken its time."""

    def notify(self) -> None:
        """Wake whoever waits: something may be due."""
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for ``seconds`` of real time, or until something may be due earlier."""
        with self._changed:
            seen = self._news
            self._changed.wait_for(lambda: self._news != seen, seconds)

    def until_next(self, at_most: float) -> float:
        """Seconds until the next timer fires, ``at_most`` if none does before."""
        pending = self.pending()
        return min(at_most, max(0.0, pending[0].due - self.timestamp())) if pending else at_most
