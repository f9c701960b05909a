"""The Conditions section: it depends on parameters only and is decided before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.templates.values import Values, scalar

# Function → the least and the most that its list may hold, in words.
SHAPES = {
    "Fn::And": (2, 10, "a list of at least 2 and at most 10 boolean parameters"),
    "Fn::Or": (2, 10, "a list of at least 2 and at most 10 boolean parameters"),
    "Fn::Not": (1, 1, "a list of one boolean parameter"),
    "Fn::Equals": (2, 2, "a list of 2 string parameters"),
}
CONDITION_FUNCTIONS = frozenset({*SHAPES, "Condition"})


def decide_conditions(declared: Mapping[str, Any], values: Values) -> dict[str, bool]:
    """Every condition of the template, true or false."""
    decided: dict[str, bool] = {}
    for name in declared:
        _decide(name, declared, values, decided, ())
    return decided


def _decide(
    name: str, declared: Mapping[str, Any], values: Values, decided: dict[str, bool], path: tuple[str, ...]
) -> bool:
    if name in path:
        raise TemplateError(f"Template format error: Circular dependency between conditions: [{', '.join(path)}]")
    if name not in declared:
        raise TemplateError(
            f"Template format error: Unresolved condition dependency {name} in the Conditions block of the template"
        )
    if name not in decided:
        again = lambda other: _decide(other, declared, values, decided, (*path, name))  # noqa: E731
        decided[name] = _truth(declared[name], values, again)
    return decided[name]


def _truth(value: Any, values: Values, named: Callable[[str], bool]) -> bool:
    function = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None
    if function not in CONDITION_FUNCTIONS:
        raise TemplateError(
            "Template error: every Condition must be one of Fn::And, Fn::Equals, Fn::Not, Fn::Or, Condition"
        )
    inner = value[function]
    if function == "Condition":
        return named(str(inner))
    least, most, words = SHAPES[str(function)]
    if not isinstance(inner, list) or not least <= len(inner) <= most:
        raise TemplateError(f"Template error: every {function} object requires {words}.")
    if function == "Fn::Equals":
        left, right = (resolve(item, values) for item in inner)
        return bool(scalar(left) == scalar(right))
    truths = [_truth(item, values, named) for item in inner]
    return {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}[str(function)]
