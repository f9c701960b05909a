"""AWS::CloudFormation::Stack: a stack in a stack."""

from __future__ import annotations

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.providers.base import Made, Making, NestedStacks, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class NestedStackProvider(Provider):
    """``AWS::CloudFormation::Stack``; ``Ref`` is the id of the stack, ``Fn::GetAtt`` gives ``Outputs.<name>``."""

    @property
    def _nested(self) -> NestedStacks:
        if self.tools.nested is None:
            raise NotSupported("AWS::CloudFormation::Stack outside an account")
        return self.tools.nested

    def create(self, making: Making) -> Made:
        return self._nested.create(making)

    def update(self, making: Making, current: Resource) -> Made:
        return self._nested.update(making, current)

    def revert(self, making: Making, current: Resource) -> Made:
        return self._nested.revert(current)

    def finish(self, resource: Resource) -> None:
        self._nested.finish(resource)

    def delete(self, resource: Resource) -> None:
        self._nested.delete(resource)


TYPES: dict[str, ResourceType] = {
    "AWS::CloudFormation::Stack": resource_type(
        NestedStackProvider,
        "TemplateURL",
        "",
        "TemplateURL Parameters Tags NotificationARNs TimeoutInMinutes",
        "Outputs.*",
    ),
}
