"""What the topics of a stack are told."""

from __future__ import annotations

from datetime import UTC, datetime

from grader.cloud.stacks.stack import Stack, StackEvent


def notification(stack: Stack, event: StackEvent, account_id: str) -> dict[str, str]:
    """Subject and message of one event, one ``Name='value'`` a line, as CloudFormation sends it."""
    moment = datetime.fromtimestamp(event.timestamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    members = {
        "StackId": stack.id,
        "Timestamp": moment,
        "EventId": event.id,
        "LogicalResourceId": event.logical_id,
        "Namespace": account_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or "",
        "ResourceType": event.type,
        "StackName": stack.name,
        "ClientRequestToken": event.token or "null",
    }
    text = "".join(f"{name}='{value}'\n" for name, value in members.items())
    return {"Subject": "AWS CloudFormation Notification", "Message": text}
