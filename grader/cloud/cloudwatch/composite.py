"""The rule of a composite alarm: ``ALARM("errors") AND NOT ALARM("maintenance")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from grader.cloud.door.responder import ApiError
from grader.cloud.errors import NotSupported

REFERENCE = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(\"[^\"]+\"|'[^']+'|[^\s()\"']+)\s*\)")
WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}


def rule_names(rule: str) -> set[str]:
    """The alarms that a rule speaks of, by name.

    Raises
    ------
    ApiError
        ``ValidationError`` when the rule cannot be read.
    """
    holds(rule, {})
    return {_name(found[2]) for found in REFERENCE.finditer(rule)}


def holds(rule: str, states: Mapping[str, str]) -> bool:
    """Whether the rule is true of these alarms, each in its state."""
    if "AT_LEAST" in rule:
        raise NotSupported("AT_LEAST in the rule of a composite alarm")
    decided = REFERENCE.sub(lambda found: " TRUE " if states.get(_name(found[2])) == found[1] else " FALSE ", rule)
    text = re.sub(r"\b[A-Z_]+\b", lambda word: WORDS.get(word[0], word[0]), decided)
    try:
        return _value(ast.parse(" ".join(text.split()), mode="eval").body)
    except (SyntaxError, RecursionError) as fault:
        raise ApiError("ValidationError", f"AlarmRule was not valid: {rule}") from fault


def _name(reference: str) -> str:
    bare = reference.strip("\"'")
    return bare.rpartition(":alarm:")[2] if bare.startswith("arn:") else bare


def _value(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=bool() as value):
            return value
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand)
        case ast.BoolOp(op=ast.And()):
            return all(_value(part) for part in node.values)
        case ast.BoolOp(op=ast.Or()):
            return any(_value(part) for part in node.values)
    raise SyntaxError(ast.dump(node))
