"""A handler's answer becomes JSON text here, and nothing but JSON text leaves the environment."""

from __future__ import annotations

import decimal
import json
import math
from typing import Any

from .faults import Fault

# The decoder on the other side is as strict.
MAX_DEPTH = 200


class NotStrict(Exception):
    """The answer is JSON only to Python: NaN or Infinity."""


def load(event: bytes) -> Any:
    """The event, parsed."""
    try:
        return json.loads(event)
    except (ValueError, RecursionError) as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def dump(result: Any) -> bytes:
    """The answer as JSON text.

    Raises
    ------
    Fault
        Runtime.MarshalError, when it is not JSON data.
    NotStrict
        When it holds NaN or Infinity, which AWS's runtime lets through and no JSON reader accepts.
    """
    try:
        text = json.dumps(plain(result, 0), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "backslashreplace")
    except NotStrict:
        raise
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def plain(value: Any, depth: int) -> Any:
    """The same data without subclasses: what an object says about itself is not believed."""
    if depth > MAX_DEPTH:
        raise ValueError("Circular reference detected, or nested too deeply")
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value) if kind is str else "".join(str.__iter__(value))
    if issubclass(kind, int):
        return int.__add__(value, 0)
    if issubclass(kind, float):
        return _finite(float.__add__(value, 0.0))
    if issubclass(kind, decimal.Decimal):
        return _number(value)
    if issubclass(kind, dict):
        return {_key(key): plain(item, depth + 1) for key, item in dict.items(value)}
    if issubclass(kind, (list, tuple)):
        return [plain(item, depth + 1) for item in (list if issubclass(kind, list) else tuple).__iter__(value)]
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return "".join(str.__iter__(key))
    if key is None or isinstance(key, (bool, int, float)):
        text: str = json.dumps(plain(key, 0), allow_nan=False)
        return text
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise NotStrict("NaN" if math.isnan(number) else "Infinity")
    return number


def _number(value: decimal.Decimal) -> int | float:
    if not value.is_finite():
        raise NotStrict("NaN")
    return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else float(value)
