"""Virtual time inside an environment: it starts where the cloud's clock stands, and sleeping costs nothing."""

from __future__ import annotations

import functools
import resource
import signal
import threading
import time
from typing import Any

_perf_counter, _monotonic, _sleep = time.perf_counter, time.monotonic, time.sleep
NANO = 1_000_000_000
# A sleeping thread that is not the handler's really sleeps a twentieth, so that threads still take turns in order.
THREAD_PACE, THREAD_PACE_MAX = 0.05, 0.1


def cpu_used() -> float:
    """Seconds of CPU that this process has used.

    Not time.process_time(): once RLIMIT_CPU is set, Linux answers that one from its timer ticks, 4 to 10 ms apart.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class VirtualClock:
    """Seconds since 1970 as the function sees them: the invocation's start, plus time slept, plus CPU used.

    Threads sleep side by side: each has a time of its own, and the handler's is never behind the furthest.
    """

    def __init__(self) -> None:
        self.start, self.cpu_start, self._began = time.time(), cpu_used(), _monotonic()
        self.limit_s: float | None = None
        self.on_timeout: Any = None
        self._slept: dict[int, float] = {}
        self._earlier = 0.0
        self._last = 0.0
        self._begun = False

    def begin(self, now: float, limit_s: float | None) -> None:
        """Start an invocation at ``now``; sleeping past ``limit_s`` calls ``on_timeout``."""
        start = max(now, self._last)
        self._earlier += self.slept() + self._frozen(start)
        self._slept = {}
        self.start, self.limit_s, self._begun = start, limit_s, True
        self.cpu_start = cpu_used()

    def _frozen(self, until: float) -> float:
        """Seconds since the last invocation ended; the monotonic clock counts them, too, as it does on Lambda."""
        return max(0.0, until - self.start - self.slept() - self.cpu()) if self._begun else 0.0

    def slept(self) -> float:
        """Virtual seconds slept since the invocation began."""
        return max(self._slept.values(), default=0.0)

    def cpu(self) -> float:
        """Real seconds of CPU used since the invocation began."""
        return cpu_used() - self.cpu_start

    def elapsed(self) -> float:
        """Virtual seconds since the invocation began, as the calling thread sees them."""
        return self._slept_here() + self.cpu()

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
        until = self._slept_here() + seconds
        if self.limit_s is not None and until + self.cpu() >= self.limit_s and self.on_timeout:
            self.on_timeout()
        if not _in_handler():
            _sleep(min(seconds * THREAD_PACE, THREAD_PACE_MAX))
        self._slept[threading.get_ident()] = until

    def thread_begins(self, thread: threading.Thread) -> None:
        """A thread's time begins where the thread that started it stands."""
        thread.__dict__["_slept_before"] = self._slept.get(threading.get_ident(), 0.0)

    def _slept_here(self) -> float:
        """The handler's thread, when it looks, has waited for the others; these have not waited for each other."""
        if _in_handler():
            self._slept[threading.get_ident()] = self.slept()
        elif threading.get_ident() not in self._slept:
            born = threading.current_thread().__dict__.get("_slept_before", 0.0)
            self._slept[threading.get_ident()] = born
        return self._slept[threading.get_ident()]

    def since_birth(self) -> float:
        """All the virtual time slept in this environment."""
        return self._earlier + self._slept_here()

    def deadline_ms(self, asked: int, init_slept: float) -> int:
        """When the handler must be done: what the cloud asked for, later by what the init phase slept."""
        return asked + round(1000 * init_slept)

    def end(self) -> None:
        """The invocation is over; time stands still until the next."""

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


def _in_handler() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _watch_threads(clock: VirtualClock) -> None:
    start = threading.Thread.start

    @functools.wraps(start)
    def started(thread: threading.Thread) -> None:
        clock.thread_begins(thread)
        start(thread)

    setattr(threading.Thread, "start", started)  # noqa: B010  # mypy forbids the plain assignment to a method


def _install(clock: VirtualClock) -> None:
    time.sleep = clock.sleep  # type: ignore[assignment]  # it refuses what is not a number by itself
    time.monotonic = lambda: _monotonic() + clock.since_birth()
    time.monotonic_ns = lambda: int(time.monotonic() * NANO)
    time.perf_counter = lambda: _perf_counter() + clock.since_birth()
    time.perf_counter_ns = lambda: int(time.perf_counter() * NANO)
    _watch_threads(clock)
    _travel(clock)


def _travel(clock: VirtualClock) -> None:
    import time_machine

    class Traveller(time_machine.Traveller):
        def time_ns(self) -> int:
            return int(clock.time() * NANO)

    time_machine.travel(clock.start, tick=False).start()
    time_machine.traveller_stack[:] = [Traveller(0, None, False)]
