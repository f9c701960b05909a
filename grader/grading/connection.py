"""The line to an answer zygote: its requests, its replies, and what it complains of."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"


class ZygoteDied(Exception):
    """The zygote, not an answer, came to an end."""


@dataclass
class Connection:
    """A line to a zygote.

    Attributes
    ----------
    requests, replies
        JSON lines to it, and from it.
    errors
        The file that takes what it prints.
    process
        The zygote, when this process has started it; a twin is a fork of another zygote, and ends with its line.
    """

    requests: BinaryIO
    replies: BinaryIO
    errors: BinaryIO
    process: subprocess.Popen[bytes] | None = None
    _said: int = 0

    @property
    def is_alive(self) -> bool:
        """Whether somebody is at the other end."""
        if self.process is not None:
            return self.process.poll() is None
        line = select.poll()
        line.register(self.replies, select.POLLIN)
        return not any(events & (select.POLLHUP | select.POLLERR) for _, events in line.poll(0))

    def ask(self, message: Mapping[str, Any]) -> None:
        """Send one request.

        Raises
        ------
        ZygoteDied
            When nobody hears it.
        """
        self._said = os.fstat(self.errors.fileno()).st_size
        try:
            self.requests.write(json.dumps(message).encode() + b"\n")
            self.requests.flush()
        except OSError as gone:
            raise self._died("It is gone") from gone

    def hear(self, seconds: float) -> dict[str, Any]:
        """The next reply.

        Raises
        ------
        ZygoteDied
            When there is none within ``seconds``.
        """
        line = _line_within(self.replies, seconds)
        if not line:
            raise self._died("It is gone" if line is not None else f"It did not answer within {seconds:.0f} s")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def last_words(self) -> str:
        """The last line that it, or a fork of it, has printed since the last request."""
        start = max(self._said, os.fstat(self.errors.fileno()).st_size - 2_000)
        text = os.pread(self.errors.fileno(), 2_000, start).decode("utf-8", "replace")
        return text.strip().splitlines()[-1] if text.strip() else ""

    def close(self) -> None:
        """Hang up; the zygote ends."""
        for end in (self.requests, self.replies):
            with contextlib.suppress(OSError):
                end.close()
        if self.process is not None:
            _end(self.process)
        self.errors.close()

    def _died(self, what: str) -> ZygoteDied:
        return ZygoteDied(f"The grader's own process failed. {what}. {self.last_words()}".strip())


def connect(number: int = 1) -> list[Connection]:
    """Start a zygote, with twins when more than one is wanted; does not wait until they are warm.

    One process imports everything; the twins are its forks, so that many take hardly longer than one.
    """
    if not CAN_FORK:
        return [_start("grader.grading.spawning", []) for _ in range(number)]
    pairs = [(os.pipe(), os.pipe(), _errors()) for _ in range(number - 1)]
    theirs = [(asking[0], answering[1], errors.fileno()) for asking, answering, errors in pairs]
    first = _start("grader.grading.zygote", theirs)
    twins = []
    for (asked, asking), (answered, answering), errors in pairs:
        os.close(asked)
        os.close(answering)
        twins.append(Connection(os.fdopen(asking, "wb"), os.fdopen(answered, "rb"), errors))
    return [first, *twins]


def _start(module: str, twins: list[tuple[int, int, int]]) -> Connection:
    errors = _errors()
    lines = [",".join(map(str, line)) for line in twins]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *lines],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=_environment(),
        pass_fds=[descriptor for line in twins for descriptor in line],
        process_group=0,  # Jupyter ends what is in a kernel's group, and waits seconds for what nobody has reaped
    )
    assert process.stdin is not None and process.stdout is not None
    return Connection(process.stdin, process.stdout, errors, process)  # type: ignore[arg-type]  # pipes of bytes


def _errors() -> BinaryIO:
    return tempfile.TemporaryFile()


def _line_within(pipe: Any, seconds: float) -> bytes | None:
    """One line, empty at the end of file, None when time is up."""
    if not CAN_FORK:
        return bytes(pipe.readline())
    deadline = time.monotonic() + seconds
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            chunk = os.read(pipe.fileno(), 1 << 20)
            if not chunk:
                return b""
            line += chunk
    return bytes(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """The surroundings without a person's own AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"}
