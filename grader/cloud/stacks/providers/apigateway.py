"""AWS::ApiGateway::RestApi, Deployment and Stage, made in our own gateway."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from grader.cloud.errors import CloudError
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class RestApiProvider(Provider):
    """``AWS::ApiGateway::RestApi``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        api = str(self.tools.gateway.create_rest_api(**self._arguments(making)))
        return self._made(api)

    def _made(self, api: str) -> Made:
        arn = f"arn:aws:apigateway:{self.tools.region}::/restapis/{api}"
        return Made(api, {"RestApiId": api, "RootResourceId": self.tools.gateway.root_resource_id(api)}, arn)

    def _arguments(self, making: Making) -> dict[str, Any]:
        body = making.get("Body") or {}
        name = making.get("Name") or (body.get("info") or {}).get("title")
        if not name:
            raise ResourceFailure("RestApi name must be set, by Name or by the title of the Body")
        endpoint = (making.get("EndpointConfiguration") or {}).get("Types")
        given = (making.get("Parameters") or {}).get("endpointConfigurationTypes")
        return {
            "name": str(name),
            "body": body,
            "endpoint_types": tuple(endpoint or ([given] if given else ["EDGE"])),
            "binary_media_types": tuple(
                making.get("BinaryMediaTypes") or body.get("x-amazon-apigateway-binary-media-types") or ()
            ),
            "gateway_responses": body.get("x-amazon-apigateway-gateway-responses") or {},
        }

    def update(self, making: Making, current: Resource) -> Made:
        self.tools.gateway.update_rest_api(current.physical_id, **self._arguments(making))
        return self._made(current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.tools.gateway.delete_rest_api(resource.physical_id)


class DeploymentProvider(Provider):
    """``AWS::ApiGateway::Deployment``: a snapshot of the API, and a stage when ``StageName`` is given."""

    def create(self, making: Making) -> Made:
        api = str(making.get("RestApiId"))
        deployment = str(
            self.tools.gateway.create_deployment(
                api, description=str(making.get("Description") or ""), stage_name=making.get("StageName")
            )
        )
        return Made(deployment, {"DeploymentId": deployment})

    def update(self, making: Making, current: Resource) -> Made:
        if making.get("StageName") and making.get("StageName") != current.properties.get("StageName"):
            self.tools.gateway.put_stage(
                str(making.get("RestApiId")), str(making.get("StageName")), current.physical_id
            )
        return Made(current.physical_id, current.attributes)

    def delete(self, resource: Resource) -> None:
        with suppress(CloudError):  # the stage that it was made with still serves it, and goes with the API
            self.tools.gateway.delete_deployment(str(resource.properties["RestApiId"]), resource.physical_id)


class StageProvider(Provider):
    """``AWS::ApiGateway::Stage``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = str(making.get("StageName") or "default")
        self.tools.gateway.put_stage(
            str(making.get("RestApiId")),
            name,
            str(making.get("DeploymentId")),
            variables=making.get("Variables") or {},
            method_settings=making.get("MethodSettings") or [],
            tracing=str(making.get("TracingEnabled", "false")).lower() == "true",
        )
        arn = f"arn:aws:apigateway:{self.tools.region}::/restapis/{making.get('RestApiId')}/stages/{name}"
        return Made(name, {}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        self.tools.gateway.delete_stage(str(resource.properties["RestApiId"]), resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::ApiGateway::RestApi": resource_type(
        RestApiProvider,
        "",
        "",
        "Name Body Description EndpointConfiguration Parameters BinaryMediaTypes FailOnWarnings",
        "RestApiId RootResourceId",
    ),
    "AWS::ApiGateway::Deployment": resource_type(
        DeploymentProvider, "RestApiId", "RestApiId", "StageName Description", "DeploymentId"
    ),
    "AWS::ApiGateway::Stage": resource_type(
        StageProvider,
        "RestApiId",
        "RestApiId StageName",
        "DeploymentId Variables MethodSettings TracingEnabled Description Tags",
    ),
}
