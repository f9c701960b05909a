"""AWS::Events::* and AWS::Scheduler::*"""

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
            **making.some("ScheduleExpression State Description RoleArn EventBusName"),
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


class EventBusProvider(Provider):
    """``AWS::Events::EventBus``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = str(making.get("Name"))
        arn = self.tools.call("events", "CreateEventBus", Name=name, **making.some("Description Tags"))["EventBusArn"]
        return Made(name, {"Arn": arn, "Name": name}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        return Made(current.physical_id, current.attributes, current.arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("events", "DeleteEventBus", Name=resource.physical_id)


SCHEDULE = (
    "Description EndDate FlexibleTimeWindow KmsKeyArn ScheduleExpression "
    "ScheduleExpressionTimezone StartDate State Target"
)


class ScheduleProvider(Provider):
    """``AWS::Scheduler::Schedule``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("Name", 64)
        return self._put("CreateSchedule", name, making)

    def _put(self, operation: str, name: str, making: Making) -> Made:
        answer = self.tools.call("scheduler", operation, Name=name, **making.some(f"GroupName {SCHEDULE}"))
        return Made(name, {"Arn": answer["ScheduleArn"]}, answer["ScheduleArn"])

    def update(self, making: Making, current: Resource) -> Made:
        return self._put("UpdateSchedule", current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        group = {"GroupName": resource.properties["GroupName"]} if "GroupName" in resource.properties else {}
        self.tools.call_unless_missing("scheduler", "DeleteSchedule", Name=resource.physical_id, **group)


class ScheduleGroupProvider(Provider):
    """``AWS::Scheduler::ScheduleGroup``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("Name", 64)
        answer = self.tools.call("scheduler", "CreateScheduleGroup", Name=name, **making.some("Tags"))
        arn = answer["ScheduleGroupArn"]
        return Made(name, {"Arn": arn, "State": "ACTIVE"}, arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("scheduler", "DeleteScheduleGroup", Name=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::Events::Rule": resource_type(
        RuleProvider,
        "",
        "Name EventBusName",
        "EventPattern ScheduleExpression State Description RoleArn Targets",
        "Arn",
        "Name",
    ),
    "AWS::Events::EventBus": resource_type(EventBusProvider, "Name", "Name", "Description Tags", "Arn Name", "Name"),
    "AWS::Scheduler::Schedule": resource_type(
        ScheduleProvider, "FlexibleTimeWindow ScheduleExpression Target", "Name GroupName", SCHEDULE, "Arn", "Name"
    ),
    "AWS::Scheduler::ScheduleGroup": resource_type(ScheduleGroupProvider, "", "Name Tags", "", "Arn State", "Name"),
}
