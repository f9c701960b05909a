"""Deciding ``Fn::If`` and leaving out ``AWS::NoValue``, once the conditions are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.values import NO_VALUE


def prune(value: Any, conditions: Mapping[str, bool]) -> Any:
    """``value`` with every ``Fn::If`` decided; what becomes ``AWS::NoValue`` is gone."""
    if isinstance(value, dict):
        if "Fn::If" in value and len(value) == 1:
            return choose(value["Fn::If"], conditions)
        if value == {"Ref": "AWS::NoValue"}:
            return NO_VALUE
        pruned = {key: prune(item, conditions) for key, item in value.items()}
        return {key: item for key, item in pruned.items() if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (prune(item, conditions) for item in value) if item is not NO_VALUE]
    return value


def choose(branches: Any, conditions: Mapping[str, bool]) -> Any:
    """The branch of a ``Fn::If`` that is taken.

    Raises
    ------
    TemplateError
        When it has not three elements, or names no condition.
    """
    if not isinstance(branches, list) or len(branches) != 3:
        raise TemplateError("Template error: Fn::If requires a list argument with three elements")
    name = branches[0]
    if not isinstance(name, str) or name not in conditions:
        raise TemplateError(f"Template error: unresolved condition dependency {name} in Fn::If")
    return prune(branches[1] if conditions[name] else branches[2], conditions)
