"""AWS::CodeDeploy::*, and the traffic of an alias that CodeDeploy shifts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, Tools
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

GROUP = (
    "DeploymentConfigName ServiceRoleArn TriggerConfigurations AlarmConfiguration AutoRollbackConfiguration "
    "DeploymentStyle"
)
ENDED = ("Succeeded", "Failed", "Stopped")


class ApplicationProvider(Provider):
    """``AWS::CodeDeploy::Application``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("ApplicationName", 100)
        self.tools.call(
            "codedeploy",
            "CreateApplication",
            applicationName=name,
            computePlatform=making.get("ComputePlatform", "Server"),
        )
        return Made(name, {}, self.tools.arn("codedeploy", f"application:{name}"))

    def update(self, making: Making, current: Resource) -> Made:
        return Made(current.physical_id, {}, current.arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call("codedeploy", "DeleteApplication", applicationName=resource.physical_id)


class DeploymentGroupProvider(Provider):
    """``AWS::CodeDeploy::DeploymentGroup``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name, application = making.name("DeploymentGroupName", 100), str(making.get("ApplicationName"))
        self.tools.call(
            "codedeploy", "CreateDeploymentGroup", applicationName=application, deploymentGroupName=name,
            **_lower(making.some(GROUP)),
        )  # fmt: skip
        return Made(name, {}, self.tools.arn("codedeploy", f"deploymentgroup:{application}/{name}"))

    def update(self, making: Making, current: Resource) -> Made:
        removed: dict[str, Any] = {
            name: {} for name in ("AlarmConfiguration", "AutoRollbackConfiguration") if name in current.properties
        }
        self.tools.call(
            "codedeploy", "UpdateDeploymentGroup", applicationName=making.get("ApplicationName"),
            currentDeploymentGroupName=current.physical_id, **_lower({**removed, **making.some(GROUP)}),
        )  # fmt: skip
        return Made(current.physical_id, {}, current.arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call(
            "codedeploy", "DeleteDeploymentGroup", applicationName=resource.properties["ApplicationName"],
            deploymentGroupName=resource.physical_id,
        )  # fmt: skip


class DeploymentConfigProvider(Provider):
    """``AWS::CodeDeploy::DeploymentConfig``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("DeploymentConfigName", 100)
        self.tools.call(
            "codedeploy", "CreateDeploymentConfig", deploymentConfigName=name,
            **_lower(making.some("ComputePlatform TrafficRoutingConfig")),
        )  # fmt: skip
        return Made(name)

    def delete(self, resource: Resource) -> None:
        self.tools.call("codedeploy", "DeleteDeploymentConfig", deploymentConfigName=resource.physical_id)


def shift_traffic(tools: Tools, policy: Mapping[str, Any], properties: Mapping[str, Any], current: str) -> None:
    """Let CodeDeploy bring an alias to the version that its properties name, and wait until it has.

    Parameters
    ----------
    policy
        The UpdatePolicy's ``CodeDeployLambdaAliasUpdate``.
    current
        The version that the alias points to now, as the stack knows it.

    Raises
    ------
    ResourceFailure
        When the deployment failed or was stopped.
    """
    hooks = {
        "BeforeAllowTraffic": policy.get("BeforeAllowTrafficHook"),
        "AfterAllowTraffic": policy.get("AfterAllowTrafficHook"),
    }
    function = str(properties["FunctionName"])
    described = {
        "Name": function,
        "Alias": str(properties["Name"]),
        "CurrentVersion": current,
        "TargetVersion": str(properties["FunctionVersion"]),
    }
    content = {
        "version": 0.0,
        "Resources": [{function: {"Type": "AWS::Lambda::Function", "Properties": described}}],
        "Hooks": [{name: hook} for name, hook in hooks.items() if hook],
    }
    try:
        deployment = tools.call(
            "codedeploy", "CreateDeployment", applicationName=policy["ApplicationName"],
            deploymentGroupName=policy["DeploymentGroupName"],
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}},
        )["deploymentId"]  # fmt: skip
    except ClientError as refused:
        if refused.response["Error"]["Code"] == "DeploymentLimitExceededException":
            raise ResourceFailure("A conflicting deployment is in progress") from refused
        raise

    def info() -> dict[str, Any]:
        told: dict[str, Any] = tools.call("codedeploy", "GetDeployment", deploymentId=deployment)["deploymentInfo"]
        return told

    tools.wait(lambda: info()["status"] in ENDED)
    outcome = info()
    if outcome["status"] != "Succeeded":
        error = outcome.get("errorInformation") or {}
        raise ResourceFailure(f"CodeDeploy deployment {deployment} {outcome['status'].lower()}: {error.get('message')}")


def _lower(value: Any) -> Any:
    """CloudFormation's names as the API writes them: the first letter small."""
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _lower(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_lower(item) for item in value]
    return value


TYPES: dict[str, ResourceType] = {
    "AWS::CodeDeploy::Application": resource_type(
        ApplicationProvider, "", "ApplicationName ComputePlatform", "Tags", "", "ApplicationName"
    ),
    "AWS::CodeDeploy::DeploymentGroup": resource_type(
        DeploymentGroupProvider,
        "ApplicationName ServiceRoleArn",
        "ApplicationName DeploymentGroupName",
        f"{GROUP} Tags",
        "",
        "DeploymentGroupName",
    ),
    "AWS::CodeDeploy::DeploymentConfig": resource_type(
        DeploymentConfigProvider,
        "",
        "DeploymentConfigName ComputePlatform TrafficRoutingConfig",
        "",
        "",
        "DeploymentConfigName",
    ),
}
