"""What kind of value each field of a definition has; everything else of the check may rely on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.workflows.failures import InvalidDefinition
from grader.cloud.workflows.fields import JSONATA, JSONPATH, PATHS, SCHEMA
from grader.cloud.workflows.queries import is_expression

Shape = tuple[str, Callable[[Any], bool]]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and bool(value) and all(isinstance(one, kind) for one in value)


TEXT: Shape = ("a text", lambda value: isinstance(value, str))
TRUTH: Shape = ("true or false", lambda value: isinstance(value, bool))
OBJECT: Shape = ("an object", lambda value: isinstance(value, dict))
OBJECTS: Shape = ("a list of objects", _is_list_of(dict))
TEXTS: Shape = ("a list of texts", _is_list_of(str))
NUMBER: Shape = ("a number, 0 or more", _is_number)
PATH: Shape = ("a path, or null", lambda value: value is None or isinstance(value, str))
COMPUTED = ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency")
SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(("StartAt", "Type", "Resource", "Next", "Default", "Variable", "JitterStrategy"), TEXT),
    **dict.fromkeys(("Comment", "Error", "Cause", "Timestamp", "QueryLanguage", "Version"), TEXT),
    **dict.fromkeys(("States", "Assign", "ItemProcessor", "Iterator", "ProcessorConfig", "Not"), OBJECT),
    **dict.fromkeys(("Retry", "Catch", "Choices", "Branches", "And", "Or"), OBJECTS),
    **dict.fromkeys(("MaxAttempts", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds"), NUMBER),
    **dict.fromkeys(COMPUTED, NUMBER),
    **dict.fromkeys((*PATHS, "ErrorPath", "CausePath"), TEXT),
    **dict.fromkeys(("InputPath", "OutputPath", "ResultPath"), PATH),
    "ErrorEquals": TEXTS,
    "End": TRUTH,
}
# An empty list says nothing, and does no harm.
MAY_BE_EMPTY = ("Retry", "Catch")


def check_shapes(holder: Mapping[str, Any], where: str, language: str = JSONPATH) -> None:
    """Refuse an object of a definition in which a field has a value of the wrong kind.

    Parameters
    ----------
    language
        In JSONata a number may be an expression.

    Raises
    ------
    InvalidDefinition
    """
    for name, value in holder.items():
        wanted, fits = SHAPES.get(name, ("", lambda _: True))
        if language == JSONATA and name in COMPUTED and is_expression(value):
            continue
        if not fits(value) and not (name in MAY_BE_EMPTY and value == []):
            raise InvalidDefinition(SCHEMA, f"The value for the field '{name}' must be {wanted}", f"{where}/{name}")
