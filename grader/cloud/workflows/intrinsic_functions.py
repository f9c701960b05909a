"""Intrinsic functions: ``States.Format('Hello {}', $.name)``. AWS: "Intrinsics for JSONPath states"."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from grader.cloud.workflows.failures import StateFailed

NAME = re.compile(r"\s*States\.(?P<name>\w+)\(")
NUMBER = re.compile(r"\s*(?P<number>-?\d+(\.\d+)?)")
TEXT = re.compile(r"\s*'(?P<text>(?:[^'\\]|\\.)*)'")
WORD = re.compile(r"\s*(?P<word>true|false|null)\b")
PATH = re.compile(r"\s*(?P<path>\$[^,()]*)")
MOST_ELEMENTS = 1000


class Intrinsics:
    """Evaluates intrinsic functions.

    Parameters
    ----------
    look_up
        The value at a path, in the input or in the context object.
    chance
        Draws what ``States.UUID`` and ``States.MathRandom`` give.
    """

    def __init__(self, look_up: Callable[[str], Any], chance: random.Random) -> None:
        self._look_up, self._chance = look_up, chance

    def evaluate(self, text: str) -> Any:
        """The value of an expression.

        Raises
        ------
        StateFailed
            States.IntrinsicFailure, with what was wrong with it.
        """
        value, end = self._argument(text, 0)
        if text[end:].strip():
            raise _failed(f"{text} goes on after its end")
        return value

    def _argument(self, text: str, at: int) -> tuple[Any, int]:
        if call := NAME.match(text, at):
            return self._call(call["name"], text, call.end())
        if quoted := TEXT.match(text, at):
            return re.sub(r"\\(.)", r"\1", quoted["text"]), quoted.end()
        if number := NUMBER.match(text, at):
            return json.loads(number["number"]), number.end()
        if word := WORD.match(text, at):
            return json.loads(word["word"]), word.end()
        if path := PATH.match(text, at):
            return self._look_up(path["path"].strip()), path.end()
        raise _failed(f"{text[at:] or text} is no argument")

    def _call(self, name: str, text: str, at: int) -> tuple[Any, int]:
        arguments = []
        if not (closing := re.compile(r"\s*\)").match(text, at)):
            while True:
                value, at = self._argument(text, at)
                arguments.append(value)
                separator = re.compile(r"\s*([,)])").match(text, at)
                if separator is None:
                    raise _failed(f"{text} is not closed")
                at = separator.end()
                if separator[1] == ")":
                    break
        else:
            at = closing.end()
        return self._apply(name, arguments), at

    def _apply(self, name: str, arguments: list[Any]) -> Any:
        if name == "UUID" and not arguments:
            return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        if name == "MathRandom" and len(arguments) in (2, 3):
            chance = random.Random(arguments[2]) if len(arguments) == 3 else self._chance
            return chance.randrange(int(arguments[0]), int(arguments[1]))
        function = FUNCTIONS.get(name)
        if function is None:
            raise _failed(f"There is no function States.{name}")
        try:
            return function(*arguments)
        except StateFailed:
            raise
        except Exception as fault:
            raise _failed(f"States.{name}: {fault}") from fault


def _failed(why: str) -> StateFailed:
    return StateFailed("States.IntrinsicFailure", why)


def _format(template: str, *values: Any) -> str:
    parts = re.split(r"(?<!\\)\{\}", template)
    if len(parts) != len(values) + 1:
        raise _failed(f"States.Format: '{template}' has {len(parts) - 1} places for {len(values)} values")
    texts = [*(value if isinstance(value, str) else json.dumps(value) for value in values), ""]
    return "".join(part.replace("\\{", "{").replace("\\}", "}") + text for part, text in zip(parts, texts, strict=True))


def _range(first: float, last: float, step: float) -> list[int]:
    if not step or (last - first) / step > MOST_ELEMENTS:
        raise _failed(f"States.ArrayRange gives at most {MOST_ELEMENTS} elements, in steps that are not 0")
    found, value = [], int(first)
    while (value <= last) if step > 0 else (value >= last):
        found.append(value)
        value += int(step)
    return found


def _partition(values: list[Any], size: int) -> list[list[Any]]:
    if size < 1:
        raise _failed("States.ArrayPartition wants a size of at least 1")
    return [values[at : at + size] for at in range(0, len(values), size)]


def _unique(values: list[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(json.dumps(value, sort_keys=True), value)
    return list(found.values())


def _split(text: str, separators: str) -> list[str]:
    return [part for part in re.split("[" + re.escape(separators) + "]", text) if part]


def _hash(value: Any, algorithm: str) -> str:
    names = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return hashlib.new(names[algorithm], text.encode(), usedforsecurity=False).hexdigest()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Array": lambda *values: list(values),
    "ArrayContains": lambda values, value: value in values,
    "ArrayGetItem": lambda values, index: values[int(index)],
    "ArrayLength": lambda values: len(values),
    "ArrayPartition": _partition,
    "ArrayRange": _range,
    "ArrayUnique": _unique,
    "Base64Decode": lambda text: base64.b64decode(text).decode(),
    "Base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "Format": _format,
    "Hash": _hash,
    "JsonMerge": lambda first, second, deep: {**first, **second},
    "JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
    "MathAdd": lambda first, second: math.floor(first) + math.floor(second),
    "StringSplit": _split,
    "StringToJson": json.loads,
}
