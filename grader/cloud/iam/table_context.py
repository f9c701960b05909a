"""The condition keys of DynamoDB: whose rows a request touches, which attributes, and how many it wants back.

DynamoDB Developer Guide, *Using IAM policy conditions for fine-grained access control*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.cloud.iam.patterns import as_list

READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
EXPRESSIONS = (
    "ProjectionExpression", "UpdateExpression", "ConditionExpression", "FilterExpression", "KeyConditionExpression",
)  # fmt: skip
WORDS = frozenset(
    {
        "set", "add", "remove", "delete", "and", "or", "not", "between", "in", "attribute_exists",
        "attribute_not_exists", "attribute_type", "begins_with", "contains", "size", "if_not_exists", "list_append",
    }
)  # fmt: skip
_KEY_CONDITION = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")
_NAME = re.compile(r"(?<![:\w.\]])[#A-Za-z_][\w-]*")


def table_context(operation: str, given: Mapping[str, Any], request: Any, hash_key: str | None) -> dict[str, Any]:
    """``dynamodb:LeadingKeys``, ``dynamodb:Attributes``, ``dynamodb:Select`` and ``dynamodb:ReturnValues``.

    Parameters
    ----------
    hash_key
        The partition key's name of the table; None when it is not known.
    """
    attributes = sorted({name for part in _parts(given) for name in _attributes(part)})
    keys: dict[str, Any] = {
        "dynamodb:returnvalues": given.get("ReturnValues"),
        "dynamodb:returnconsumedcapacity": given.get("ReturnConsumedCapacity"),
        "dynamodb:attributes": attributes or None,
    }
    if operation in READS:
        keys["dynamodb:select"] = _select(given)
    if hash_key:
        keys["dynamodb:leadingkeys"] = _leading_keys(given, hash_key) or None
    return keys


def _parts(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A request, and the requests of which a batch or a transaction consists."""
    yield given
    for requests in (given.get("RequestItems") or {}).values():
        for each in [requests] if isinstance(requests, Mapping) else as_list(requests):
            yield from [each] if "Keys" in each else each.values()
    for each in as_list(given.get("TransactItems")):
        yield from each.values()


def _attributes(part: Mapping[str, Any]) -> set[str]:
    """The top-level attributes that one request names."""
    named = part.get("ExpressionAttributeNames") or {}
    found = {*(part.get("Item") or {}), *(part.get("Key") or {}), *as_list(part.get("AttributesToGet"))}
    found |= {name for key in as_list(part.get("Keys")) for name in key}
    for expression in EXPRESSIONS:
        words = _NAME.findall(str(part.get(expression) or ""))
        found |= {str(named.get(word, word)) for word in words if word.lower() not in WORDS}
    return found


def _select(given: Mapping[str, Any]) -> str:
    parts = [given, *(given.get("RequestItems") or {}).values()]
    if given.get("Select"):
        return str(given["Select"])
    if any(part.get("ProjectionExpression") or part.get("AttributesToGet") for part in parts):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if given.get("IndexName") else "ALL_ATTRIBUTES"


def _leading_keys(given: Mapping[str, Any], hash_key: str) -> list[str]:
    """The partition key values that a request touches."""
    found: list[str] = []
    for part in _parts(given):
        items = [part.get("Key"), part.get("Item"), *as_list(part.get("Keys"))]
        found += [_scalar(item[hash_key]) for item in items if item and hash_key in item]
    return found + _queried(given, hash_key)


def _queried(given: Mapping[str, Any], hash_key: str) -> list[str]:
    names = given.get("ExpressionAttributeNames") or {}
    values = given.get("ExpressionAttributeValues") or {}
    pairs = _KEY_CONDITION.findall(str(given.get("KeyConditionExpression") or ""))
    return [_scalar(values[value]) for name, value in pairs if names.get(name, name) == hash_key and value in values]


def _scalar(attribute: Any) -> str:
    return str(next(iter(attribute.values()))) if isinstance(attribute, Mapping) and attribute else str(attribute)
