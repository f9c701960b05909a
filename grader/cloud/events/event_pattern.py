"""The event patterns of EventBridge, which Pipes, SNS filter policies and event source mappings share.

An object of a pattern is compared member by member, a list holds alternatives, and in an event a list stands for each
of its elements. AWS: "Creating Amazon EventBridge event patterns", "Comparison operators".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.cloud.events.pattern_operators import InvalidEventPattern, ValueTest, operator_test

MISSING = object()
Test = Callable[[Any], bool]
MOST_ALTERNATIVES = 1000  # AWS: the combinations of all $or must not be more


@dataclass(frozen=True)
class EventPattern:
    """A pattern that has been read."""

    test: Test

    def matches(self, event: Any) -> bool:
        """Whether an event (as parsed JSON) matches."""
        return self.test(event)


@lru_cache(maxsize=512)
def parse_event_pattern(text: str) -> EventPattern:
    """Read a pattern from its JSON.

    Raises
    ------
    InvalidEventPattern
        In one sentence, why AWS refuses it.
    """
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InvalidEventPattern(f"it is not JSON: {fault}") from fault
    return event_pattern(pattern)


def event_pattern(pattern: Any) -> EventPattern:
    """Read a pattern that is parsed already."""
    if not isinstance(pattern, dict):
        raise InvalidEventPattern("the pattern must be an object")
    if not pattern:
        raise InvalidEventPattern("Empty event pattern is not allowed")
    try:
        return EventPattern(_object_test(pattern, ""))
    except RecursionError as fault:
        raise InvalidEventPattern("it is nested too deeply") from fault


def _object_test(pattern: Mapping[str, Any], path: str) -> Test:
    tests = [
        _or_test(value, path) if name == "$or" else _member_test(name, value, path) for name, value in pattern.items()
    ]
    return lambda event: any(all(test(one) for test in tests) for one in _each(event))


def _each(event: Any) -> tuple[Any, ...]:
    """The event, or each element of a list; a list without elements is nothing that could match."""
    return tuple(event) if isinstance(event, list) else (event,)


def _member_test(name: str, value: Any, path: str) -> Test:
    where = f"{path}.{name}" if path else name
    if isinstance(value, dict):
        inner = _object_test(value, where) if value else _refused(f'Empty objects are not allowed at "{where}"')
        return lambda event: inner(_member(event, name))
    if not isinstance(value, list):
        raise InvalidEventPattern(f'"{where}" must be an object or an array')
    if not value:
        raise InvalidEventPattern(f'Empty arrays are not allowed at "{where}"')
    leaf = _leaf_test(value, where)
    return lambda event: leaf(_member(event, name))


def _refused(why: str) -> Test:
    raise InvalidEventPattern(why)


def _member(event: Any, name: str) -> Any:
    if not isinstance(event, dict):
        return MISSING
    return event.get(name, MISSING)


def _or_test(alternatives: Any, path: str) -> Test:
    if (
        not isinstance(alternatives, list)
        or len(alternatives) < 2
        or not all(isinstance(one, dict) for one in alternatives)
    ):
        raise InvalidEventPattern(f'"$or" at "{path or "the top"}" must be a list of at least two objects')
    if len(alternatives) > MOST_ALTERNATIVES:
        raise InvalidEventPattern('"$or" has too many alternatives')
    tests = [_object_test(one, path) for one in alternatives]
    return lambda event: any(test(event) for test in tests)


def _leaf_test(alternatives: list[Any], where: str) -> Test:
    exists = {_exists(one, where) for one in alternatives if isinstance(one, dict) and "exists" in one}
    tests = [_value_test(one, where) for one in alternatives if not (isinstance(one, dict) and "exists" in one)]

    def test(value: Any) -> bool:
        values = [one for one in _flat(value) if not isinstance(one, dict)]
        if value is MISSING or (not values and isinstance(value, dict)):
            return False in exists
        return (True in exists and bool(values)) or any(one(leaf) for one in tests for leaf in values)

    return test


def _flat(value: Any) -> list[Any]:
    if value is MISSING:
        return []
    return [inner for one in value for inner in _flat(one)] if isinstance(value, list) else [value]


def _exists(operator: Mapping[str, Any], where: str) -> bool:
    if len(operator) != 1 or not isinstance(operator["exists"], bool):
        raise InvalidEventPattern(f'"exists" at "{where}" must be true or false')
    return operator["exists"]


def _value_test(alternative: Any, where: str) -> ValueTest:
    if isinstance(alternative, dict):
        return operator_test(alternative, where)
    if isinstance(alternative, list):
        raise InvalidEventPattern(f'"{where}": an array holds no other array')
    return lambda value: type(value) is type(alternative) and bool(value == alternative)
