"""What a DynamoDB stream hands to a function, and what is told of batches that were given up."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from grader.cloud.functions.destinations import iso

Record = dict[str, Any]
IMAGES = ("Keys", "NewImage", "OldImage")


def stream_record(record: Any, stream_arn: str, region: str) -> Record:
    """moto's record as Lambda hands it to a function."""
    told = record.to_json()
    change = told["dynamodb"]
    return {
        "eventID": told["eventID"],
        "eventName": told["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        "dynamodb": {
            "ApproximateCreationDateTime": created(record),
            **{name: _plain(change[name]) for name in IMAGES if name in change},
            "SequenceNumber": change["SequenceNumber"],
            "SizeBytes": sum(size_of({"M": change[name]}) for name in IMAGES if name in change),
            "StreamViewType": change["StreamViewType"],
        },
        "eventSourceARN": stream_arn,
    }


def created(record: Any) -> int:
    """When a record came into the stream, whole seconds since 1970."""
    moment: datetime = record.to_json()["dynamodb"]["ApproximateCreationDateTime"]
    return int(moment.replace(tzinfo=UTC).timestamp())


def size_of(value: Mapping[str, Any]) -> int:
    """The size of an attribute value in bytes, as DynamoDB counts it (without the overhead of lists and maps)."""
    kind, held = next(iter(value.items()))
    if kind == "M":
        return sum(len(name.encode()) + size_of(inner) for name, inner in held.items())
    if kind == "L":
        return sum(size_of(inner) for inner in held)
    if kind in ("SS", "NS", "BS"):
        return sum(size_of({kind[0]: one}) for one in held)
    if kind == "N":
        digits = len(str(held).lstrip("-").replace(".", "").strip("0")) or 1
        return math.ceil(digits / 2) + 1
    if kind == "B":
        return len(held if isinstance(held, bytes) else base64.b64decode(held))
    return len(str(held).encode()) if kind == "S" else 1


def _plain(value: Any) -> Any:
    """A value as JSON has it: binary as base64."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(inner) for inner in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def partition_of(record: Record, hash_key: str) -> str:
    """The partition key of the changed item: changes with the same one stay in order."""
    return json.dumps(record["dynamodb"]["Keys"].get(hash_key), sort_keys=True)


def first_failed(answer: Any, records: Sequence[Record]) -> int | None:
    """Where a batch is to be taken up again after ReportBatchItemFailures; None when all of it failed.

    AWS: no answer, ``{}`` or an empty list is a success; of several sequence numbers the lowest counts; an identifier
    that is empty, missing or not in the batch makes everything fail.
    """
    if answer is None or answer == "" or answer == {}:
        return len(records)
    items = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    if items is None or items == []:
        return len(records)
    if not isinstance(items, list):
        return None
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(records)}
    named = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
    if not all(isinstance(one, str) and one in places for one in named):
        return None
    return min(places[one] for one in named)


def discarded_batch(
    records: Sequence[Record], shard_id: str, condition: str, attempts: int, about: Mapping[str, Any], now: float
) -> dict[str, Any]:
    """The record that AWS sends to an on-failure destination when it gives a batch up.

    Parameters
    ----------
    about
        ``requestId``, ``functionArn``, and the ``responseContext`` of the last attempt.
    """
    first, last = records[0]["dynamodb"], records[-1]["dynamodb"]
    return {
        "requestContext": {
            "requestId": about["requestId"],
            "functionArn": about["functionArn"],
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        **({"responseContext": about["responseContext"]} if about.get("responseContext") else {}),
        "version": "1.0",
        "timestamp": iso(now),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _second(first["ApproximateCreationDateTime"]),
            "approximateArrivalOfLastRecord": _second(last["ApproximateCreationDateTime"]),
            "batchSize": len(records),
            "streamArn": records[0]["eventSourceARN"],
        },
    }


def _second(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
