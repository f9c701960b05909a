"""The rules of Choice states in JSONPath. AWS: "Choice state comparison operators"."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from grader.cloud.events.pattern_operators import fits
from grader.cloud.workflows.failures import StateFailed

if TYPE_CHECKING:
    from grader.cloud.workflows.data_flow import DataFlow

MISSING = object()
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq, "LessThan": operator.lt, "GreaterThan": operator.gt, "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}  # fmt: skip
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
COMPARISON = re.compile(r"^(?P<kind>String|Numeric|Boolean|Timestamp)(?P<order>\w+?)(?P<path>Path)?$")


def holds(rule: Mapping[str, Any], data: Any, flow: DataFlow) -> bool:
    """Whether a choice rule is true for the state's input."""
    if "And" in rule:
        return all(holds(one, data, flow) for one in rule["And"])
    if "Or" in rule:
        return any(holds(one, data, flow) for one in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data, flow)
    name = next(name for name in rule if name not in ("Variable", "Next", "Comment", "Assign"))
    return _compare(name, _found(str(rule["Variable"]), data, flow), rule[name], rule, data, flow)


def _found(path: str, data: Any, flow: DataFlow) -> Any:
    try:
        return flow.find(path, data)
    except LookupError:
        return MISSING


def _compare(name: str, value: Any, operand: Any, rule: Mapping[str, Any], data: Any, flow: DataFlow) -> bool:
    if name == "IsPresent":
        return bool((value is not MISSING) == operand)
    if value is MISSING:
        raise StateFailed("States.Runtime", f"Invalid path '{rule['Variable']}': The choice state's condition path "
                          "references an invalid value.")  # fmt: skip
    if name in TYPES:
        return bool(TYPES[name](value) == operand)
    if name == "StringMatches":
        return isinstance(value, str) and _matches(str(operand), value)
    read = COMPARISON.match(name)
    assert read is not None  # the definition has been checked
    other = _found(str(operand), data, flow) if read["path"] else operand
    return _ordered(read["kind"], ORDER[read["order"]], value, other)


def _ordered(kind: str, order: Callable[[Any, Any], bool], value: Any, other: Any) -> bool:
    read = KINDS[kind][1]
    first, second = read(value), read(other)
    return first is not None and second is not None and order(first, second)


def is_comparison(name: str) -> bool:
    """Whether a choice rule may compare by this name, such as ``NumericLessThanPath``."""
    read = COMPARISON.match(name)
    return name in (*TYPES, "IsPresent", "StringMatches") or bool(read and (read["kind"], read["order"]) in ORDERED)


def operand_wanted(name: str, operand: Any) -> str | None:
    """What a comparison's operand must be, in words; None if it is that."""
    read = COMPARISON.match(name)
    kind = "String" if name == "StringMatches" or (read and read["path"]) else read["kind"] if read else "Boolean"
    words, reader = KINDS[kind]
    return None if reader(operand) is not None else words


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not TIMESTAMP.match(value):
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None


def _matches(pattern: str, value: str) -> bool:
    """``*`` stands for any characters, ``\\*`` for itself."""
    pieces = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\)\*", pattern)]
    return fits(pieces, value)


TYPES: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _moment(value) is not None,
}
KINDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "String": ("a text", _text), "Numeric": ("a number", _number), "Boolean": ("true or false", _truth),
    "Timestamp": ("a time such as 2026-11-02T10:00:00Z", _moment),
}  # fmt: skip
# Truth has no order.
ORDERED = {(kind, order) for kind in KINDS for order in ORDER if kind != "Boolean" or order == "Equals"}
