"""AWS::SSM::Parameter."""

from __future__ import annotations

from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


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


TYPES: dict[str, ResourceType] = {
    "AWS::SSM::Parameter": resource_type(
        ParameterProvider, "Type Value", "Name Tags", ParameterProvider.KEPT, "Type Value", "Name", "map"
    ),
}
