"""AWS::Logs::LogGroup."""

from __future__ import annotations

from typing import Any

from grader.cloud.stacks.providers.base import Made, Making, Provider, tag_map
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class LogGroupProvider(Provider):
    """``AWS::Logs::LogGroup``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("LogGroupName", 512)
        self.tools.call(
            "logs",
            "CreateLogGroup",
            logGroupName=name,
            kmsKeyId=making.get("KmsKeyId"),
            tags=tag_map(making.get("Tags")) or None,
            logGroupClass=making.get("LogGroupClass"),
        )
        self._retain(name, making.get("RetentionInDays"))
        arn = self.tools.arn("logs", f"log-group:{name}:*")
        return Made(name, {"Arn": arn}, arn)

    def _retain(self, name: str, days: Any) -> None:
        if days is not None:
            self.tools.call("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=days)

    def update(self, making: Making, current: Resource) -> Made:
        if making.get("RetentionInDays") is None:
            self.tools.call("logs", "DeleteRetentionPolicy", logGroupName=current.physical_id)
        self._retain(current.physical_id, making.get("RetentionInDays"))
        return Made(current.physical_id, current.attributes, current.arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("logs", "DeleteLogGroup", logGroupName=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::Logs::LogGroup": resource_type(
        LogGroupProvider,
        "",
        "LogGroupName LogGroupClass KmsKeyId Tags",
        "RetentionInDays",
        "Arn",
        "LogGroupName",
    ),
}
