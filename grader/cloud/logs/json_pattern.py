"""``{ $.level = "ERROR" && $.request.items[*].price > 100 }``: fields of a message that is JSON.

AWS: "Using filter patterns to match terms in JSON log events".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.logs.comparison import Comparison, read_comparison
from grader.cloud.logs.conditions import ConditionReader, Test
from grader.cloud.logs.match import MOST_EXPRESSIONS, InvalidPattern, Match

MOST_WILDCARDS = 3
EVERY = "*"
Step = str | int
STEP = re.compile(
    r"\.(?P<name>[\w@-]+)|\.(?P<every>\*)|\.?\['(?P<quoted>[^']+)'\]|\.?\[(?P<index>\d{1,6})\]|\.?\[(?P<all>\*)\]"
)
KEYWORD = re.compile(r"\s+(IS\s+(?P<is>NULL|TRUE|FALSE)|(?P<missing>NOT\s+EXISTS))(?![\w])")
_IS: dict[str, Any] = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True)
class Selector:
    """``$.items[0].name``; ``*`` stands for every member or element."""

    text: str
    steps: tuple[Step, ...]

    def values(self, event: Any) -> Iterator[Any]:
        """What it points to."""
        found = [event]
        for step in self.steps:
            found = [inner for one in found for inner in _inside(one, step)]
        yield from found

    @property
    def wildcards(self) -> int:
        """How many ``*`` it has."""
        return self.steps.count(EVERY)


def _inside(value: Any, step: Step) -> Iterator[Any]:
    if step == EVERY:
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield value[step]
    elif isinstance(value, dict) and step in value:
        yield value[step]


@dataclass(frozen=True)
class JsonMatch:
    """A message that matched."""

    event: Any
    extracted: Mapping[str, str]

    def value(self, reference: str) -> str | float | None:
        """The text or number that a selector points to."""
        selector, end = read_selector(reference, 0)
        found = next(selector.values(self.event), None) if end == len(reference) else None
        return None if isinstance(found, bool | dict | list) else found


@dataclass(frozen=True)
class JsonPattern:
    """A condition over a JSON object or list."""

    test: Test

    def match(self, message: str) -> Match | None:
        try:
            event = json.loads(message)
        except (ValueError, RecursionError):
            return None
        if not isinstance(event, dict | list) or not self.test(event):
            return None
        return JsonMatch(event, {})


def parse_json(text: str) -> JsonPattern:
    """Read ``{ … }``.

    Raises
    ------
    InvalidPattern
    """
    conditions = _Conditions(text)
    reader = ConditionReader(text, 1, conditions.read)
    test = reader.either()
    if not reader.take("}") or reader.at != len(text):
        raise InvalidPattern(f"{text[reader.at :] or 'The end'} comes where && or || or the closing brace must stand.")
    conditions.check_quotas()
    return JsonPattern(test)


class _Conditions:
    """Reads single conditions, and counts what AWS allows only a few of."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.wildcards = self.expressions = 0

    def read(self, at: int) -> tuple[Test, int]:
        """One condition."""
        selector, at = read_selector(self.text, at)
        self.wildcards += bool(selector.wildcards)
        if keyword := KEYWORD.match(self.text, at):
            return _keyword_test(selector, keyword), keyword.end()
        comparison, at = read_comparison(self.text, at)
        self.expressions += comparison.regular is not None
        return _comparison_test(selector, comparison), at

    def check_quotas(self) -> None:
        """AWS: at most two regular expressions and three selectors with a wildcard in one pattern."""
        if self.expressions > MOST_EXPRESSIONS:
            raise InvalidPattern(f"A pattern has at most {MOST_EXPRESSIONS} regular expressions.")
        if self.wildcards > MOST_WILDCARDS:
            raise InvalidPattern(f"A pattern has at most {MOST_WILDCARDS} selectors with a wildcard.")


def _keyword_test(selector: Selector, keyword: re.Match[str]) -> Test:
    if keyword["missing"]:
        return lambda event: not any(True for _ in selector.values(event))
    wanted = _IS[keyword["is"]]
    return lambda event: any(value is wanted for value in selector.values(event))


def _comparison_test(selector: Selector, comparison: Comparison) -> Test:
    def test(event: Any) -> bool:
        values = selector.values(event)
        scalars = (one for one in values if isinstance(one, str | int | float) and not isinstance(one, bool))
        return any(comparison.holds(one) for one in scalars)

    return test


def read_selector(text: str, at: int) -> tuple[Selector, int]:
    """The selector that begins at ``at``, and where it ends.

    Raises
    ------
    InvalidPattern
        When there is none, or it has more than one wildcard.
    """
    start = at + len(text[at:]) - len(text[at:].lstrip())
    if not text.startswith("$", start):
        raise InvalidPattern(f"{text[start:] or 'The end'} comes where a property selector such as $.level must stand.")
    at, steps = start + 1, []
    while step := STEP.match(text, at):
        steps.append(_step(step))
        at = step.end()
    selector = Selector(text[start:at], tuple(steps))
    if not steps:
        raise InvalidPattern(f"{text[start:]} is no property selector.")
    if selector.wildcards > 1:
        raise InvalidPattern(f"{selector.text}: a selector has at most one wildcard.")
    return selector, at


def _step(step: re.Match[str]) -> Step:
    if step["index"] is not None:
        return int(step["index"])
    return step["name"] or step["quoted"] or EVERY
