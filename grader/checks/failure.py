"""A failed check as data: what was expected, what was found, a hint, the place, and the path of the request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_TEXT = 4_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACE = re.compile(r"(?P<file>[^\s:,]+\.\w+)(?:\s*(?:,|:)?\s*(?:line\s*)?(?P<line>\d+))?")


@dataclass(frozen=True)
class Location:
    """A place in the learner's own source.

    Attributes
    ----------
    file
        Relative to the answer's folder.
    line
        Counted from 1, when it is known.
    label
        What stands there, for example a logical id.
    """

    file: str
    line: int | None = None
    label: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file} line {self.line}"
        return f"{place}, {self.label}" if self.label else place

    @classmethod
    def parse(cls, text: str) -> Location | None:
        """Read ``template.yaml line 31, ConvertFunction`` or ``app.py:7``; None when there is no file in it."""
        match = _PLACE.search(text)
        if match is None:
            return None
        label = text[match.end() :].strip(" ,:()")
        return cls(match["file"], int(match["line"]) if match["line"] else None, label)


class CheckFailed(AssertionError):
    """An answer does not do what a check asks for.

    Parameters
    ----------
    expected, found
        What should have been and what was, in words or as shown values.
    hint
        What to look at next.
    where
        The place in the learner's source.
    trace
        The ``grader.cloud.traces.Trace`` of the request that went wrong.
    """

    def __init__(
        self, expected: str, found: str, hint: str = "", where: Location | str | None = None, trace: Any = None
    ) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = readable(expected)
        self.found = readable(found)
        self.hint = readable(hint)
        self.where = Location.parse(where) if isinstance(where, str) else where
        self.trace = trace


def fail(expected: str, found: str, hint: str = "", where: Location | str | None = None, trace: Any = None) -> NoReturn:
    """End the check: the answer failed it."""
    raise CheckFailed(expected, found, hint, where, trace)


def shown(value: object) -> str:
    """A value as a learner reads it: Python's spelling, bounded."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        value = value[:MAX_TEXT] + "…"
    if isinstance(value, bytes) and len(value) > MAX_TEXT:
        return f"{value[:200]!r}… ({len(value):,} bytes)"
    return readable(repr(value))


def readable(text: object) -> str:
    """Text that can be shown anywhere: bounded, with control characters and lone surrogates made visible."""
    text = str(text)
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}… ({len(text):,} characters in all)"
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
