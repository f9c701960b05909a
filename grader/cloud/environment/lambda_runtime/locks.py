"""What Python's threads wait with, on the virtual clock: locks, queues, joins, and asyncio's loop.

Everything else in ``threading``, ``queue`` and ``concurrent.futures`` is made of these by Python itself.
"""

from __future__ import annotations

import _thread
import http.client
import os
import queue
import selectors
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from . import addresses, patches
from .threads import Threads, Turn

FOREVER = -1


class Lock:
    """threading.Lock."""

    threads: Threads

    def __init__(self) -> None:
        self._held = False
        self._queue: deque[Turn] = deque()

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """Take the lock, or wait until it is handed over."""
        if not blocking and timeout != FOREVER:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != FOREVER:
            raise ValueError("timeout value must be a non-negative number")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        if not blocking or timeout == 0:
            with self.threads.guard:
                return self._take()
        return self.threads.block(self._queue, None if timeout == FOREVER else timeout, self._take)

    def _take(self) -> bool:
        free, self._held = not self._held, True
        return free

    def release(self) -> None:
        """Hand the lock to the first who waits for it."""
        with self.threads.guard:
            if not self._held:
                raise RuntimeError("release unlocked lock")
            self._held = self.threads.wake(self._queue)

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<{'locked' if self._held else 'unlocked'} _thread.lock object at {id(self):#x}>"

    def _at_fork_reinit(self) -> None:
        self._held, self._queue = False, deque()


class SimpleQueue:
    """queue.SimpleQueue: putting something in never waits, not even in a finalizer."""

    threads: Threads

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._queue: deque[Turn] = deque()
        self._promised = 0  # items for threads that have been woken and have not had their turn yet

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add an item; the other arguments are those of other queues."""
        with self.threads.guard:
            self._items.append(item)
            self._promised += self.threads.wake(self._queue)

    def put_nowait(self, item: Any) -> None:
        """The same."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The oldest item, when there is one.

        Raises
        ------
        queue.Empty
            When there is none, or has not been within ``timeout`` seconds.
        """
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        with self.threads.guard:
            if not self.empty():
                return self._items.popleft()
        if not block or timeout == 0 or not self.threads.block(self._queue, timeout, self._promise):
            raise queue.Empty
        with self.threads.guard:
            self._promised -= 1
            return self._items.popleft()

    def _promise(self) -> bool:
        there = not self.empty()
        self._promised += there
        return there

    def get_nowait(self) -> Any:
        """An item that is there already."""
        return self.get(block=False)

    def empty(self) -> bool:
        """Whether there is nothing for who comes now."""
        return len(self._items) <= self._promised

    def qsize(self) -> int:
        """How many items there are."""
        return len(self._items) - self._promised


class Selector(selectors.DefaultSelector):
    """What asyncio's loop waits with: virtually, while only other threads of the function can wake it."""

    threads: Threads
    time: Callable[[], float]

    def __init__(self) -> None:
        super().__init__()
        if "asyncio.base_events" in sys.modules:  # a loop's first act is to make one of these
            loop: Any = sys.modules["asyncio.base_events"].BaseEventLoop
            loop.time = lambda _: type(self).time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The files that are ready, within ``timeout`` seconds."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.threads.forked or not all(is_own_pipe(key.fd) for key in self.get_map().values()):
            with self.threads.away(asking=False):
                ready = super().select(timeout)
        self.threads.block(deque(), timeout, lambda: bool(ready), self._is_over)
        return ready or super().select(0)

    def _is_over(self) -> bool:
        """Whether a file is ready; another thread asks, too."""
        try:
            return bool(super().select(0))
        except (OSError, ValueError):  # it has been closed; its own thread shall hear of that
            return True


def is_own_pipe(handle: int) -> bool:
    """Whether a descriptor is one end of a socketpair, as that is by which threads wake asyncio's loop."""
    try:
        with socket.socket(fileno=os.dup(handle)) as probe:
            return probe.family == socket.AF_UNIX
    except OSError:
        return False


def install(threads: Threads, time: Callable[[], float]) -> None:
    """Make Python use these, and ``time`` to measure how long is left to wait."""
    for kind in (Lock, SimpleQueue, Selector):
        kind.threads = threads
    Selector.time = staticmethod(time)
    for module, name, ours in (
        (selectors, "DefaultSelector", Selector),
        (queue, "SimpleQueue", SimpleQueue),
        (threading, "Lock", Lock),
        (threading, "_allocate_lock", Lock),
        (threading, "_CRLock", None),  # RLock() then makes one in Python, of such a lock
        (threading, "_time", time),
        (queue, "time", time),
        (threading.Thread, "join", _joining(threads, threading.Thread.join)),
        (http.client.HTTPConnection, "getresponse", _asking(threads, http.client.HTTPConnection.getresponse)),
    ):
        patches.put(module, name, ours)
    for module, name in ((_thread, "start_new_thread"), (threading, "_start_new_thread")):
        _replace(threads, module, name)
    _replace(threads, threading, "_start_joinable_thread")  # since Python 3.13
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools is not None:  # boto3 has imported it: its one lock is held while a pool's thread has its first turn
        patches.put(pools, "_global_shutdown_lock", Lock())


def _replace(threads: Threads, module: Any, name: str) -> None:
    if hasattr(module, name):
        patches.put(module, name, _starting(threads, getattr(module, name)))


def _starting(threads: Threads, real: Callable[..., Any]) -> Callable[..., Any]:
    def start(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        turn = threads.expect()

        def begun(*given: Any, **named: Any) -> None:
            threads.enter(turn)
            try:
                function(*given, **named)
            finally:
                threads.leave()

        try:
            return real(begun, *arguments, **keywords)
        except BaseException:
            threads.forget(turn)
            raise

    return start


def _joining(threads: Threads, real: Callable[..., None]) -> Callable[..., None]:
    def join(thread: threading.Thread, timeout: float | None = None) -> None:
        waits = thread.is_alive() and thread is not threading.current_thread() and (timeout is None or timeout > 0)
        queue_ = threads.ends.get(thread.ident or 0)
        if not waits or queue_ is None:
            return real(thread, timeout)
        if threads.block(queue_, timeout, lambda: thread.ident not in threads.ends):
            real(thread)

    return join


def _asking(threads: Threads, real: Callable[..., Any]) -> Callable[..., Any]:
    def getresponse(connection: Any) -> Any:
        with threads.away(asking=True):
            response = real(connection)
        addresses.wait_if_late(response)
        return response

    return getresponse
