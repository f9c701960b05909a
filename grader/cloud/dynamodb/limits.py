"""What DynamoDB refuses before it looks at a table: too many items, too much at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.dynamodb.item_size import item_size

MOST_WRITES, LARGEST_TRANSACTION = 25, 4 * 1024 * 1024


def check_limits(operation: str, given: Mapping[str, Any]) -> None:
    """Refuse a request that is larger than DynamoDB takes.

    Raises
    ------
    Refusal
        ``ValidationException``.
    """
    if operation == "BatchWriteItem":
        _check_batch(given.get("RequestItems") or {})
    elif operation == "TransactWriteItems":
        _check_transaction(given.get("TransactItems") or [])


def _check_batch(requests: Mapping[str, Any]) -> None:
    if sum(len(each) for each in requests.values()) > MOST_WRITES:
        listed = ", ".join(f"{table}=[…]" for table in requests)
        bounds = (
            f"Member must have length less than or equal to {MOST_WRITES}, Member must have length greater than or "
        )
        raise _invalid(
            f"1 validation error detected: Value '{{{listed}}}' at 'requestItems' failed to satisfy constraint: Map "
            f"value must satisfy constraint: [{bounds}equal to 1]"
        )


def _check_transaction(items: list[Any]) -> None:
    puts = [part.get("Item") for each in items for part in each.values() if part.get("Item")]
    if sum(item_size(item) for item in puts) > LARGEST_TRANSACTION:
        raise _invalid("The aggregate size of the items in the transaction exceeds 4 MB")


def _invalid(words: str) -> Refusal:
    return Refusal("ValidationException", words, 400)
