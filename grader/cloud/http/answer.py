"""What a request was answered with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.traces import Trace


class Headers(Mapping[str, str]):
    """Headers whose names' capitals do not matter; of several values the last one is found.

    Parameters
    ----------
    pairs
        Names and values in the order in which they arrived.
    """

    def __init__(self, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        self.pairs = pairs
        self._values = {name.lower(): value for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.pairs if key.lower() == name.lower()]

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    Attributes
    ----------
    content
        The body's bytes; ``body`` is its text.
    trace
        The path that the request took, when the gateway saw it.
    at
        When the request arrived, seconds since 1970 on the virtual clock.
    latency
        Seconds until the answer: the time that the function took, INIT included.
    environment
        The execution environment that served it, and whether it was cold; None when no function ran.
    """

    status: int
    headers: Headers
    content: bytes
    url: str
    trace: Trace | None = None
    at: float | None = None
    latency: float | None = None
    environment: str | None = None
    cold: bool | None = None

    @property
    def body(self) -> str:
        """The body as text, in the charset that the Content-Type names, or UTF-8."""
        named = re.search(r"charset=\"?([\w-]+)", self.headers.get("content-type", ""), re.IGNORECASE)
        try:
            return self.content.decode(named[1] if named else "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body, read as JSON; ``json.JSONDecodeError`` when it is not, or has a number of thousands of digits."""
        try:
            return json.loads(self.body)
        except json.JSONDecodeError:
            raise
        except ValueError as problem:
            raise json.JSONDecodeError(str(problem), self.body, 0) from None

    def __repr__(self) -> str:
        short = self.body if len(self.body) <= 80 else f"{self.body[:77]}…"
        return f"<Answer {self.status} {short!r}>"
