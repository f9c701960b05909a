"""The threads of an environment take turns, and time jumps ahead when every one of them waits.

Only one thread runs at a time, until it waits; then the one that has waited longest for its turn goes on. So the same
function does the same things in the same order each time. When none can go on, the one whose time comes first does, and
the clock is moved to that moment.

Time does not jump while a thread waits outside Python's own locks, for a socket or a process. A thread that computes,
or waits outside, for long does not hold up the others: they go on beside it, and sleep as long as they say.
"""

from __future__ import annotations

import _thread
import contextlib
import math
import os
import resource
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

LOOK_S = 0.05
# A turn may take this long, of CPU or on the wall, before the others go on beside it.
TURN_CPU_S, TURN_WALL_S = 0.1, 0.5
# No wait is shorter: added to any time that a function sees, it still makes a difference.
SHORTEST_S = 1e-9

_allocate_lock = _thread.allocate_lock


class Time(Protocol):
    """What the threads move."""

    def slept(self) -> float:
        """Virtual seconds slept since the invocation began."""

    def move(self, moment: float) -> bool:
        """Be at ``moment``, in seconds slept since the invocation began; False when that is past its time limit."""

    def expire(self) -> None:
        """The time limit has been reached."""


def cpu_used() -> float:
    """Seconds of CPU that this process has used.

    Not time.process_time(): once RLIMIT_CPU is set, Linux answers that one from its timer ticks, 4 to 10 ms apart.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Turn:
    """A thread that waits: for another one to wake it, for a moment, or for its turn.

    Parameters
    ----------
    due
        The moment at which it goes on, woken or not, in seconds slept since the invocation began.
    queue
        Where it is found by the one who wakes it.
    looks
        Says whether what it waits for has come, when nobody wakes it.
    """

    def __init__(self, due: float, queue: deque[Turn], span: float = 0.0, looks: Callable[[], bool] | None = None):
        self.due, self.queue, self.span, self.looks = due, queue, span, looks
        self.woken = self.runs = False
        self.gate = _allocate_lock()
        self.gate.acquire()
        self.begin()

    def begin(self) -> None:
        """From now on its patience is measured."""
        self.cpu, self.looked = cpu_used(), 0.0

    def is_over(self) -> bool:
        """Whether it has really waited so long that it goes on beside the others."""
        waited = cpu_used() - self.cpu
        return waited >= max(self.span, TURN_CPU_S) or self.looked >= max(self.span, TURN_WALL_S)


class Threads:
    """Who runs, who waits for a turn, and who waits for something.

    Attributes
    ----------
    guard
        Held while any of this is looked at or changed. It can be taken twice: finalizers may run at any moment.
    paused
        Whether the environment is between invocations, and frozen.
    forked
        Whether it has had children, who may hold the other end of its sockets.
    """

    def __init__(self, time: Time) -> None:
        self.time = time
        self.paused = self.forked = False
        self._alone()

    def _alone(self) -> None:
        self.guard = _thread.RLock()
        self.ends: dict[int, deque[Turn]] = {}
        self._running, self._away, self._asking = 1, 0, 0
        self._ready: deque[Turn] = deque()
        self._waiting: list[Turn] = []

    def install(self) -> None:
        """A child of a fork has one thread, the one that called it."""
        os.register_at_fork(after_in_child=self._alone, after_in_parent=self._has_forked)

    def _has_forked(self) -> None:
        self.forked = True

    def shift(self, seconds: float) -> None:
        """Moments are counted from ``seconds`` later on."""
        with self.guard:
            for turn in self._waiting:
                turn.due -= seconds

    def block(
        self,
        queue: deque[Turn],
        timeout: float | None,
        unless: Callable[[], bool] = bool,
        looks: Callable[[], bool] | None = None,
    ) -> bool:
        """Wait, unless there is no need to.

        Parameters
        ----------
        queue
            Where ``wake`` finds the calling thread.
        timeout
            Virtual seconds; None waits for ever.
        unless
            Asked first, while no other thread can change anything.
        looks
            Asked whenever the threads take turns.

        Returns
        -------
        bool
            Whether what was waited for has come; False when the time is up.
        """
        with self.guard:
            if unless():
                return True
            span = math.inf if timeout is None else max(timeout, SHORTEST_S) if timeout else 0.0
            turn = Turn(self.time.slept() + span, queue, span, looks)
            queue.append(turn)
            self._waiting.append(turn)
        self._give_up_turn()
        self._await(turn)
        return turn.woken

    def wake(self, queue: deque[Turn]) -> bool:
        """Let the first of a queue have a turn; False when there is nobody."""
        with self.guard:
            if not queue:
                return False
            self._call(queue[0])
            return True

    def expect(self) -> Turn:
        """A turn for a thread that is about to be started."""
        with self.guard:
            turn = Turn(math.inf, deque())
            self._ready.append(turn)
            return turn

    def forget(self, turn: Turn) -> None:
        """That thread could not be started."""
        with self.guard:
            self._ready.remove(turn)

    def enter(self, turn: Turn) -> None:
        """The calling thread has been started: it runs when its turn comes."""
        with self.guard:
            self.ends[_thread.get_ident()] = deque()
        self._await(turn)

    def leave(self) -> None:
        """The calling thread ends; who has waited for that goes on."""
        with self.guard:
            joining = self.ends.pop(_thread.get_ident(), deque())  # none in the child of a fork
            while self.wake(joining):
                pass
        self._give_up_turn()

    @contextlib.contextmanager
    def away(self, *, asking: bool) -> Iterator[None]:
        """The calling thread waits for something outside; the others have their turns, and time does not jump.

        With ``asking``, it waits for the cloud's answer: that takes no time at all.
        """
        with self.guard:
            self._away, self._asking = self._away + 1, self._asking + asking
        self._give_up_turn()
        try:
            yield
        finally:
            with self.guard:
                self._away, self._asking = self._away - 1, self._asking - asking
                self._running += 1

    def _give_up_turn(self) -> None:
        with self.guard:
            self._running -= 1
            in_time = self._running > 0 or self._next()
        if not in_time:
            self.time.expire()

    def _next(self) -> bool:
        """Nobody runs: let somebody; False when that would be after the end of the invocation's time."""
        for turn in [turn for turn in self._waiting if turn.looks and turn.looks()]:
            self._call(turn)
        if self._ready:
            self._go(self._ready[0])
        elif not self._away:
            first = min(self._waiting, key=lambda turn: turn.due, default=None)
            if not self.time.move(first.due if first else math.inf):
                return False
            if first and first.due < math.inf:
                self._go(first)
        return True

    def _call(self, turn: Turn) -> None:
        """What a thread has waited for is there."""
        turn.woken = True
        self._withdraw(turn)
        turn.span = 0.0
        turn.begin()
        self._ready.append(turn)

    def _go(self, turn: Turn) -> None:
        self._withdraw(turn)
        turn.runs = True
        self._running += 1
        turn.gate.release()

    def _withdraw(self, turn: Turn) -> None:
        for place in (self._waiting, self._ready, turn.queue):
            with contextlib.suppress(ValueError):
                place.remove(turn)

    def _await(self, turn: Turn) -> None:
        """Really wait for the turn."""
        try:
            while not turn.gate.acquire(timeout=LOOK_S):
                with self.guard:
                    in_time = self._look(turn)
                if not in_time:
                    self.time.expire()
        except BaseException:  # raised by a handler of signals
            with self.guard:
                if not turn.runs:
                    self._go(turn)
            raise

    def _look(self, turn: Turn) -> bool:
        """Some real time has passed; False when the time of the invocation is up."""
        if turn.runs or self.paused or self._asking:
            return True
        turn.looked += LOOK_S
        if turn.looks and not turn.woken and turn.looks():
            self._call(turn)
        if not turn.is_over():
            return True
        passed = min(turn.span, cpu_used() - turn.cpu)  # the clock has counted that already
        in_time = turn.woken or not turn.span or self.time.move(max(self.time.slept(), turn.due - passed))
        self._go(turn)
        return in_time
