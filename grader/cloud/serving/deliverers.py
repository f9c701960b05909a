"""Threads that do what ``run_until_idle`` does in a lesson: deliver, retry, poll, when its time has come."""

from __future__ import annotations

import threading
from collections.abc import Callable

from grader.cloud.running_clock import RunningClock

THREADS = 8
# What a running function sets off is noticed after this many seconds, at the latest.
PERIOD_SECONDS = 0.2
STOP_SECONDS = 5.0


class Deliverers:
    """Some threads of which one waits; when something may be due it goes to work, and the next one waits.

    So a slow function delays nobody else's event.

    Parameters
    ----------
    drain
        Delivers what is due; called from several threads at once.
    report
        Told of a fault that ``drain`` raised; the threads go on.
    """

    def __init__(self, clock: RunningClock, drain: Callable[[], None], report: Callable[[Exception], None]) -> None:
        self._clock, self._drain, self._report = clock, drain, report
        self._turn = threading.Lock()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"deliverer-{number}", daemon=True) for number in range(THREADS)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take nothing more in hand, and wait a moment for what is in hand. Stopping twice does no harm."""
        self._stopping = True
        self._clock.notify()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._stopping:
            with self._turn:
                if not self._stopping:
                    self._clock.wait(self._clock.until_next(PERIOD_SECONDS))
            if not self._stopping:
                self._deliver()

    def _deliver(self) -> None:
        try:
            self._drain()
        except Exception as fault:  # one delivery that goes wrong must not end all others
            self._report(fault)
