"""AWS::CloudWatch::*"""

from __future__ import annotations

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

ALARM = (
    "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions "
    "EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics "
    "Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit"
)


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


COMPOSITE = "ActionsEnabled AlarmActions AlarmDescription AlarmRule InsufficientDataActions OKActions Tags"


class CompositeAlarmProvider(Provider):
    """``AWS::CloudWatch::CompositeAlarm``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        return self._put(making.name("AlarmName", 255), making)

    def _put(self, name: str, making: Making) -> Made:
        self.tools.call("cloudwatch", "PutCompositeAlarm", AlarmName=name, **making.some(COMPOSITE))
        arn = self.tools.arn("cloudwatch", f"alarm:{name}")
        return Made(name, {"Arn": arn}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("cloudwatch", "DeleteAlarms", AlarmNames=[resource.physical_id])


class DashboardProvider(Provider):
    """``AWS::CloudWatch::Dashboard``; ``Ref`` is the name. It is kept, and drawn nowhere."""

    def create(self, making: Making) -> Made:
        return self._put(making.name("DashboardName", 255), making)

    def _put(self, name: str, making: Making) -> Made:
        self.tools.call("cloudwatch", "PutDashboard", DashboardName=name, DashboardBody=making.get("DashboardBody"))
        return Made(name)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(current.physical_id, making)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("cloudwatch", "DeleteDashboards", DashboardNames=[resource.physical_id])


TYPES: dict[str, ResourceType] = {
    "AWS::CloudWatch::Alarm": resource_type(
        AlarmProvider,
        "ComparisonOperator EvaluationPeriods",
        "AlarmName",
        ALARM,
        "Arn",
        "AlarmName",
    ),
    "AWS::CloudWatch::CompositeAlarm": resource_type(
        CompositeAlarmProvider, "AlarmRule", "AlarmName", COMPOSITE, "Arn", "AlarmName"
    ),
    "AWS::CloudWatch::Dashboard": resource_type(
        DashboardProvider, "DashboardBody", "DashboardName", "DashboardBody", "", "DashboardName"
    ),
}
