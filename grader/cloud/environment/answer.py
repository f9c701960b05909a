"""Reading what comes out of an environment: everything in it was written by somebody who may lie."""

from __future__ import annotations

import json
import math
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from .lambda_runtime import frames

RECORD = struct.Struct(">dI")
LOG_LIMIT = 1 << 20
# Whoever writes past what is kept, and past the runtime's own cap, by this much will not stop by himself.
OUTPUT_LIMIT = 16 << 20
NOTE = "... the rest of this log is cut: one invocation may write 1 MB here.\n"


class NotAnAnswer(Exception):
    """What came back cannot be an answer to what was asked."""


class FrameReader:
    """One frame, piece by piece."""

    def __init__(self) -> None:
        self.data = bytearray()

    def feed(self, chunk: bytes) -> tuple[dict[str, Any], bytes] | None:
        """Add bytes; the frame when it is complete.

        Raises
        ------
        NotAnAnswer
            When it is no frame, or more than one.
        """
        self.data += chunk
        size = frames.LENGTHS.size
        if len(self.data) < size:
            return None
        try:
            head, body = frames.measure(bytes(self.data[:size]))
            if len(self.data) > size + head + body:
                raise NotAnAnswer("more than one frame")
            if len(self.data) < size + head + body:
                return None
            return frames.parse(bytes(self.data[size : size + head])), bytes(self.data[size + head :])
        except frames.BrokenFrame as error:
            raise NotAnAnswer(str(error)) from error


@dataclass
class LogReader:
    """Both log pipes of an environment: records of the runtime, and raw bytes written below Python."""

    records: int
    raw: int
    entries: list[tuple[float, str]] = field(default_factory=list)
    size: int = 0
    received: int = 0
    cut: bool = False
    _pending: bytearray = field(default_factory=bytearray)
    _offset: float = 0.0
    _broken: bool = False

    def read(self, descriptor: int) -> bool:
        """Take what is there; False when the pipe is closed."""
        try:
            chunk = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.received += len(chunk)
        if descriptor == self.raw or self._broken:
            self.add(self._offset, chunk.decode("utf-8", "backslashreplace"))
        else:
            self._pending += chunk
            self._records()
        return bool(chunk)

    @property
    def is_flooded(self) -> bool:
        """Whether this invocation has written so much that it is to be ended."""
        return self.received > OUTPUT_LIMIT

    def drain(self) -> None:
        """Take all that is there now, within reason."""
        for descriptor in (self.records, self.raw):
            for _ in range(64):
                before = self.size, len(self._pending), self.cut
                if not self.read(descriptor) or (self.size, len(self._pending), self.cut) == before:
                    break

    def add(self, offset: float, text: str) -> None:
        """Keep a text, up to the limit."""
        if not text or self.cut:
            return
        room = LOG_LIMIT - self.size
        if len(text) > room:
            self.cut = True
            text = text[:room] + NOTE
        self.size += len(text)
        self.entries.append((offset, text))

    def take(self) -> tuple[tuple[float, str], ...]:
        """The log so far; a new one begins."""
        entries, self.entries = tuple(self.entries), []
        self.size, self.received, self.cut, self._offset = 0, 0, False, 0.0
        return entries

    def _records(self) -> None:
        while len(self._pending) >= RECORD.size:
            offset, length = RECORD.unpack(self._pending[: RECORD.size])
            if length > LOG_LIMIT * 2 or not math.isfinite(offset):
                self._broken = True
                return
            if len(self._pending) < RECORD.size + length:
                return
            text = bytes(self._pending[RECORD.size : RECORD.size + length])
            del self._pending[: RECORD.size + length]
            self._offset = max(0.0, offset)
            self.add(self._offset, text.decode("utf-8", "backslashreplace"))


def strict_json(body: bytes) -> Any:
    """Parse JSON that has no NaN, no duplicate keys, no lone surrogates and a sane depth.

    Raises
    ------
    NotAnAnswer
    """
    try:
        parsed = json.loads(body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_unique)
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")
        return parsed
    except (ValueError, RecursionError) as error:
        raise NotAnAnswer("not strict JSON") from error


def number(header: dict[str, Any], name: str, most: float) -> float:
    """A time or size that the runtime reports, kept within what is possible."""
    value = header.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return 0.0
    return min(max(float(value), 0.0), most)


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate keys")
    return result
