"""What an SQS event source mapping hands to a function, and what the function answers."""

from __future__ import annotations

import base64
from typing import Any


def record_of(message: Any, queue_arn: str, region: str) -> dict[str, Any]:
    """One message as Lambda hands it to a function."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if message.group_id:
        attributes["MessageGroupId"] = message.group_id
    if message.deduplication_id:
        attributes["MessageDeduplicationId"] = message.deduplication_id
        attributes["SequenceNumber"] = str(message.sequence_number or "")
    record = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }
    if message.message_attributes:
        record["md5OfMessageAttributes"] = message.attribute_md5
    return record


def failed_items(answer: Any, known: set[Any]) -> set[str] | None:
    """The message ids that ReportBatchItemFailures names; None when the answer makes the whole batch fail.

    AWS: no answer, ``{}`` or an empty list is a success; an identifier that is empty, missing or not in the batch
    makes everything fail.
    """
    if answer is None or answer == "" or answer == {}:
        return set()
    if not isinstance(answer, dict):
        return None
    items = answer.get("batchItemFailures")
    if items is None:
        return set()
    if not isinstance(items, list):
        return None
    named = {item.get("itemIdentifier") if isinstance(item, dict) else None for item in items}
    return {str(one) for one in named} if named <= known else None


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    held: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        held["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        binary = value["BinaryValue"]
        held["binaryValue"] = base64.b64encode(binary).decode() if isinstance(binary, bytes) else binary
    return held
