"""``expect(value).equals(…)``: a claim about a value that came back, and the words for when it does not hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from grader.checks.difference import difference, same
from grader.checks.failure import CheckFailed, Location, fail, shown

__all__ = ["Expectation", "expect", "fail"]


def expect(
    value: Any, hint: str = "", *, what: str = "", where: Location | str | None = None, trace: Any = None
) -> Expectation:
    """Say something about ``value``; when it does not hold, the check ends with expected, found and hint.

    Parameters
    ----------
    hint
        What a learner should look at.
    what
        What the value is, in words, when the check's title does not say it.
    where
        The place in the learner's source, for example ``template.yaml line 31``.
    trace
        The trace of the request that the value came from.
    """
    return Expectation(value, hint, what, where, trace)


class Expectation:
    """A value and what is said about it; every method returns the expectation, so that claims can be chained."""

    def __init__(self, value: Any, hint: str, what: str, where: Location | str | None, trace: Any) -> None:
        self._value, self._hint, self._what, self._where, self._trace = value, hint, what, where, trace

    def equals(self, wanted: Any) -> Expectation:
        """It is ``wanted``; True is not 1, 1.0 is 1."""
        holds = same(self._value, wanted)
        return self._require(holds, shown(wanted), None if holds else self._found_beside(wanted))

    def differs_from(self, other: Any) -> Expectation:
        """It is anything but ``other``."""
        return self._require(not same(self._value, other), f"something else than {shown(other)}")

    def is_in(self, choices: Collection[Any]) -> Expectation:
        """It is one of ``choices``."""
        return self._require(any(same(self._value, one) for one in choices), f"one of {_listed(choices)}")

    def is_not_in(self, choices: Collection[Any]) -> Expectation:
        """It is none of ``choices``."""
        return self._require(not any(same(self._value, one) for one in choices), f"none of {_listed(choices)}")

    def contains(self, part: Any) -> Expectation:
        """The text, list or dictionary holds ``part``."""
        return self._require(_holds(self._value, part), f"something that contains {shown(part)}")

    def does_not_contain(self, part: Any) -> Expectation:
        """The text, list or dictionary does not hold ``part``."""
        return self._require(not _holds(self._value, part), f"nothing that contains {shown(part)}")

    def starts_with(self, beginning: str) -> Expectation:
        """The text starts with ``beginning``."""
        holds = isinstance(self._value, str) and self._value.startswith(beginning)
        return self._require(holds, f"text that starts with {shown(beginning)}")

    def ends_with(self, end: str) -> Expectation:
        """The text ends with ``end``."""
        holds = isinstance(self._value, str) and self._value.endswith(end)
        return self._require(holds, f"text that ends with {shown(end)}")

    def matches(self, pattern: str, description: str = "") -> Expectation:
        """The whole text matches the regular expression."""
        holds = isinstance(self._value, str) and re.fullmatch(pattern, self._value, re.DOTALL) is not None
        return self._require(holds, description or f"text of the form {pattern}")

    def is_true(self) -> Expectation:
        """It is True itself."""
        return self._require(self._value is True, "True")

    def is_false(self) -> Expectation:
        """It is False itself."""
        return self._require(self._value is False, "False")

    def is_none(self) -> Expectation:
        """It is None."""
        return self._require(self._value is None, "None")

    def is_not_none(self) -> Expectation:
        """It is anything but None."""
        return self._require(self._value is not None, "a value, not None")

    not_none = is_not_none

    def is_empty(self) -> Expectation:
        """Nothing is in it."""
        return self._require(_length(self._value) == 0, "nothing in it")

    def is_not_empty(self) -> Expectation:
        """Something is in it."""
        return self._require((_length(self._value) or 0) > 0, "something in it")

    def is_number(self) -> Expectation:
        """It is a finite number; True and False are none."""
        return self._require(_is_number(self._value), "a number")

    def is_integer(self) -> Expectation:
        """It is a whole number of type int."""
        return self._require(isinstance(self._value, int) and not isinstance(self._value, bool), "a whole number")

    def is_text(self) -> Expectation:
        """It is a string."""
        return self._require(isinstance(self._value, str), "text")

    is_string = is_text

    def is_list(self) -> Expectation:
        """It is a list."""
        return self._require(isinstance(self._value, list), "a list")

    def is_dict(self) -> Expectation:
        """It is a dictionary."""
        return self._require(isinstance(self._value, dict), "a dictionary")

    def is_at_most(self, limit: float) -> Expectation:
        """The number is ``limit`` or less."""
        return self._require(_is_number(self._value) and self._value <= limit, f"at most {limit:,}")

    def is_at_least(self, limit: float) -> Expectation:
        """The number is ``limit`` or more."""
        return self._require(_is_number(self._value) and self._value >= limit, f"at least {limit:,}")

    def is_less_than(self, limit: float) -> Expectation:
        """The number is below ``limit``."""
        return self._require(_is_number(self._value) and self._value < limit, f"less than {limit:,}")

    def is_more_than(self, limit: float) -> Expectation:
        """The number is above ``limit``."""
        return self._require(_is_number(self._value) and self._value > limit, f"more than {limit:,}")

    def is_close_to(self, wanted: float, relative: float = 1e-6, absolute: float = 1e-9) -> Expectation:
        """The number is ``wanted``, but for rounding."""
        close = _is_number(self._value) and math.isclose(self._value, wanted, rel_tol=relative, abs_tol=absolute)
        return self._require(close, f"about {wanted:,}")

    def has_keys(self, *keys: str) -> Expectation:
        """It is a dictionary with these keys, and perhaps others."""
        holds = isinstance(self._value, Mapping) and all(key in self._value for key in keys)
        return self._require(holds, f"a dictionary with {'the key' if len(keys) == 1 else 'the keys'} {_listed(keys)}")

    def has_length(self, length: int) -> Expectation:
        """It has so many elements or characters."""
        return self._require(_length(self._value) == length, f"a length of {length:,}", self._found_with_length())

    def satisfies(self, description: str, predicate: Callable[[Any], bool]) -> Expectation:
        """``predicate`` says yes; a TypeError, KeyError or the like of it counts as no."""
        try:
            holds = bool(predicate(self._value))
        except (TypeError, KeyError, IndexError, AttributeError, ValueError):
            holds = False
        return self._require(holds, description)

    def _require(self, holds: bool, expected: str, found: str | None = None) -> Expectation:
        if not holds:
            expected = f"{self._what}: {expected}" if self._what else expected
            raise CheckFailed(
                expected, shown(self._value) if found is None else found, self._hint, self._where, self._trace
            )
        return self

    def _found_beside(self, wanted: Any) -> str:
        told = difference(self._value, wanted)
        return f"{shown(self._value)} ({told})" if told else shown(self._value)

    def _found_with_length(self) -> str:
        length = _length(self._value)
        return shown(self._value) if length is None else f"{length:,}: {shown(self._value)}"


def _holds(container: Any, part: Any) -> bool:
    if isinstance(container, str | bytes):
        return isinstance(part, type(container)) and part in container  # type: ignore[operator]  # text or bytes, both
    if isinstance(container, Sequence | Collection):
        return any(same(one, part) for one in container)
    return False


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except TypeError:
        return None


def _is_number(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int that no float can hold, with which nobody can calculate
        return False


def _listed(values: Collection[Any]) -> str:
    return ", ".join(shown(value) for value in values)
