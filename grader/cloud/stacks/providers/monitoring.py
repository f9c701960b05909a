"""AWS::Logs::LogGroup, AWS::CloudWatch::Alarm, AWS::Events::Rule and AWS::SSM::Parameter: one call each."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, tag_map
from grader.cloud.stacks.stack import Resource

ALARM = (
    "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions "
    "EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics "
    "Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit"
)


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


class AlarmProvider(Provider):
    """``AWS::CloudWatch::Alarm``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("AlarmName", 255)
        if "AlarmName" in making.properties:
            found = self.tools.call("cloudwatch", "DescribeAlarms", AlarmNames=[name])
            if found.get("MetricAlarms"):
                raise ResourceFailure(f"{name} already exists")
        return self._put(name, making)

    def _put(self, name: str, making: Making) -> Made:
        self.tools.call("cloudwatch", "PutMetricAlarm", AlarmName=name, **making.some(ALARM))
        arn = self.tools.arn("cloudwatch", f"alarm:{name}")
        return Made(name, {"Arn": arn}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("cloudwatch", "DeleteAlarms", AlarmNames=[resource.physical_id])


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


class ParameterProvider(Provider):
    """``AWS::SSM::Parameter``; ``Ref`` is the name."""

    KEPT = "Type Value Description AllowedPattern Tier DataType Policies"

    def create(self, making: Making) -> Made:
        name = str(making.get("Name") or f"CFN-{making.logical_id}-{making.suffix()}")
        tags = [{"Key": key, "Value": value} for key, value in (making.get("Tags") or {}).items()]
        self.tools.call("ssm", "PutParameter", Name=name, Tags=tags or None, **making.some(self.KEPT))
        return self._made(name, making)

    def _made(self, name: str, making: Making) -> Made:
        arn = self.tools.arn("ssm", f"parameter/{name.removeprefix('/')}")
        return Made(name, {"Type": making.get("Type"), "Value": making.get("Value")}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        self.tools.call("ssm", "PutParameter", Name=current.physical_id, Overwrite=True, **making.some(self.KEPT))
        return self._made(current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("ssm", "DeleteParameter", Name=resource.physical_id)
