"""AWS::ApiGateway::RestApi, Deployment, Stage and Account, made in our own gateway."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.http.access_log import read_access_log
from grader.cloud.http.rest.apis import RestApis
from grader.cloud.http.rest.stages import StageSettings
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, tag_map
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class RestProvider(Provider):
    """What makes parts of REST APIs."""

    @property
    def apis(self) -> RestApis:
        """The account's REST APIs."""
        apis: RestApis = self.tools.gateway.apis
        return apis

    def arn(self, path: str) -> str:
        """API Gateway's own kind of ARN: without an account."""
        return f"arn:aws:apigateway:{self.tools.region}::/{path}"


class RestApiProvider(RestProvider):
    """``AWS::ApiGateway::RestApi``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._made(self.apis.create(**self._arguments(making)).id)

    def _made(self, api: str) -> Made:
        attributes = {"RestApiId": api, "RootResourceId": self.apis.root_resource_id(api)}
        return Made(api, attributes, self.arn(f"restapis/{api}"))

    def _arguments(self, making: Making) -> dict[str, Any]:
        body = making.get("Body") or {}
        name = making.get("Name") or (body.get("info") or {}).get("title")
        if not name:
            raise ResourceFailure("RestApi name must be set, by Name or by the title of the Body")
        if truth(making.get("DisableExecuteApiEndpoint")):
            raise NotSupported("RestApi.DisableExecuteApiEndpoint", making.logical_id)
        endpoint = (making.get("EndpointConfiguration") or {}).get("Types")
        given = (making.get("Parameters") or {}).get("endpointConfigurationTypes")
        return {
            "name": str(name),
            "body": body,
            "description": str(making.get("Description") or (body.get("info") or {}).get("description") or ""),
            "endpoint_types": tuple(endpoint or ([given] if given else ["EDGE"])),
            "binary_media_types": tuple(making.get("BinaryMediaTypes") or ()),
            "policy": making.get("Policy"),
            "api_key_source": making.get("ApiKeySourceType"),
        }

    def update(self, making: Making, current: Resource) -> Made:
        arguments = self._arguments(making)
        if "Body" in current.properties and not arguments["body"]:
            raise NotSupported("an update that takes RestApi.Body away", making.logical_id)
        self.apis.update(current.physical_id, **arguments)
        return self._made(current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.apis.delete(resource.physical_id)
        self.tools.gateway.authorizers.flush(resource.physical_id)


class DeploymentProvider(RestProvider):
    """``AWS::ApiGateway::Deployment``: a snapshot of the API, and a stage when ``StageName`` is given."""

    def create(self, making: Making) -> Made:
        api = str(making.get("RestApiId"))
        deployment = self.apis.deploy(api, str(making.get("Description") or "")).id
        if making.get("StageName"):
            self._serve(making, deployment)
        return Made(deployment, {"DeploymentId": deployment})

    def _serve(self, making: Making, deployment: str) -> None:
        described = making.get("StageDescription") or {}
        settings = stage_settings(described, self.tools.gateway.log_role)
        self.apis.put_stage(str(making.get("RestApiId")), str(making.get("StageName")), deployment, settings)

    def update(self, making: Making, current: Resource) -> Made:
        changed = any(making.get(name) != current.properties.get(name) for name in ("StageName", "StageDescription"))
        if making.get("StageName") and changed:
            self._serve(making, current.physical_id)
        return Made(current.physical_id, current.attributes)

    def delete(self, resource: Resource) -> None:
        with suppress(CloudError):  # the stage that it was made with still serves it, and goes with the API
            self.apis.delete_deployment(str(resource.properties["RestApiId"]), resource.physical_id)


class StageProvider(RestProvider):
    """``AWS::ApiGateway::Stage``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name, api = str(making.get("StageName") or "default"), str(making.get("RestApiId"))
        settings = stage_settings(making.properties, self.tools.gateway.log_role)
        self.apis.put_stage(api, name, str(making.get("DeploymentId")), settings)
        return Made(name, {}, self.arn(f"restapis/{api}/stages/{name}"))

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        self.apis.delete_stage(str(resource.properties["RestApiId"]), resource.physical_id)


def stage_settings(written: Any, log_role: str | None) -> StageSettings:
    """A stage's settings as CloudFormation writes them.

    Raises
    ------
    ResourceFailure
        When it wants logs, and the account has no role to write them with (``AWS::ApiGateway::Account``).
    """
    levels = [str(one.get("LoggingLevel", "OFF")) for one in written.get("MethodSettings") or ()]
    log = read_access_log(written.get("AccessLogSetting"), demand_request_id=True)
    if log_role is None and (log is not None or any(level != "OFF" for level in levels)):
        raise ResourceFailure("CloudWatch Logs role ARN must be set in account settings to enable logging")
    return StageSettings(
        variables=written.get("Variables") or {},
        method_settings=written.get("MethodSettings") or (),
        tracing=truth(written.get("TracingEnabled")),
        description=str(written.get("Description") or ""),
        access_log=log,
        tags=tag_map(written.get("Tags")),
    )


def truth(written: Any) -> bool:
    """A boolean as templates write it."""
    return str(written or "false").lower() == "true"


class AccountProvider(RestProvider):
    """``AWS::ApiGateway::Account``: the role with which API Gateway writes logs."""

    def create(self, making: Making) -> Made:
        self.tools.gateway.log_role = making.get("CloudWatchRoleArn")
        identifier = making.name(limit=64)
        return Made(identifier, {"Id": identifier})

    def update(self, making: Making, current: Resource) -> Made:
        self.tools.gateway.log_role = making.get("CloudWatchRoleArn")
        return Made(current.physical_id, current.attributes)

    def delete(self, resource: Resource) -> None:
        """AWS leaves the setting as it is."""


TYPES: dict[str, ResourceType] = {
    "AWS::ApiGateway::RestApi": resource_type(
        RestApiProvider,
        "",
        "",
        "Name Body Description EndpointConfiguration Parameters BinaryMediaTypes FailOnWarnings Policy "
        "ApiKeySourceType DisableExecuteApiEndpoint Mode Tags",
        "RestApiId RootResourceId",
    ),
    "AWS::ApiGateway::Deployment": resource_type(
        DeploymentProvider, "RestApiId", "RestApiId", "StageName StageDescription Description", "DeploymentId"
    ),
    "AWS::ApiGateway::Stage": resource_type(
        StageProvider,
        "RestApiId",
        "RestApiId StageName",
        "DeploymentId Variables MethodSettings TracingEnabled Description AccessLogSetting Tags",
    ),
    "AWS::ApiGateway::Account": resource_type(AccountProvider, "", "", "CloudWatchRoleArn", "Id"),
}
