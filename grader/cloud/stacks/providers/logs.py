"""AWS::Logs::*"""

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


class LogStreamProvider(Provider):
    """``AWS::Logs::LogStream``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("LogStreamName", 512)
        self.tools.call("logs", "CreateLogStream", logGroupName=making.get("LogGroupName"), logStreamName=name)
        return Made(name)

    def delete(self, resource: Resource) -> None:
        group, name = resource.properties["LogGroupName"], resource.physical_id
        self.tools.call_unless_missing("logs", "DeleteLogStream", logGroupName=group, logStreamName=name)


class MetricFilterProvider(Provider):
    """``AWS::Logs::MetricFilter``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        return self._put(making.name("FilterName", 512), making)

    def _put(self, name: str, making: Making) -> Made:
        self.tools.call(
            "logs",
            "PutMetricFilter",
            filterName=name,
            logGroupName=making.get("LogGroupName"),
            filterPattern=making.get("FilterPattern"),
            metricTransformations=[_transformation(one) for one in making.get("MetricTransformations") or []],
        )
        return Made(name)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        group, name = resource.properties["LogGroupName"], resource.physical_id
        self.tools.call_unless_missing("logs", "DeleteMetricFilter", logGroupName=group, filterName=name)


def _transformation(given: dict[str, Any]) -> dict[str, Any]:
    """A metric transformation with the API's names; dimensions are a list in templates and a map in the API."""
    named = {name[0].lower() + name[1:]: value for name, value in given.items() if name != "Dimensions"}
    dimensions = {item["Key"]: item["Value"] for item in given.get("Dimensions") or []}
    return named | ({"dimensions": dimensions} if dimensions else {})


class SubscriptionFilterProvider(Provider):
    """``AWS::Logs::SubscriptionFilter``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        return self._put(making.name("FilterName", 512), making)

    def _put(self, name: str, making: Making) -> Made:
        self.tools.call(
            "logs",
            "PutSubscriptionFilter",
            filterName=name,
            logGroupName=making.get("LogGroupName"),
            filterPattern=making.get("FilterPattern"),
            destinationArn=making.get("DestinationArn"),
        )
        return Made(name)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        group, name = resource.properties["LogGroupName"], resource.physical_id
        self.tools.call_unless_missing("logs", "DeleteSubscriptionFilter", logGroupName=group, filterName=name)


TYPES: dict[str, ResourceType] = {
    "AWS::Logs::LogGroup": resource_type(
        LogGroupProvider,
        "",
        "LogGroupName LogGroupClass KmsKeyId Tags",
        "RetentionInDays",
        "Arn",
        "LogGroupName",
    ),
    "AWS::Logs::LogStream": resource_type(
        LogStreamProvider, "LogGroupName", "LogGroupName LogStreamName", "", name="LogStreamName"
    ),
    "AWS::Logs::MetricFilter": resource_type(
        MetricFilterProvider,
        "LogGroupName FilterPattern MetricTransformations",
        "LogGroupName FilterName",
        "FilterPattern MetricTransformations",
        name="FilterName",
    ),
    "AWS::Logs::SubscriptionFilter": resource_type(
        SubscriptionFilterProvider,
        "LogGroupName FilterPattern DestinationArn",
        "LogGroupName FilterName",
        "FilterPattern DestinationArn",
        name="FilterName",
    ),
}
