"""Virtual time inside an environment: it starts where the cloud's clock stands, and sleeping costs nothing."""

from __future__ import annotations

import threading
import time
from typing import Any

_process_time, _perf_counter, _monotonic, _sleep = time.process_time, time.perf_counter, time.monotonic, time.sleep
NANO = 1_000_000_000
# A sleeping thread that is not the handler's really sleeps a hundredth, so that threads still take turns in order.
THREAD_PACE, THREAD_PACE_MAX = 0.01, 0.02


class OutOfTime(BaseException):
    """The invocation slept past its timeout."""


class VirtualClock:
    """Seconds since 1970 as the function sees them: the invocation's start, plus time slept, plus CPU used.

    Threads sleep side by side: each has a time of its own, and the handler's is never behind the furthest.
    """

    def __init__(self) -> None:
        self.start, self.cpu_start = time.time(), _process_time()
        self.limit_s: float | None = None
        self.on_timeout: Any = None
        self._slept: dict[int, float] = {}
        self._earlier = 0.0
        self._last = 0.0

    def begin(self, now: float, limit_s: float | None) -> None:
        """Start an invocation at ``now``; sleeping past ``limit_s`` calls ``on_timeout``."""
        self._earlier += self.slept()
        self._slept = {}
        self.start, self.limit_s = max(now, self._last), limit_s
        self.cpu_start = _process_time()

    def slept(self) -> float:
        """Virtual seconds slept since the invocation began."""
        return max(self._slept.values(), default=0.0)

    def cpu(self) -> float:
        """Real seconds of CPU used since the invocation began."""
        return _process_time() - self.cpu_start

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
        thread = threading.get_ident()
        self._slept[thread] = self._slept_here() + seconds
        if self.limit_s is not None and self._slept[thread] + self.cpu() >= self.limit_s and self.on_timeout:
            self.on_timeout()
        if thread != threading.main_thread().ident:
            _sleep(min(seconds * THREAD_PACE, THREAD_PACE_MAX))

    def _slept_here(self) -> float:
        thread = threading.get_ident()
        if thread == threading.main_thread().ident:
            return self.slept()
        return self._slept.setdefault(thread, self.slept())

    def since_birth(self) -> float:
        """All the virtual time slept in this environment."""
        return self._earlier + self._slept_here()


def install(clock: VirtualClock) -> None:
    """Make time, datetime and botocore's signing dates read ``clock``."""
    time.sleep = clock.sleep
    time.monotonic = lambda: _monotonic() + clock.since_birth()
    time.monotonic_ns = lambda: int(time.monotonic() * NANO)
    time.perf_counter = lambda: _perf_counter() + clock.since_birth()
    time.perf_counter_ns = lambda: int(time.perf_counter() * NANO)
    _travel(clock)


def _travel(clock: VirtualClock) -> None:
    import time_machine

    class Traveller(time_machine.Traveller):  # type: ignore[misc]
        def time_ns(self) -> int:
            return int(clock.time() * NANO)

    time_machine.travel(clock.start, tick=False).start()
    time_machine.traveller_stack[:] = [Traveller(0, None, False)]
