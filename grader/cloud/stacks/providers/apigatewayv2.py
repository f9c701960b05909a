"""AWS::ApiGatewayV2::*: HTTP APIs, made in our own gateway."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.http.access_log import read_access_log
from grader.cloud.http.cors import read_cors
from grader.cloud.http.http_api.apis import HttpApi, HttpApis, StageSettings
from grader.cloud.http.http_api.authorizers import read_authorizer
from grader.cloud.http.http_api.integrations import read_integration
from grader.cloud.http.http_api.issuers import UnknownIssuer
from grader.cloud.http.http_api.parts import HttpApiParts
from grader.cloud.http.http_api.routes import (
    DEFAULT,
    AuthorizationType,
    Authorizer,
    HttpIntegration,
    JwtAuthorizer,
    Route,
    checked_key,
)
from grader.cloud.http.openapi import ROUTE_SETTINGS, VARIABLES, check
from grader.cloud.http.throttle import Limit, read_limit
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.apigateway import truth
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

TYPES_OF_AUTHORIZATION = ("NONE", "JWT", "CUSTOM", "AWS_IAM")


class HttpProvider(Provider):
    """What makes parts of HTTP APIs."""

    @property
    def apis(self) -> HttpApis:
        """The account's HTTP APIs."""
        apis: HttpApis = self.tools.gateway.http_apis
        return apis

    @property
    def parts(self) -> HttpApiParts:
        """Changes APIs part by part."""
        return HttpApiParts(self.apis)


class ApiProvider(HttpProvider):
    """``AWS::ApiGatewayV2::Api``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        api = self.apis.create(making.get("Name") or "", making.get("Body"), **self._settings(making))
        if making.get("Target"):
            self._quick(making, api)
        return self._made(api)

    def _settings(self, making: Making) -> dict[str, Any]:
        body = making.get("Body")
        if str(making.get("ProtocolType") or "HTTP") != "HTTP":
            feature = f"WebSocket APIs (AWS::ApiGatewayV2::Api.ProtocolType {making.get('ProtocolType')})"
            raise NotSupported(feature, making.logical_id)
        if not body and not making.get("Name"):
            raise ResourceFailure("Name is a required parameter of an API without a Body")
        cors = making.get("CorsConfiguration")
        info = (body or {}).get("info") or {}
        return {
            "cors": read_cors(cors) if cors else None,
            "description": str(making.get("Description") or info.get("description") or ""),
            "fail_on_warnings": truth(making.get("FailOnWarnings")),
            "disabled": truth(making.get("DisableExecuteApiEndpoint")),
        }

    def _quick(self, making: Making, api: HttpApi) -> None:
        """Quick create: one function, one route, a ``$default`` stage that deploys by itself."""
        written = {"type": "AWS_PROXY", "uri": str(making.get("Target")), "payloadFormatVersion": "2.0"}
        integration = read_integration(self.apis.ids.lower(7), written, making.logical_id)
        self.parts.put_integration(api.id, integration)
        key = checked_key(str(making.get("RouteKey") or DEFAULT))
        self.parts.put_route(api.id, Route(self.apis.ids.lower(7), key, integration))
        self.apis.put_stage(api.id, DEFAULT, StageSettings(auto_deploy=True))

    def _made(self, api: HttpApi) -> Made:
        address = f"https://{api.id}.execute-api.{self.tools.region}.amazonaws.com"
        arn = f"arn:aws:apigateway:{self.tools.region}::/apis/{api.id}"
        return Made(api.id, {"ApiId": api.id, "ApiEndpoint": address}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        name = making.get("Name") or ""
        return self._made(self.apis.update(current.physical_id, name, making.get("Body"), **self._settings(making)))

    def delete(self, resource: Resource) -> None:
        self.apis.delete(resource.physical_id)
        self.tools.gateway.authorizers.flush(resource.physical_id)


class StageProvider(HttpProvider):
    """``AWS::ApiGatewayV2::Stage``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        api, name = str(making.get("ApiId")), str(making.get("StageName"))
        self.apis.put_stage(api, name, _stage_settings(making), making.get("DeploymentId"))
        return Made(name, {}, f"arn:aws:apigateway:{self.tools.region}::/apis/{api}/stages/{name}")

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        self.apis.delete_stage(str(resource.properties["ApiId"]), resource.physical_id)


def _stage_settings(making: Making) -> StageSettings:
    default = making.get("DefaultRouteSettings") or {}
    routes = making.get("RouteSettings") or {}
    check(ROUTE_SETTINGS, routes, "RouteSettings: ")
    check(VARIABLES, making.get("StageVariables") or {}, "StageVariables: ")
    limits: dict[str, Limit] = {}
    for key, settings in routes.items():
        if (limit := read_limit(settings)) is not None:
            limits[key] = limit
    return StageSettings(
        auto_deploy=truth(making.get("AutoDeploy")),
        variables=making.get("StageVariables") or {},
        default_limit=read_limit(default),
        limits=limits,
        detailed_metrics=truth(default.get("DetailedMetricsEnabled")),
        access_log=read_access_log(making.get("AccessLogSettings")),
        description=str(making.get("Description") or ""),
    )


class DeploymentProvider(HttpProvider):
    """``AWS::ApiGatewayV2::Deployment``."""

    def create(self, making: Making) -> Made:
        api = str(making.get("ApiId"))
        made = self.apis.deploy(api, making.get("StageName"), str(making.get("Description") or ""))
        return Made(made.id, {"DeploymentId": made.id})

    def update(self, making: Making, current: Resource) -> Made:
        return Made(current.physical_id, current.attributes)

    def delete(self, resource: Resource) -> None:
        with suppress(CloudError):  # the stage that it was made with still serves it, and goes with the API
            self.apis.delete_deployment(str(resource.properties["ApiId"]), resource.physical_id)


class IntegrationProvider(HttpProvider):
    """``AWS::ApiGatewayV2::Integration``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._put(making, self.apis.ids.lower(7))

    def _put(self, making: Making, identity: str) -> Made:
        self.parts.put_integration(
            str(making.get("ApiId")), read_integration(identity, _camel(making.properties), making.logical_id)
        )
        return Made(identity, {"IntegrationId": identity})

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.parts.delete_integration(str(resource.properties["ApiId"]), resource.physical_id)


class AuthorizerProvider(HttpProvider):
    """``AWS::ApiGatewayV2::Authorizer``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._put(making, self.apis.ids.lower(6))

    def _put(self, making: Making, identity: str) -> Made:
        authorizer = read_authorizer(identity, str(making.get("Name")), _camel(making.properties))
        if isinstance(authorizer, JwtAuthorizer):
            try:
                self.apis.issuers.check(authorizer.issuer)
            except UnknownIssuer as unknown:
                raise ResourceFailure(str(unknown)) from unknown
        self.parts.put_authorizer(str(making.get("ApiId")), authorizer)
        return Made(identity, {"AuthorizerId": identity})

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.parts.delete_authorizer(str(resource.properties["ApiId"]), resource.physical_id)


class RouteProvider(HttpProvider):
    """``AWS::ApiGatewayV2::Route``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._put(making, self.apis.ids.lower(7))

    def _put(self, making: Making, identity: str) -> Made:
        api = self.apis.get(str(making.get("ApiId")))
        kind = str(making.get("AuthorizationType") or "NONE")
        if kind not in TYPES_OF_AUTHORIZATION:
            raise ResourceFailure(f"Invalid AuthorizationType specified: {kind}")
        authorization: AuthorizationType = kind  # type: ignore[assignment]  # checked above
        route = Route(
            identity,
            checked_key(str(making.get("RouteKey"))),
            self._integration(api, making),
            authorization,
            self._authorizer(api, making, kind),
            tuple(making.get("AuthorizationScopes") or ()),
        )
        self.parts.put_route(api.id, route)
        return Made(identity, {"RouteId": identity})

    def _integration(self, api: HttpApi, making: Making) -> HttpIntegration | None:
        target = making.get("Target")
        if not target:
            return None
        found = api.definition.integrations.get(str(target).removeprefix("integrations/"))
        if found is None or not str(target).startswith("integrations/"):
            raise ResourceFailure(f"Invalid Target: {target}. It must be integrations/<integration id> of this API")
        return found

    def _authorizer(self, api: HttpApi, making: Making, kind: str) -> Authorizer | None:
        if kind not in ("JWT", "CUSTOM"):
            return None
        found = api.definition.authorizers.get(str(making.get("AuthorizerId")))
        if found is None or isinstance(found, JwtAuthorizer) != (kind == "JWT"):
            raise ResourceFailure(f"Invalid Authorizer Id for AuthorizationType {kind}")
        return found

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.parts.delete_route(str(resource.properties["ApiId"]), resource.physical_id)


def _camel(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name[0].lower()}{name[1:]}": value for name, value in properties.items()}


TYPES: dict[str, ResourceType] = {
    "AWS::ApiGatewayV2::Api": resource_type(
        ApiProvider,
        "",
        "ProtocolType",
        "Name Body CorsConfiguration Description DisableExecuteApiEndpoint FailOnWarnings Version Target RouteKey Tags",
        "ApiId ApiEndpoint",
        tags="map",
    ),
    "AWS::ApiGatewayV2::Stage": resource_type(
        StageProvider,
        "ApiId StageName",
        "ApiId StageName",
        "AutoDeploy DeploymentId DefaultRouteSettings RouteSettings StageVariables AccessLogSettings Description Tags",
        tags="map",
    ),
    "AWS::ApiGatewayV2::Deployment": resource_type(
        DeploymentProvider, "ApiId", "ApiId StageName", "Description", "DeploymentId"
    ),
    "AWS::ApiGatewayV2::Integration": resource_type(
        IntegrationProvider,
        "ApiId IntegrationType",
        "ApiId",
        "IntegrationType IntegrationUri IntegrationMethod PayloadFormatVersion TimeoutInMillis Description "
        "ConnectionType",
        "IntegrationId",
    ),
    "AWS::ApiGatewayV2::Authorizer": resource_type(
        AuthorizerProvider,
        "ApiId AuthorizerType Name",
        "ApiId",
        "AuthorizerType Name IdentitySource JwtConfiguration AuthorizerUri AuthorizerPayloadFormatVersion "
        "AuthorizerResultTtlInSeconds EnableSimpleResponses AuthorizerCredentialsArn",
        "AuthorizerId",
    ),
    "AWS::ApiGatewayV2::Route": resource_type(
        RouteProvider,
        "ApiId RouteKey",
        "ApiId",
        "RouteKey Target AuthorizationType AuthorizerId AuthorizationScopes OperationName",
        "RouteId",
    ),
}
