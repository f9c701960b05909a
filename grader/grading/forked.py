"""A fork that does one piece of work and tells of it, line by line; whoever started it outlives whatever happens."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, NoReturn

CHUNK = 1 << 20
Tell = Callable[[dict[str, Any]], None]


class Fork:
    """A fork of this process.

    Parameters
    ----------
    work
        What it does; it is given the function by which it tells of it.

    Attributes
    ----------
    is_silent
        Whether it has closed its end: it is done, or dead.
    """

    def __init__(self, work: Callable[[Tell], None]) -> None:
        self._reading, writing = os.pipe()
        self._pending = b""
        self.is_silent = False
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._reading)
            _work_and_exit(work, writing)
        os.close(writing)

    def messages(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What it tells within the next seconds; ends when they are over or when it is silent."""
        deadline = time.monotonic() + seconds
        while True:
            line, newline, rest = self._pending.partition(b"\n")
            if newline:
                self._pending = rest
                yield json.loads(line)
            elif self.is_silent or not self._read(deadline):
                return

    def wait(self) -> int:
        """How it ended; a signal as a negative number."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status

    def __enter__(self) -> Fork:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It is over, whether it is done or not."""
        os.close(self._reading)
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)  # it has said everything that was to be heard
            self.wait()

    def _read(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._reading], [], [], left)[0]:
            return False
        chunk = os.read(self._reading, CHUNK)
        self._pending += chunk
        self.is_silent = not chunk
        return bool(chunk)


def _work_and_exit(work: Callable[[Tell], None], writing: int) -> NoReturn:
    """In the fork: work, and leave without running the parent's exit handlers."""
    status = 1
    try:
        with os.fdopen(writing, "wb") as pipe:

            def tell(message: dict[str, Any]) -> None:
                pipe.write(json.dumps(message).encode() + b"\n")
                pipe.flush()

            work(tell)
        status = 0
    except BaseException as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)
