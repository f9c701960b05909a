"""The right-hand sides of conditions: numbers, texts with wildcards, regular expressions."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.cloud.logs.match import InvalidPattern
from grader.cloud.logs.regular_expression import RegularExpression

# The longer signs first: ``>=`` is not ``>``.
SIGNS = ("!=", ">=", "<=", "=", ">", "<")
VALUE = re.compile(r'\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|%(?P<regex>(?:\\.|[^%\\])+)%|(?P<bare>[^\s"%(){},\]&|<>=!]+))')
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """``= 4*``, ``> 1000``, ``!= "ERROR"`` or ``= %^E[0-9]+%``.

    Attributes
    ----------
    number
        The value as a number, unless it is quoted or no number.
    """

    sign: str
    text: str = ""
    number: float | None = None
    regular: RegularExpression | None = None

    def holds(self, value: str | float) -> bool:
        """Whether a word, or a field of JSON, satisfies it; a truth value or nothing never does."""
        if self.sign in _ORDER:
            found = as_number(value)
            return found is not None and self.number is not None and _ORDER[self.sign](found, self.number)
        return self._equals(value) == (self.sign == "=")

    def _equals(self, value: str | float) -> bool:
        if self.regular is not None:
            return self.regular.found_in(as_text(value))
        if self.number is not None and (found := as_number(value)) is not None:
            return found == self.number
        return fits(self.text, as_text(value))


def read_comparison(text: str, at: int) -> tuple[Comparison, int]:
    """The comparison that begins at ``at``, and where it ends.

    Raises
    ------
    InvalidPattern
        When there is none, or ``<`` and ``>`` compare with what is no number.
    """
    at += len(text[at:]) - len(text[at:].lstrip())
    sign = next((one for one in SIGNS if text.startswith(one, at)), None)
    if sign is None:
        raise InvalidPattern(f"{text[at:] or 'The end'} comes where one of = != < > <= >= must stand.")
    value = VALUE.match(text, at + len(sign))
    if value is None:
        raise InvalidPattern(f"{sign} has no value after it.")
    return _comparison(sign, value), value.end()


def _comparison(sign: str, value: re.Match[str]) -> Comparison:
    ordered = sign in _ORDER
    if value["regex"] is not None and not ordered:
        return Comparison(sign, regular=RegularExpression(value["regex"]))
    if value["quoted"] is not None and not ordered:
        return Comparison(sign, re.sub(r"\\(.)", r"\1", value["quoted"]))
    bare = value["bare"] or ""
    number = float(bare) if NUMBER.match(bare) else None
    if ordered and number is None:
        raise InvalidPattern(f"{sign} compares numbers, and {value[0].strip()} is none.")
    return Comparison(sign, bare, number)


def fits(wanted: str, text: str) -> bool:
    """Whether a text is the wanted one, ``*`` standing for any characters; takes the leftmost places, never retries."""
    first, *others = wanted.split("*")
    if not others:
        return text == first
    *middle, last = others
    if not text.startswith(first) or not text[len(first) :].endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end


def as_number(value: str | float) -> float | None:
    """A value as a number, if it is one."""
    if isinstance(value, int | float):
        return float(value)
    return float(value) if NUMBER.match(value) and math.isfinite(float(value)) else None


def as_text(value: str | float) -> str:
    """A value as text."""
    return value if isinstance(value, str) else str(value)
