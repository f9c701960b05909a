"""What a function prints and logs: sent to the cloud line by line, each with its virtual moment."""

from __future__ import annotations

import io
import logging
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from . import json_log

RECORD = struct.Struct(">dI")
FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
# Many records in one write are split, so that no record is longer than the reader's patience.
MAX_TEXT = 256 * 1024
# The cloud keeps 1 MB of what an invocation writes, and says that it has cut the rest when there is more.
MAX_LOG = 2 << 20


class LogPipe:
    """The writing end of the log."""

    def __init__(self) -> None:
        self._left = 0  # until it is known where it goes

    def open(self, descriptor: int, elapsed: Callable[[], float]) -> None:
        """From now on it goes to a descriptor, each record with the seconds that ``elapsed`` says."""
        self._descriptor, self._elapsed = descriptor, elapsed
        self.begin()

    def begin(self) -> None:
        """An invocation begins, and may write as much as any other."""
        self._left = MAX_LOG

    @property
    def is_full(self) -> bool:
        """Whether whatever this invocation still writes is kept by nobody."""
        return self._left <= 0

    def send(self, text: str) -> None:
        """Send one piece of log; a text is cut where it is absurdly long, and a flood is not sent: nobody keeps it."""
        if self.is_full:
            return
        data = text[:MAX_TEXT].encode("utf-8", "backslashreplace")
        self._left -= len(data)
        record = RECORD.pack(self._elapsed(), len(data)) + data
        while record:
            record = record[os.write(self._descriptor, record) :]


class LogStream(io.TextIOBase):
    """sys.stdout and sys.stderr of a function: whole lines go out as soon as they are complete."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, pipe: LogPipe, descriptor: int) -> None:
        self._pipe = pipe
        self._descriptor = descriptor
        self._partial = ""
        self.buffer = RawWriter(self)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    @property
    def is_full(self) -> bool:
        """Whether nobody keeps what is written now."""
        return self._pipe.is_full

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._pipe.is_full:  # a flood costs the function next to nothing, so it does not become a timeout
            return len(text)
        lines = (self._partial + text).splitlines(keepends=True) if text else []
        if lines and not lines[-1].endswith("\n") and len(lines[-1]) < MAX_TEXT:
            self._partial = lines.pop()
        elif lines:
            self._partial = ""
        joined = "".join(lines)
        if joined:
            self._pipe.send(joined)
        return len(text)

    def end(self) -> None:
        """Send what has no line end: the invocation is over."""
        if self._partial:
            text, self._partial = self._partial, ""
            self._pipe.send(text)


class RawWriter(io.RawIOBase):
    """sys.stdout.buffer: bytes that are printed as text."""

    def __init__(self, stream: LogStream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        if not self._stream.is_full:
            self._stream.write(bytes(data).decode("utf-8", "backslashreplace"))
        return size


class RequestIdFilter(logging.Filter):
    """Puts the request id into every record, as Lambda's runtime does."""

    request_id = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.request_id
        return True


class PipeHandler(logging.Handler):
    """The root logger's handler in Lambda."""

    def __init__(self, pipe: LogPipe) -> None:
        super().__init__()
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        self._pipe.send(self.format(record))


def writes_json() -> bool:
    """Whether the function's LogFormat is JSON."""
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


def lay_out(pipe: LogPipe) -> tuple[RequestIdFilter, tuple[LogStream, LogStream]]:
    """Lead logging into ``pipe``, and make the streams that ``take`` puts in their places."""
    logging.Formatter.converter = time.gmtime
    handler, request_id = PipeHandler(pipe), RequestIdFilter()
    handler.setFormatter(logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(request_id)
    logging.getLogger().handlers[:] = [handler]
    return request_id, (LogStream(pipe, 1), LogStream(pipe, 2))


def take(streams: tuple[LogStream, LogStream]) -> None:
    """Lead print and sys.stderr into ``streams``, and write JSON if the function's LogFormat says so."""
    sys.stdout, sys.stderr = streams
    sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc,assignment]
    if writes_json():
        root = logging.getLogger()
        root.handlers[0].setFormatter(json_log.JsonFormatter())
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level := os.environ["AWS_LAMBDA_LOG_LEVEL"], level))
