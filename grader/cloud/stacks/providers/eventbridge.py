"""AWS::Events::Rule."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class RuleProvider(Provider):
    """``AWS::Events::Rule``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("Name", 64)
        if "Name" in making.properties and self._exists(making, name):
            raise ResourceFailure(f"{name} already exists")
        return self._put(name, making, {})

    def _exists(self, making: Making, name: str) -> bool:
        try:
            self.tools.call("events", "DescribeRule", Name=name, **making.some("EventBusName"))
        except ClientError:
            return False
        return True

    def _put(self, name: str, making: Making, before: Any) -> Made:
        pattern = making.get("EventPattern")
        answer = self.tools.call(
            "events",
            "PutRule",
            Name=name,
            EventPattern=json.dumps(pattern) if isinstance(pattern, dict) else pattern,
            **making.some("State Description RoleArn EventBusName"),
        )
        targets = making.get("Targets") or []
        if targets:
            self.tools.call("events", "PutTargets", Rule=name, Targets=targets, **making.some("EventBusName"))
        kept = {target["Id"] for target in targets}
        self._remove(
            name,
            [target["Id"] for target in before.get("Targets") or [] if target["Id"] not in kept],
            making.properties,
        )
        return Made(name, {"Arn": answer["RuleArn"]}, answer["RuleArn"])

    def _remove(self, name: str, targets: list[str], properties: Any) -> None:
        bus = {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}
        if targets:
            self.tools.call_unless_missing("events", "RemoveTargets", Rule=name, Ids=targets, **bus)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(current.physical_id, making, current.properties)

    def delete(self, resource: Resource) -> None:
        properties = resource.properties
        self._remove(resource.physical_id, [target["Id"] for target in properties.get("Targets") or []], properties)
        bus = {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}
        self.tools.call_unless_missing("events", "DeleteRule", Name=resource.physical_id, **bus)


TYPES: dict[str, ResourceType] = {
    "AWS::Events::Rule": resource_type(
        RuleProvider,
        "",
        "Name EventBusName",
        "EventPattern State Description RoleArn Targets",
        "Arn",
        "Name",
    ),
}
