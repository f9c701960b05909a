"""AWS::Lambda::Url"""

from __future__ import annotations

from typing import Any

from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

SETTINGS = "AuthType Cors InvokeMode"


class UrlProvider(Provider):
    """``AWS::Lambda::Url``; ``Ref`` is the ARN of the function (or alias) that has the address."""

    def create(self, making: Making) -> Made:
        return self._made(self.tools.call("lambda", "CreateFunctionUrlConfig", **self._arguments(making)))

    def _arguments(self, making: Making) -> dict[str, Any]:
        whose = {"FunctionName": making.get("TargetFunctionArn"), "Qualifier": making.get("Qualifier")}
        return {**whose, **making.some(SETTINGS)}

    def _made(self, answer: dict[str, Any]) -> Made:
        arn = str(answer["FunctionArn"])
        return Made(arn, {"FunctionUrl": answer["FunctionUrl"], "FunctionArn": arn})

    def update(self, making: Making, current: Resource) -> Made:
        arguments = self._arguments(making)
        if "Cors" in current.properties and "Cors" not in arguments:
            arguments["Cors"] = {}
        return self._made(self.tools.call("lambda", "UpdateFunctionUrlConfig", **arguments))

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("lambda", "DeleteFunctionUrlConfig", FunctionName=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::Lambda::Url": resource_type(
        UrlProvider, "TargetFunctionArn AuthType", "TargetFunctionArn Qualifier", SETTINGS, "FunctionUrl FunctionArn"
    ),
}
