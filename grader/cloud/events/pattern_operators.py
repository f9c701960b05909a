"""The comparison operators of event patterns: prefix, suffix, anything-but, numeric, cidr, wildcard and their kin."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

ValueTest = Callable[[Any], bool]
LARGEST = 5_000_000_000
_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip


class InvalidEventPattern(ValueError):
    """A pattern that AWS refuses; the text is the reason that it gives."""


def operator_test(given: Mapping[str, Any], where: str) -> ValueTest:
    """The test that an object such as ``{"prefix": "img/"}`` stands for.

    Raises
    ------
    InvalidEventPattern
        When there is no such operator, or it cannot be applied to this.
    """
    if len(given) != 1:
        raise InvalidEventPattern(f'Only one key allowed in match expression at "{where}"')
    name, operand = next(iter(given.items()))
    make = _OPERATORS.get(name)
    if make is None:
        raise InvalidEventPattern(f'Unrecognized match type {name} at "{where}"')
    return make(operand, f'{name} at "{where}"')


def _text(operand: Any, where: str) -> str:
    if not isinstance(operand, str):
        raise InvalidEventPattern(f"{where} must be a string")
    return operand


def _prefix(operand: Any, where: str) -> ValueTest:
    text, fold = _ignoring_case(operand, where)
    return lambda value: isinstance(value, str) and fold(value).startswith(text)


def _suffix(operand: Any, where: str) -> ValueTest:
    text, fold = _ignoring_case(operand, where)
    return lambda value: isinstance(value, str) and fold(value).endswith(text)


def _ignoring_case(operand: Any, where: str) -> tuple[str, Callable[[str], str]]:
    if isinstance(operand, dict) and set(operand) == {"equals-ignore-case"}:
        return _text(operand["equals-ignore-case"], where).lower(), str.lower
    return _text(operand, where), str


def _equals_ignoring_case(operand: Any, where: str) -> ValueTest:
    text = _text(operand, where).lower()
    return lambda value: isinstance(value, str) and value.lower() == text


def _numeric(operand: Any, where: str) -> ValueTest:
    pairs = list(zip(operand[::2], operand[1::2], strict=False)) if isinstance(operand, list) else []
    known = all(sign in _NUMERIC and _is_number(bound) and abs(bound) <= LARGEST for sign, bound in pairs)
    if not pairs or len(operand) % 2 or not known or len(pairs) > 2:
        raise InvalidEventPattern(f'{where} must be a list such as [">", 0, "<=", 5]')
    return lambda value: _is_number(value) and all(_NUMERIC[sign](value, bound) for sign, bound in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cidr(operand: Any, where: str) -> ValueTest:
    try:
        network = ipaddress.ip_network(_text(operand, where), strict=False)
    except ValueError as fault:
        raise InvalidEventPattern(f"{where} is no address range") from fault

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


def _wildcard(operand: Any, where: str) -> ValueTest:
    pieces = list(_pieces(_text(operand, where), where))
    return lambda value: isinstance(value, str) and fits(pieces, value)


def _pieces(text: str, where: str) -> Iterable[str]:
    """The texts between the ``*``; ``\\*`` and ``\\\\`` stand for themselves."""
    piece, escaped, starred = "", False, False
    for one in text:
        if escaped or one not in "\\*":
            if escaped and one not in "\\*":
                raise InvalidEventPattern(f"{where}: \\ must stand before * or \\")
            piece, escaped, starred = piece + one, False, False
        elif one == "\\":
            escaped = True
        elif starred:
            raise InvalidEventPattern(f"Consecutive wildcard characters in {where}")
        else:
            yield piece
            piece, starred = "", True
    if escaped:
        raise InvalidEventPattern(f"{where} ends with \\")
    yield piece


def fits(pieces: list[str], value: str) -> bool:
    """Whether a text has these pieces in order; the leftmost place of each is as good as any other."""
    if len(pieces) == 1:
        return value == pieces[0]
    first, *middle, last = pieces
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    at, end = len(first), len(value) - len(last)
    for piece in middle:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _anything_but(operand: Any, where: str) -> ValueTest:
    if isinstance(operand, dict):
        return _anything_but_like(operand, where)
    refused = operand if isinstance(operand, list) else [operand]
    if not refused or not all(isinstance(one, str) or _is_number(one) for one in refused):
        raise InvalidEventPattern(f"{where} must be strings or numbers")
    if len({isinstance(one, str) for one in refused}) > 1:
        raise InvalidEventPattern(f"{where}: strings and numbers do not mix")
    return lambda value: not any(type(value) is type(one) and value == one for one in refused)


def _anything_but_like(operand: Mapping[str, Any], where: str) -> ValueTest:
    name, given = next(iter(operand.items()), ("", None))
    makes = {"prefix": _prefix, "suffix": _suffix, "equals-ignore-case": _equals_ignoring_case, "wildcard": _wildcard}
    if len(operand) != 1 or name not in makes:
        raise InvalidEventPattern(f"{where}: unsupported {name or 'empty'} match")
    tests = [makes[name](one, where) for one in (given if isinstance(given, list) else [given])]
    return lambda value: not any(test(value) for test in tests)


_OPERATORS: dict[str, Callable[[Any, str], ValueTest]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignoring_case,
    "numeric": _numeric,
    "cidr": _cidr,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
}
