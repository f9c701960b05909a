"""Metric math: ``errors / invocations * 100``, ``IF(m1 > 10, m2, 0)``, ``SUM(METRICS())``.

A value is a number, a time series (moment → number), or a list of series.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
import re
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import NotSupported

TimeSeries = dict[int, float]
LONGEST = 2048
ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
COMPARISONS: dict[type, Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "AVG": statistics.fmean,
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "STDDEV": statistics.pstdev,
}
EACH: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
}


class MalformedExpression(ValueError):
    """The expression does not follow metric math's syntax, or names a metric that is not there."""


@dataclass(frozen=True)
class Setting:
    """What an expression is evaluated over.

    Attributes
    ----------
    series
        The named series: other queries' results, by their ids.
    moments
        Every moment of the range, for functions that fill gaps.
    periods
        The period of each series, seconds.
    metrics
        The ids of series that are metrics themselves, not expressions: what ``METRICS()`` means.
    """

    series: Mapping[str, TimeSeries]
    moments: tuple[int, ...]
    periods: Mapping[str, int] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()


def evaluate(expression: str, setting: Setting) -> Any:
    """The value of an expression.

    Raises
    ------
    MalformedExpression
        When it cannot be read.
    NotSupported
        For functions and query languages that are not imitated.
    """
    if re.match(r"\s*(SELECT|SEARCH|INSIGHT_RULE|ANOMALY_DETECTION_BAND|LAMBDA|SLO)\b", expression):
        raise NotSupported(f"the CloudWatch expression {expression.split('(')[0].split()[0]}")
    text = expression.replace("^", "**").replace("&&", " and ").replace("||", " or ").strip()
    try:
        if len(text) > LONGEST:
            raise MalformedExpression(f"An expression has at most {LONGEST} characters.")
        return _value(ast.parse(text, mode="eval").body, setting)
    except (SyntaxError, RecursionError, MemoryError) as fault:
        raise MalformedExpression(f"Unexpected syntax in expression {expression!r}") from fault


def names(expression: str) -> set[str]:
    """The ids that an expression speaks of."""
    return set(re.findall(r"\b[a-z]\w*\b", re.sub(r"\"[^\"]*\"|'[^']*'", "", expression)))


def _value(node: ast.AST, setting: Setting) -> Any:
    match node:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.Name(id="TRUE" | "FALSE"):
            return float(node.id == "TRUE")
        case ast.Name(id="REPEAT" | "LINEAR"):
            return node.id
        case ast.Name():
            if node.id not in setting.series:
                raise MalformedExpression(f"Undeclared metric in expression: {node.id}")
            return setting.series[node.id]
        case ast.List():
            return [_value(item, setting) for item in node.elts]
        case ast.UnaryOp(op=ast.USub()):
            return _pairwise(operator.mul, _value(node.operand, setting), -1.0)
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return _pairwise(ARITHMETIC[type(node.op)], _value(node.left, setting), _value(node.right, setting))
        case ast.Compare(ops=[_]) if type(node.ops[0]) in COMPARISONS:
            compare = COMPARISONS[type(node.ops[0])]
            left, right = _value(node.left, setting), _value(node.comparators[0], setting)
            return _pairwise(lambda one, two: float(compare(one, two)), left, right)
        case ast.BoolOp():
            return _boolean(node, setting)
        case ast.Call(func=ast.Name(), keywords=[]):
            return _call(node, setting)
    raise MalformedExpression(f"Unexpected syntax: {ast.unparse(node)}")


def _boolean(node: ast.BoolOp, setting: Setting) -> Any:
    both = isinstance(node.op, ast.And)
    combine: Callable[[float, float], float] = (
        (lambda one, two: float(bool(one) and bool(two))) if both else (lambda one, two: float(bool(one) or bool(two)))
    )
    values = [_value(item, setting) for item in node.values]
    result = values[0]
    for value in values[1:]:
        result = _pairwise(combine, result, value)
    return result


def _pairwise(operation: Callable[[float, float], float], left: Any, right: Any) -> Any:
    """An operation on numbers and series; series meet at the moments that all have. Division by 0 gives no value."""
    if isinstance(left, list) or isinstance(right, list):
        many, other = (left, right) if isinstance(left, list) else (right, left)
        return [_pairwise(operation, one, other) if many is left else _pairwise(operation, other, one) for one in many]
    if isinstance(left, str) or isinstance(right, str):
        raise MalformedExpression("A text cannot be calculated with.")
    if isinstance(left, dict) or isinstance(right, dict):
        moments = [side for side in (left, right) if isinstance(side, dict)]
        common = set(moments[0]).intersection(*moments[1:])
        pairs = {moment: (_at(left, moment), _at(right, moment)) for moment in sorted(common)}
        results = {moment: _guarded(operation, *pair) for moment, pair in pairs.items()}
        return {moment: value for moment, value in results.items() if value is not None}
    result = _guarded(operation, float(left), float(right))
    return math.nan if result is None else result


def _at(value: Any, moment: int) -> float:
    return float(value[moment] if isinstance(value, dict) else value)


def _guarded(operation: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        result = operation(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return float(result) if not isinstance(result, complex) and math.isfinite(result) else None


def _call(node: ast.Call, setting: Setting) -> Any:
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name in ("METRICS", "PERIOD"):
        return _about_metrics(name, node, setting)
    given = [_value(argument, setting) for argument in node.args]
    if name in AGGREGATES and len(given) == 1:
        return _aggregate(AGGREGATES[name], given[0])
    if name in EACH and len(given) == 1:
        return _pairwise(lambda value, _: EACH[name](value), given[0], 0.0)
    match name, given:
        case "METRIC_COUNT", [list() as many]:
            return float(len(many))
        case "DATAPOINT_COUNT", [dict() as one]:
            return float(len(one))
        case "FIRST" | "LAST", [dict() as one] if one:
            return one[min(one) if name == "FIRST" else max(one)]
        case "IF", [condition, yes, *no] if len(no) < 2:
            return _if(condition, yes, no, setting)
        case "FILL", [value, filling]:
            return _fill(value, filling, setting)
        case "RUNNING_SUM" | "DIFF" | "RATE", [dict() as one]:
            return _steps(name, one)
    raise NotSupported(f"the CloudWatch function {name} with these arguments")


def _about_metrics(name: str, node: ast.Call, setting: Setting) -> Any:
    if name == "PERIOD":
        if len(node.args) == 1 and isinstance(node.args[0], ast.Name) and node.args[0].id in setting.periods:
            return float(setting.periods[node.args[0].id])
        raise MalformedExpression("PERIOD takes a metric's id.")
    part = str(_value(node.args[0], setting)) if node.args else ""
    return [setting.series[one] for one in setting.metrics if part in one]


def _aggregate(function: Callable[[list[float]], float], value: Any) -> Any:
    """Of several series: at each moment, over those that have it. Of one series: over its moments, a single number."""
    if isinstance(value, dict):
        return function(list(value.values())) if value else math.nan
    if not isinstance(value, list):
        return float(value)
    series = [one for one in value if isinstance(one, dict)]
    if not series:
        return function([float(one) for one in value])
    moments = sorted({moment for one in series for moment in one})
    return {moment: function([one[moment] for one in series if moment in one]) for moment in moments}


def _if(condition: Any, yes: Any, no: list[Any], setting: Setting) -> Any:
    if not any(isinstance(value, dict) for value in (condition, yes, *no)):
        return yes if condition else (no[0] if no else math.nan)
    moments = condition if isinstance(condition, dict) else setting.moments
    chosen: TimeSeries = {}
    for moment in sorted(moments):
        value = yes if _at(condition, moment) else (no[0] if no else {})
        if not isinstance(value, dict):
            chosen[moment] = float(value)
        elif moment in value:
            chosen[moment] = value[moment]
    return chosen


def _fill(value: Any, filling: Any, setting: Setting) -> Any:
    if isinstance(value, list):
        return [_fill(one, filling, setting) for one in value]
    if not isinstance(value, dict):
        return value
    filled: TimeSeries = {}
    for moment in sorted({*setting.moments, *value}):
        found = value.get(moment, _filled(value, filling, moment))
        if found is not None:
            filled[moment] = found
    return filled


def _filled(series: TimeSeries, filling: Any, moment: int) -> float | None:
    if isinstance(filling, dict):
        return filling.get(moment)
    if filling not in ("REPEAT", "LINEAR"):
        return float(filling)
    before = max((known for known in series if known < moment), default=None)
    after = min((known for known in series if known > moment), default=None)
    if before is None:
        return None
    if filling == "REPEAT" or after is None:
        return series[before]
    return series[before] + (series[after] - series[before]) * (moment - before) / (after - before)


def _steps(name: str, series: TimeSeries) -> TimeSeries:
    moments = sorted(series)
    if name == "RUNNING_SUM":
        return {moment: math.fsum(series[one] for one in moments if one <= moment) for moment in moments}
    pairs = itertools.pairwise(moments)
    return {
        after: (series[after] - series[before]) / (1 if name == "DIFF" else after - before) for before, after in pairs
    }
