"""AWS::StepFunctions::*"""

from __future__ import annotations

import json
import re
from typing import Any

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

PLACEHOLDER = re.compile(r"\$\{(?P<name>\w+)\}")
DEFINITIONS = "Definition DefinitionString DefinitionS3Location DefinitionSubstitutions"
SETTINGS = "RoleArn LoggingConfiguration TracingConfiguration EncryptionConfiguration"


class StateMachineProvider(Provider):
    """``AWS::StepFunctions::StateMachine``; ``Ref`` is the ARN."""

    def create(self, making: Making) -> Made:
        name = making.name("StateMachineName", 80)
        answer = self.tools.call(
            "stepfunctions",
            "CreateStateMachine",
            name=name,
            definition=self._definition(making),
            roleArn=making.get("RoleArn"),
            type=making.get("StateMachineType"),
            tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in making.get("Tags") or []],
            **self._settings(making),
        )
        return self._made(str(answer["stateMachineArn"]), name)

    def _settings(self, making: Making) -> dict[str, Any]:
        given = making.some("LoggingConfiguration TracingConfiguration EncryptionConfiguration")
        return {name[0].lower() + name[1:]: _api_spelling(value) for name, value in given.items()}

    def _definition(self, making: Making) -> str:
        text = self._template(making)
        substitutions = making.get("DefinitionSubstitutions") or {}
        return PLACEHOLDER.sub(lambda found: _text(substitutions.get(found["name"], found[0])), text)

    def _template(self, making: Making) -> str:
        if "DefinitionString" in making.properties:
            return str(making.get("DefinitionString"))
        if "Definition" in making.properties:
            return json.dumps(making.get("Definition"))
        place = making.get("DefinitionS3Location")
        if not isinstance(place, dict):
            raise ResourceFailure("Properties validation failed with message: A definition must be given")
        packaged = self.tools.artifacts.get((str(place.get("Bucket")), str(place.get("Key"))))
        if packaged is None:
            object_ = self.tools.call("s3", "GetObject", Bucket=place["Bucket"], Key=place["Key"])
            packaged = object_["Body"].read()
        return packaged.decode("utf-8")

    def _made(self, arn: str, name: str) -> Made:
        described = self.tools.call("stepfunctions", "DescribeStateMachine", stateMachineArn=arn)
        attributes = {"Arn": arn, "Name": name, "StateMachineRevisionId": described["revisionId"]}
        return Made(arn, attributes, arn)

    def update(self, making: Making, current: Resource) -> Made:
        self.tools.call(
            "stepfunctions",
            "UpdateStateMachine",
            stateMachineArn=current.physical_id,
            definition=self._definition(making),
            roleArn=making.get("RoleArn"),
            **self._settings(making),
        )
        return self._made(current.physical_id, current.attributes["Name"])

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("stepfunctions", "DeleteStateMachine", stateMachineArn=resource.physical_id)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _api_spelling(value: Any) -> Any:
    """CloudFormation writes ``Level`` where the API says ``level``."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _api_spelling(inner) for name, inner in value.items()}
    return [_api_spelling(one) for one in value] if isinstance(value, list) else value


TYPES: dict[str, ResourceType] = {
    "AWS::StepFunctions::StateMachine": resource_type(
        StateMachineProvider,
        "RoleArn",
        "StateMachineName StateMachineType",
        f"{DEFINITIONS} {SETTINGS} Tags",
        "Arn Name StateMachineRevisionId",
        "StateMachineName",
    ),
}
