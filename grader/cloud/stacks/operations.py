"""Stack operations that take time: a resource that is done later lets its stack wait, and the clock goes on meanwhile.

Whoever waits in the foreground (``cloud.deploy``) moves the clock on until it is done. An operation in the background
(``wait=False``, and every operation of CloudFormation's API) is set aside and goes on when the clock has moved. It runs
in a thread of its own, but never at the same time as whoever set it aside: they take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.errors import CloudError

Done = Callable[[], bool]


class Cancelled(BaseException):
    """The cloud was closed while an operation waited."""


class Operation:
    """A call in a thread of its own, which runs only while ``proceed`` waits for it."""

    def __init__(self, action: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self.finished = self.cancelled = False
        self.done: Done = lambda: True
        self._action = action
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self.thread = threading.Thread(target=self._run, name="stack operation", daemon=True)
        self.thread.start()

    def proceed(self) -> None:
        """Let it run until it ends or waits."""
        self._turn.release()
        self._back.acquire()
        if self.finished:
            self.thread.join()

    def pause(self, done: Done) -> None:
        """Called from inside: give the turn back until ``done``."""
        self.done = done
        self._back.release()
        self._turn.acquire()
        if self.cancelled:
            raise Cancelled

    def cancel(self) -> None:
        """End it where it waits."""
        self.cancelled = True
        self.proceed()

    def _run(self) -> None:
        self._turn.acquire()
        CURRENT.operation = self
        try:
            self.result = self._action()
        except BaseException as error:
            self.error = error
        finally:
            self.finished = True
            self._back.release()


class _Current(threading.local):
    """Which operation the present thread is."""

    operation: Operation | None = None


CURRENT = _Current()


class Operations:
    """The operations of one account that wait.

    Parameters
    ----------
    clock
        What they wait for.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[Operation] = []
        self._lock = threading.Lock()

    def start(self, action: Callable[[], Any]) -> Any:
        """Begin an operation in the background; it is finished when this returns, unless it waits for the clock.

        Returns
        -------
        Any
            What the action returned; None when it waits.
        """
        operation = Operation(action)
        operation.proceed()
        if not operation.finished:
            self._waiting.append(operation)
            return None
        if operation.error is not None:
            raise operation.error
        return operation.result

    def wait(self, done: Done) -> None:
        """Wait until ``done``: set the operation aside, or, in the foreground, move the clock on.

        Raises
        ------
        CloudError
            When nothing is due any more that could change anything.
        """
        if done():
            return
        if CURRENT.operation is not None:
            CURRENT.operation.pause(done)
            return
        self._clock.advance(0)
        while not done():
            pending = self._clock.pending()
            if not pending:
                raise CloudError("A stack operation waits for something that will never happen.")
            self._clock.advance(max(0.0, pending[0].due - self._clock.timestamp()))

    def drain(self) -> bool:
        """Let those go on whose time has come; False when there were none."""
        if not self._waiting or not self._lock.acquire(blocking=False):  # another thread is at it
            return False
        try:
            ready = [operation for operation in self._waiting if operation.done()]
            for operation in ready:
                operation.proceed()
                if operation.finished:
                    self._waiting.remove(operation)
                if operation.error is not None:
                    raise operation.error
            return bool(ready)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End what still waits."""
        while self._waiting:
            self._waiting.pop().cancel()
