"""AWS::SQS::*"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags, tag_map
from grader.cloud.stacks.providers.iam import document
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

ATTRIBUTES = (
    "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit "
    "KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod "
    "ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled VisibilityTimeout"
)
DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
    "KmsMasterKeyId": "",
}


def text(value: Any) -> str:
    """An attribute's value, as the API wants it: text or JSON text."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class QueueProvider(Provider):
    """``AWS::SQS::Queue``; ``Ref`` is the URL."""

    def create(self, making: Making) -> Made:
        name = making.name("QueueName", 80)
        fifo = str(making.get("FifoQueue", "")).lower() == "true"
        if fifo and "QueueName" not in making.properties:
            name = f"{name[:75]}.fifo"
        if "QueueName" in making.properties and self._exists(name):
            raise ResourceFailure(f"{name} already exists")
        attributes = {key: text(value) for key, value in making.some(ATTRIBUTES).items()}
        answer = self.tools.call(
            "sqs", "CreateQueue", QueueName=name, Attributes=attributes, tags=tag_map(making.get("Tags")) or None
        )
        return self._made(str(answer["QueueUrl"]), name)

    def _exists(self, name: str) -> bool:
        try:
            self.tools.call("sqs", "GetQueueUrl", QueueName=name)
        except ClientError:
            return False
        return True

    def _made(self, url: str, name: str) -> Made:
        arn = self.tools.arn("sqs", name)
        return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        url, before = current.physical_id, current.properties
        changes = {
            key: text(making.get(key, DEFAULTS.get(key, "")))
            for key in ATTRIBUTES.split()
            if making.get(key) != before.get(key)
        }
        if changes:
            self.tools.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes=changes)
        added, removed = changed_tags(before.get("Tags"), making.get("Tags"))
        if added:
            self.tools.call("sqs", "TagQueue", QueueUrl=url, Tags=added)
        if removed:
            self.tools.call("sqs", "UntagQueue", QueueUrl=url, TagKeys=removed)
        return self._made(url, current.attributes["QueueName"])

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("sqs", "DeleteQueue", QueueUrl=resource.physical_id)


class QueuePolicyProvider(Provider):
    """``AWS::SQS::QueuePolicy``."""

    def create(self, making: Making) -> Made:
        self._put(making)
        return Made(making.name(limit=100))

    def _put(self, making: Making) -> None:
        for url in making.get("Queues") or []:
            policy = document(making.get("PolicyDocument"))
            self.tools.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": policy})

    def update(self, making: Making, current: Resource) -> Made:
        self._put(making)
        self._remove([url for url in current.properties["Queues"] if url not in making.get("Queues")])
        return Made(current.physical_id)

    def _remove(self, urls: list[str]) -> None:
        for url in urls:
            self.tools.call_unless_missing("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": ""})

    def delete(self, resource: Resource) -> None:
        self._remove(resource.properties.get("Queues") or [])


class QueueInlinePolicyProvider(Provider):
    """``AWS::SQS::QueueInlinePolicy``: the policy of one queue."""

    def create(self, making: Making) -> Made:
        return self._put(making, str(making.get("Queue")))

    def _put(self, making: Making, queue: str) -> Made:
        policy = document(making.get("PolicyDocument"))
        self.tools.call("sqs", "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": policy})
        return Made(queue)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        url = resource.physical_id
        self.tools.call_unless_missing("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": ""})


TYPES: dict[str, ResourceType] = {
    "AWS::SQS::QueueInlinePolicy": resource_type(
        QueueInlinePolicyProvider, "Queue PolicyDocument", "Queue", "PolicyDocument"
    ),
    "AWS::SQS::Queue": resource_type(
        QueueProvider,
        "",
        "QueueName FifoQueue",
        f"{ATTRIBUTES} Tags".replace("FifoQueue ", ""),
        "Arn QueueName QueueUrl",
        "QueueName",
    ),
    "AWS::SQS::QueuePolicy": resource_type(QueuePolicyProvider, "Queues PolicyDocument", "", "Queues PolicyDocument"),
}
