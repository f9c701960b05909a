"""AWS::DynamoDB::Table"""

from __future__ import annotations

from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class TableProvider(Provider):
    """``AWS::DynamoDB::Table``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("TableName", 255)
        answer = self.tools.call(
            "dynamodb",
            "CreateTable",
            TableName=name,
            StreamSpecification=_stream(making),
            SSESpecification=_encryption(making),
            **making.some(
                "AttributeDefinitions KeySchema BillingMode ProvisionedThroughput GlobalSecondaryIndexes "
                "LocalSecondaryIndexes Tags TableClass DeletionProtectionEnabled OnDemandThroughput"
            ),
        )
        self._expiry(name, making.get("TimeToLiveSpecification"))
        self._recovery(name, making.get("PointInTimeRecoverySpecification"))
        return self._made(answer["TableDescription"])

    def _made(self, table: dict[str, Any]) -> Made:
        attributes = {"Arn": table["TableArn"]}
        if table.get("LatestStreamArn"):
            attributes["StreamArn"] = table["LatestStreamArn"]
        return Made(table["TableName"], attributes, table["TableArn"])

    def _expiry(self, name: str, specification: Any) -> None:
        if specification:
            self.tools.call("dynamodb", "UpdateTimeToLive", TableName=name, TimeToLiveSpecification=specification)

    def _recovery(self, name: str, specification: Any) -> None:
        if specification:
            self.tools.call(
                "dynamodb", "UpdateContinuousBackups", TableName=name, PointInTimeRecoverySpecification=specification
            )

    def update(self, making: Making, current: Resource) -> Made:
        name, before = current.physical_id, current.properties
        simple = "AttributeDefinitions BillingMode ProvisionedThroughput DeletionProtectionEnabled TableClass"
        changes = {key: making.get(key) for key in simple.split() if making.get(key) != before.get(key)}
        if making.get("StreamSpecification") != before.get("StreamSpecification"):
            changes["StreamSpecification"] = _stream(making) or {"StreamEnabled": False}
        if indexes := _index_changes(
            before.get("GlobalSecondaryIndexes") or [], making.get("GlobalSecondaryIndexes") or []
        ):
            changes["GlobalSecondaryIndexUpdates"] = indexes
            changes["AttributeDefinitions"] = making.get("AttributeDefinitions")
        if set(changes) - {"AttributeDefinitions"}:
            self.tools.call("dynamodb", "UpdateTable", TableName=name, **changes)
        self._update_rest(name, making, before, str(current.arn))
        return self._made(self.tools.call("dynamodb", "DescribeTable", TableName=name)["Table"])

    def _update_rest(self, name: str, making: Making, before: Any, arn: str) -> None:
        if making.get("TimeToLiveSpecification") != before.get("TimeToLiveSpecification"):
            off = {**before.get("TimeToLiveSpecification", {}), "Enabled": False}
            self._expiry(name, making.get("TimeToLiveSpecification") or off)
        if making.get("PointInTimeRecoverySpecification") != before.get("PointInTimeRecoverySpecification"):
            off = {"PointInTimeRecoveryEnabled": False}
            self._recovery(name, making.get("PointInTimeRecoverySpecification") or off)
        added, removed = changed_tags(before.get("Tags"), making.get("Tags"))
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            self.tools.call("dynamodb", "TagResource", ResourceArn=arn, Tags=tags)
        if removed:
            self.tools.call("dynamodb", "UntagResource", ResourceArn=arn, TagKeys=removed)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("dynamodb", "DeleteTable", TableName=resource.physical_id)


def _stream(making: Making) -> dict[str, Any] | None:
    specification = making.get("StreamSpecification")
    if not specification:
        return None
    if unknown := sorted(set(specification) - {"StreamViewType"}):
        raise NotSupported(f"AWS::DynamoDB::Table StreamSpecification.{unknown[0]}")
    return {"StreamEnabled": True, **specification}


def _encryption(making: Making) -> dict[str, Any] | None:
    specification = making.get("SSESpecification")
    if not specification:
        return None
    names = {"SSEEnabled": "Enabled"}
    return {names.get(key, key): value for key, value in specification.items()}


def _index_changes(before: list[Any], after: list[Any]) -> list[dict[str, Any]]:
    old, new = ({index["IndexName"]: index for index in indexes} for indexes in (before, after))
    changes: list[dict[str, Any]] = [{"Delete": {"IndexName": name}} for name in old if name not in new]
    changes += [{"Create": index} for name, index in new.items() if name not in old]
    for name, index in new.items():
        if name in old and index != old[name]:
            throughput = index.get("ProvisionedThroughput")
            changes.append({"Update": {"IndexName": name, "ProvisionedThroughput": throughput}})
    return changes


TYPES: dict[str, ResourceType] = {
    "AWS::DynamoDB::Table": resource_type(
        TableProvider,
        "KeySchema",
        "TableName KeySchema LocalSecondaryIndexes SSESpecification",
        "AttributeDefinitions BillingMode ProvisionedThroughput GlobalSecondaryIndexes StreamSpecification Tags "
        "TimeToLiveSpecification PointInTimeRecoverySpecification DeletionProtectionEnabled TableClass "
        "OnDemandThroughput",
        "Arn StreamArn",
        "TableName",
    ),
}
