"""Virtual time inside an environment: it starts where the cloud's clock stands, and sleeping costs nothing."""

from __future__ import annotations

import math
import signal
import time
from collections import deque
from typing import Any

from . import locks, patches
from .threads import Threads, cpu_used

_perf_counter, _monotonic = time.perf_counter, time.monotonic
NANO = 1_000_000_000


class VirtualClock:
    """Seconds since 1970 as the function sees them: the invocation's start, plus time slept, plus CPU used."""

    def __init__(self) -> None:
        self.start, self.cpu_start, self._began = time.time(), cpu_used(), _monotonic()
        self.limit_s: float | None = None
        self.on_timeout: Any = None
        self.threads = Threads(self)
        self._slept = 0.0
        self._earlier = 0.0
        self._last = 0.0
        self._begun = False

    def restart(self) -> None:
        """In a process of its own: it was set up in another one."""
        self._last, self.cpu_start, self._began = 0.0, cpu_used(), _monotonic()

    def begin(self, now: float, limit_s: float | None) -> None:
        """Start an invocation at ``now``; sleeping past ``limit_s`` calls ``on_timeout``."""
        start = max(now, self._last)
        passed = self.slept() + self._frozen(start)
        self.threads.shift(passed)
        self._earlier += passed
        self._slept = 0.0
        self.start, self.limit_s, self._begun = start, limit_s, True
        self.cpu_start = cpu_used()
        self.threads.paused = False

    def _frozen(self, until: float) -> float:
        """Seconds since the last invocation ended; the monotonic clock counts them, too, as it does on Lambda."""
        return max(0.0, until - self.start - self.slept() - self.cpu()) if self._begun else 0.0

    def slept(self) -> float:
        """Virtual seconds slept since the invocation began."""
        return self._slept

    def cpu(self) -> float:
        """Real seconds of CPU used since the invocation began."""
        return cpu_used() - self.cpu_start

    def elapsed(self) -> float:
        """Virtual seconds since the invocation began."""
        return self.slept() + self.cpu()

    def time(self) -> float:
        """What time.time() answers."""
        self._last = self.start + self.elapsed()
        return self._last

    def sleep(self, seconds: float) -> None:
        """What time.sleep() does: moves virtual time, at once."""
        if not isinstance(seconds, (int, float)):
            seconds = seconds.__float__() if hasattr(seconds, "__float__") else seconds.__index__()
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.threads.block(deque(), seconds)

    def move(self, moment: float) -> bool:
        """Every thread waits, and the first goes on at ``moment``; False when the invocation's time is up before."""
        moment = max(moment, self._slept)
        if self.limit_s is not None and moment + self.cpu() >= self.limit_s and self.on_timeout:
            return False
        if moment < math.inf:
            self._slept = moment
        return True

    def expire(self) -> None:
        """The invocation's time is up."""
        self.on_timeout()

    def since_birth(self) -> float:
        """All the virtual time slept in this environment."""
        return self._earlier + self._slept

    def deadline_ms(self, asked: int, init_slept: float) -> int:
        """When the handler must be done: what the cloud asked for, later by what the init phase slept."""
        return asked + round(1000 * init_slept)

    def end(self) -> None:
        """The invocation is over; time stands still until the next."""
        self.threads.paused = True

    def install(self) -> None:
        """Make time, datetime and botocore's signing dates read this clock."""
        _install(self)


class RealClock(VirtualClock):
    """Time that passes by itself, for ``grader serve``; what was not CPU counts as slept."""

    def begin(self, now: float, limit_s: float | None) -> None:
        """Start an invocation; an alarm calls ``on_timeout`` when ``limit_s`` has passed."""
        self._began, self.cpu_start, self.limit_s = _monotonic(), cpu_used(), limit_s
        if limit_s is not None:
            signal.signal(signal.SIGALRM, lambda *_: self.on_timeout and self.on_timeout())
        signal.setitimer(signal.ITIMER_REAL, limit_s or 0)

    def deadline_ms(self, asked: int, init_slept: float) -> int:
        """The timeout from now on: the init phase has a limit of its own."""
        return int(1000 * (time.time() + (self.limit_s or 0)))

    def end(self) -> None:
        """The invocation is over in time."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def elapsed(self) -> float:
        """Seconds since the invocation began."""
        return _monotonic() - self._began

    def cpu(self) -> float:
        """Seconds of CPU used since then, as far as they passed one after another."""
        return min(super().cpu(), self.elapsed())

    def slept(self) -> float:
        """Seconds that passed without using the CPU."""
        return self.elapsed() - self.cpu()

    def install(self) -> None:
        """Nothing to do: Python's own clocks are right."""


def _install(clock: VirtualClock) -> None:
    patches.put(time, "sleep", clock.sleep)  # it refuses what is not a number by itself
    patches.put(time, "monotonic", lambda: _monotonic() + clock.since_birth())
    patches.put(time, "monotonic_ns", lambda: int(time.monotonic() * NANO))
    patches.put(time, "perf_counter", lambda: _perf_counter() + clock.since_birth())
    patches.put(time, "perf_counter_ns", lambda: int(time.perf_counter() * NANO))
    clock.threads.install()
    locks.install(clock.threads, clock.since_birth)
    _travel(clock)


def _travel(clock: VirtualClock) -> None:
    import time_machine

    class Traveller(time_machine.Traveller):
        def time_ns(self) -> int:
            return int(clock.time() * NANO)

    journey = time_machine.travel(clock.start, tick=False)
    journey.start()
    patches.later(journey.stop)
    time_machine.traveller_stack[:] = [Traveller(0, None, False)]
