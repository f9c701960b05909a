"""Custom resources: made by a function, or by whoever reads a topic, that reports to an address."""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource
from grader.cloud.stacks.templates.values import scalar

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
PREFIX = "Custom::"
LONGEST_S = 3600
LONGEST_ANSWER = 4096


class CustomResourceProvider(Provider):
    """``AWS::CloudFormation::CustomResource`` and every ``Custom::…``; ``Ref`` is the id that the answer gives."""

    def create(self, making: Making) -> Made:
        """Ask for the resource; one that was refused may exist half-way, so its deletion is asked for as well."""
        generated = making.name(limit=128)
        return self._made(self._ask("Create", making, {}, generated), generated)

    def update(self, making: Making, current: Resource) -> Made:
        if making.get("ServiceToken") != current.properties.get("ServiceToken"):
            raise ResourceFailure("Modifying service token is not allowed.")
        before = {"OldResourceProperties": _texts(current.properties)}
        return self._made(self._ask("Update", making, before, current.physical_id), current.physical_id)

    def delete(self, resource: Resource) -> None:
        making = Making(resource.logical_id, resource.properties, "", lambda: "", {}, resource.stack_id, resource.type)
        self._ask("Delete", making, {}, resource.physical_id)

    def _made(self, answer: dict[str, Any], otherwise: str) -> Made:
        return Made(str(answer.get("PhysicalResourceId") or otherwise), dict(answer.get("Data") or {}))

    def _ask(self, what: str, making: Making, more: dict[str, Any], physical_id: str) -> dict[str, Any]:
        responses, token = self.tools.responses, str(making.get("ServiceToken"))
        if responses is None:
            raise NotSupported("custom resources outside an account")
        request_id = self.tools.ids.uuid()
        address = responses.address(f"{making.stack_id}|{making.logical_id}")
        event = {
            "RequestType": what,
            "ServiceToken": token,
            "ResponseURL": address,
            "StackId": making.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": making.logical_id,
            **({"PhysicalResourceId": physical_id} if what != "Create" else {}),
            "ResourceType": making.type,
            "ResourceProperties": _texts(making.properties),
            **more,
        }
        self._send(token, json.dumps(event))
        body = responses.wait(address, _seconds(making), self.tools.wait)
        failed = physical_id if what == "Create" else ""
        if body is None:
            raise ResourceFailure(
                "CloudFormation did not receive a response from your Custom Resource. Please check your logs for "
                f"requestId [{request_id}]. If you are using the Python cfn-response module, you may need to update "
                "your Lambda function code so that CloudFormation can attach the updated version.",
                failed,
            )
        return _checked(body, event, failed)

    def _send(self, token: str, event: str) -> None:
        service = token.split(":")[2:3]
        if service == ["lambda"]:
            self.tools.call("lambda", "Invoke", FunctionName=token, InvocationType="Event", Payload=event.encode())
        elif service == ["sns"]:
            subject = "AWS CloudFormation custom resource request"
            self.tools.call("sns", "Publish", TopicArn=token, Message=event, Subject=subject)
        else:
            raise ResourceFailure(f"Invalid service token: {token}. It is the ARN of a function or of a topic.")


def _seconds(making: Making) -> float:
    try:
        seconds = int(making.get("ServiceTimeout", LONGEST_S))
    except (TypeError, ValueError) as error:
        raise ResourceFailure("ServiceTimeout must be a number of seconds") from error
    if not 1 <= seconds <= LONGEST_S:
        raise ResourceFailure(f"ServiceTimeout must be from 1 to {LONGEST_S}")
    return seconds


def _texts(value: Any) -> Any:
    """Properties as a custom resource is told them: numbers and truth values are texts."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return scalar(value)


def _checked(body: bytes, event: dict[str, Any], failed: str) -> dict[str, Any]:
    """The answer, when it says that it succeeded and keeps to the rules."""
    if len(body) > LONGEST_ANSWER:
        raise ResourceFailure("Response object is too long.", failed)
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ResourceFailure("Invalid response object: Received invalid JSON.", failed) from error
    if not isinstance(answer, dict) or answer.get("Status") not in ("SUCCESS", "FAILED"):
        raise ResourceFailure("Invalid response object: Invalid Status value.", failed)
    given = answer.get("PhysicalResourceId")
    if answer["Status"] == "FAILED":
        words = (
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{answer.get('Reason')} (RequestId: {event['RequestId']})"
        )
        raise ResourceFailure(words, str(given) if given and failed else failed)
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(name) != event[name]:
            raise ResourceFailure(f"Invalid response object: {name} is not that of the request.", failed)
    if not given or not isinstance(given, str):
        raise ResourceFailure("Invalid PhysicalResourceId", failed)
    if not isinstance(answer.get("Data") or {}, dict):
        raise ResourceFailure("Invalid response object: Data must be an object.", failed)
    return answer


TYPES: dict[str, ResourceType] = {
    CUSTOM_RESOURCE: resource_type(
        CustomResourceProvider, "ServiceToken", "", "ServiceToken ServiceTimeout", "*", tags="map", open=True
    ),
}
