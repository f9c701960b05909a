"""JSONPath, as far as the Amazon States Language leads people to it: names, indices, slices, wildcards, ``..``."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.cloud.errors import NotSupported

STEP = re.compile(
    r"(?P<deep>\.\.)?(?:"
    r"(?P<dot>\.)?(?P<name>[^\W\d][\w-]*|\*)"
    r"|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]"
    r"|\[(?P<index>-?\d+)\]|\[(?P<every>\*)\]|\[(?P<start>-?\d*):(?P<end>-?\d*)\])"
)
VARIABLE = re.compile(r"\$([^\W\d]\w*)")


class InvalidPath(ValueError):
    """A text that is no path."""


@dataclass(frozen=True)
class Step:
    """One step: a name, an index, a slice or everything (None); ``deep`` looks at every depth."""

    key: str | int | slice | None
    deep: bool = False

    def inside(self, value: Any) -> Iterator[Any]:
        """What the step leads to."""
        for one in _everywhere(value) if self.deep else (value,):
            yield from self._here(one)

    def _here(self, value: Any) -> Iterator[Any]:
        if self.key is None:
            yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        elif isinstance(self.key, str):
            if isinstance(value, dict) and self.key in value:
                yield value[self.key]
        elif isinstance(value, list):
            if isinstance(self.key, slice):
                yield from value[self.key]
            elif -len(value) <= self.key < len(value):
                yield value[self.key]


@dataclass(frozen=True)
class Path:
    """A path from the root of a document, of the context object (``$$``), or of a variable (``$name``)."""

    text: str
    steps: tuple[Step, ...]
    context: bool = False
    variable: str = ""

    @property
    def definite(self) -> bool:
        """Whether it leads to one place; otherwise its value is a list of what it finds."""
        return all(isinstance(step.key, str | int) and not step.deep for step in self.steps)

    def find(self, document: Any) -> Any:
        """The value.

        Raises
        ------
        LookupError
            When there is nothing at a definite path.
        """
        found = [document]
        for step in self.steps:
            found = [inner for one in found for inner in step.inside(one)]
        if not self.definite:
            return found
        if not found:
            raise LookupError(self.text)
        return found[0]

    def put(self, document: Any, value: Any) -> Any:
        """A copy of the document with a value at this place; missing objects on the way are made.

        Raises
        ------
        LookupError
            When a text, number or list stands in the way.
        """
        if self.variable or self.context:
            raise LookupError(self.text)
        if not self.steps:
            return value
        root = copy.deepcopy(document) if isinstance(document, dict | list) else {}
        place = root
        for step in self.steps[:-1]:
            place = _entered(place, step, self.text)
        _store(place, self.steps[-1], value, self.text)
        return root


def _entered(place: Any, step: Step, text: str) -> Any:
    if isinstance(place, dict) and isinstance(step.key, str):
        return place.setdefault(step.key, {})
    if isinstance(place, list) and isinstance(step.key, int) and step.key < len(place):
        return place[step.key]
    raise LookupError(text)


def _store(place: Any, step: Step, value: Any, text: str) -> None:
    if isinstance(place, dict) and isinstance(step.key, str):
        place[step.key] = value
        return
    if isinstance(place, list) and isinstance(step.key, int) and step.key < len(place):
        place[step.key] = value
        return
    raise LookupError(text)


def _everywhere(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _everywhere(inner)


@lru_cache(maxsize=1024)
def read_path(text: str) -> Path:
    """Read a path.

    Raises
    ------
    InvalidPath
    NotSupported
        For filter expressions, ``[?(…)]``.
    """
    if not text.startswith("$"):
        raise InvalidPath(f"'{text}' is not a JSONPath: it must begin with $")
    if "[?(" in text:
        raise NotSupported(f"filter expressions in JSONPath: {text}")
    context, variable = text.startswith("$$"), VARIABLE.match(text)
    at, steps = 2 if context else variable.end() if variable else 1, []
    while at < len(text):
        step = STEP.match(text, at)
        if step is None or (step["name"] and not step["dot"] and not step["deep"]):
            raise InvalidPath(f"'{text}' is not a JSONPath")
        steps.append(_step(step))
        at = step.end()
    return Path(text, tuple(steps), context, variable[1] if variable else "")


def _step(step: re.Match[str]) -> Step:
    deep = bool(step["deep"])
    quoted = step["single"] if step["single"] is not None else step["double"]
    if quoted is not None:
        return Step(re.sub(r"\\(.)", r"\1", quoted), deep)
    if step["index"] is not None:
        return Step(int(step["index"]), deep)
    if step["start"] is not None:
        start, end = (int(one) if one else None for one in (step["start"], step["end"]))
        return Step(slice(start, end), deep)
    return Step(None if step["every"] or step["name"] == "*" else step["name"], deep)
