"""JSONata expressions and templates that hold some, with the functions that Step Functions adds.

AWS: "Transforming data with JSONata in Step Functions". This is a function's code: it knows nothing of the cloud.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jsonata import Jsonata  # type: ignore[import-untyped,unused-ignore]
from jsonata.jexception import JException  # type: ignore[import-untyped,unused-ignore]
from jsonata.utils import Utils  # type: ignore[import-untyped,unused-ignore]

EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)
DEPTH = 500
SHOWN = 200  # characters of an expression that has no value
MILLISECONDS = 2_000
ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class Query(Jsonata):  # type: ignore[misc,unused-ignore]
    """An expression for which time stands still.

    Parameters
    ----------
    moment
        What ``$now`` and ``$millis`` tell, milliseconds since 1970.
    """

    def __init__(self, expression: str, moment: int = 0) -> None:
        self._moment = moment
        super().__init__(expression)

    @property
    def timestamp(self) -> int:
        """Read by the library's functions, and set by it to the time at which an evaluation begins."""
        return self._moment

    @timestamp.setter
    def timestamp(self, value: int) -> None:
        pass


class Fault(Exception):
    """An expression without a value, or whose value is no data."""


def answer(question: str, *arguments: Any) -> Any:
    """The handler: ``evaluate`` or ``faults``, with its arguments."""
    questions: dict[str, Callable[..., Any]] = {"evaluate": evaluate, "faults": faults}
    return questions[question](*arguments)


def evaluate(template: Any, names: dict[str, Any], seed: int, moment: int, field: str) -> dict[str, Any]:
    """The template with its expressions evaluated, as ``value``; or what is wrong, as ``fault``, and ``field``: where.

    Parameters
    ----------
    names
        What ``$states`` and the variables stand for.
    seed
        Decides what ``$random`` and ``$uuid`` draw.
    moment
        The time, milliseconds since 1970.
    field
        The state's field that the template is the value of.
    """
    evaluation = Evaluation(names, random.Random(seed), moment)
    try:
        return {"value": evaluation.filled(template, [field])}
    except _At as fault:
        return {"fault": str(fault), "field": fault.field}


def faults(expressions: list[str]) -> list[str | None]:
    """What is wrong with each expression's syntax; None where nothing is."""
    return [_syntax_fault(_inner(one)) for one in expressions]


class _At(Exception):
    """A fault, and the field it was met in."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def _inner(text: str) -> str:
    found = EXPRESSION.fullmatch(text)
    return found[1].strip() if found else ""


def _syntax_fault(expression: str) -> str | None:
    try:
        Query(expression)
    except Exception as fault:
        return _told(fault)
    return None


@dataclass(frozen=True)
class Evaluation:
    """What all expressions of one template are evaluated with."""

    names: dict[str, Any]
    draw: random.Random
    moment: int

    def filled(self, value: Any, path: list[str]) -> Any:
        """The value, with the expressions in it evaluated."""
        if isinstance(value, dict):
            return {name: self.filled(inner, [*path, name]) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner, [*path, f"[{number}]"]) for number, inner in enumerate(value)]
        if not isinstance(value, str) or not EXPRESSION.fullmatch(value):
            return value
        field = "/".join(path).replace("/[", "[")
        expression = _inner(value)
        about = f"The JSONata expression '{expression[:SHOWN]}' specified for the field '{field}'"
        try:
            return self.value_of(expression)
        except Fault as fault:
            raise _At(f"{about} {fault}", field) from fault
        except Exception as fault:
            raise _At(f"{about} threw an error during evaluation. {_told(fault)}", field) from fault

    def value_of(self, expression: str) -> Any:
        """An expression's value."""
        query = Query(expression, self.moment)
        query.output_convert_nulls = False  # or a null could not be told from nothing
        frame = query.create_frame()
        for name, value in self.names.items():
            frame.bind(name, _with_nulls(value))
        for name, function in functions(self.draw).items():
            frame.bind(name, Jsonata.JLambda(function))
        frame.set_runtime_bounds(MILLISECONDS, DEPTH)
        found = query.evaluate(None, frame)
        if found is None:
            raise Fault("returned nothing (undefined).")
        return _data(found)


def _with_nulls(value: Any) -> Any:
    return Utils.NULL_VALUE if value is None else value


def _data(value: Any) -> Any:
    """Plain JSON of what an expression gave."""
    if value is Utils.NULL_VALUE or value is None:
        return None
    if isinstance(value, dict):
        return {str(name): _data(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_data(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise Fault("returned a number that JSON does not know.")
    if isinstance(value, str | int | float):
        return value
    raise Fault("returned a function, which is no data.")


def _told(fault: Exception) -> str:
    if isinstance(fault, JException):
        return f"{fault.get_error()}: {fault}"
    if isinstance(fault, RecursionError):
        return "D1011: Stack overflow error: check for non-terminating recursive function."
    if isinstance(fault, ZeroDivisionError):
        return "D1001: Number out of range: a division by zero"
    return f"{type(fault).__name__}: {fault}"


def functions(draw: random.Random) -> dict[str, Callable[..., Any]]:
    """What Step Functions adds to JSONata's own functions, and takes away from them."""

    def chance(seed: Any = None) -> float:
        return (draw if seed is None else random.Random(seed)).random()

    def unique() -> str:
        return str(uuid.UUID(int=draw.getrandbits(128), version=4))

    return {"partition": _partition, "range": _range, "hash": _hash, "parse": _parse, "random": chance,
            "uuid": unique, "eval": _no_eval}  # fmt: skip


def _partition(items: Any = None, size: Any = None) -> Any:
    if items is None:
        return None
    items, size = items if isinstance(items, list) else [items], int(size)
    if size < 1:
        raise ValueError("$partition needs a size of 1 or more")
    return [items[first : first + size] for first in range(0, len(items), size)]


def _range(first: Any = None, last: Any = None, step: Any = 1) -> list[Any]:
    if not step:
        raise ValueError("$range needs a step that is not 0")
    count = int((last - first) // step) + 1
    if count > 1000:
        raise ValueError("$range gives at most 1000 numbers")
    return [first + number * step for number in range(max(0, count))]


def _hash(text: Any = None, algorithm: Any = "SHA-256") -> Any:
    if text is None:
        return None
    return hashlib.new(ALGORITHMS[algorithm], str(text).encode()).hexdigest()


def _parse(text: Any = None) -> Any:
    return None if text is None else _with_nulls(json.loads(text))


def _no_eval(*_: Any) -> Any:
    raise ValueError("$eval is not there in Step Functions; $parse reads JSON")
