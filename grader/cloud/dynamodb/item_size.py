"""How large an item is: DynamoDB Developer Guide, *DynamoDB item sizes and formats*."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict

LARGEST = 400 * 1024


def item_size(item: Mapping[str, Any]) -> int:
    """The bytes of an item as the API writes it: names and values of all attributes."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Any) -> int:
    """The bytes of one value, ``{"S": "text"}``."""
    kind, content = next(iter(value.items()))
    if kind == "S":
        return len(str(content).encode())
    if kind == "N":
        return _number_size(str(content))
    if kind == "B":
        return len(content) * 3 // 4 - str(content)[-2:].count("=") if isinstance(content, str) else len(content)
    if kind in ("SS", "NS", "BS"):
        return sum(value_size({kind[0]: each}) for each in content)
    if kind == "L":
        return 3 + sum(1 + value_size(each) for each in content)
    return 3 + len(content) + item_size(content) if kind == "M" else 1


def _number_size(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").partition("E")[0].strip("0") or "0"
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


@lru_cache(maxsize=1)
def measure_as_aws() -> None:
    """Let moto refuse items by their real size, once for the process; its own limit is a guess between two others."""
    LimitedSizeDict.__setitem__ = _limited


def _limited(attributes: Any, name: str, value: Any) -> None:
    rest = sum(_held(key, held) for key, held in attributes.items() if key != name)
    if rest + _held(name, value) > LARGEST:
        raise ItemSizeTooLarge
    dict.__setitem__(attributes, name, value)


def _held(name: str, value: Any) -> int:
    if isinstance(value, DynamoType):
        return len(name.encode()) + value_size(_written(value))
    return len(name.encode()) + (value_size(value) if isinstance(value, Mapping) else len(str(value)))


def _written(value: Any) -> dict[str, Any]:
    written: dict[str, Any] = value.to_regular_json()
    return written
