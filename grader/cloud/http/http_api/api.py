"""What API Gateway's own API reads of HTTP APIs. Templates make and change APIs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from grader.cloud.door.responder import Action, Parameters
from grader.cloud.http.cors import described_cors
from grader.cloud.http.errors import not_found
from grader.cloud.http.gateway import Gateway
from grader.cloud.http.http_api.apis import Deployment, HttpApi, HttpStage
from grader.cloud.http.http_api.routes import Authorizer, HttpIntegration, JwtAuthorizer, Route
from grader.cloud.http.lambda_authorizer import IdentitySource
from grader.cloud.http.paging import in_aws_words, page_of
from grader.cloud.http.throttle import Limit


class HttpApiApi:
    """Operations of ``apigatewayv2`` by name.

    Parameters
    ----------
    gateway
        What exists.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._uri = f"arn:aws:apigateway:{gateway.region}:lambda:path/2015-03-31/functions/"

    @property
    def actions(self) -> dict[str, Action]:
        """What answers which operation."""
        return in_aws_words(
            {
                "GetApis": lambda given: _page(self._described, list(self._gateway.http_apis), given),
                "GetApi": lambda given: self._described(self._api(given)),
                "GetStages": lambda given: _page(_stage, list(self._api(given).stages.values()), given),
                "GetStage": lambda given: _stage(
                    self._gateway.http_apis.stage(str(given["ApiId"]), str(given["StageName"]))
                ),
                "GetRoutes": lambda given: _page(_route, self._api(given).definition.routes, given),
                "GetRoute": lambda given: _route(
                    _named(self._api(given).definition.routes, str(given["RouteId"]), "Route")
                ),
                "GetIntegrations": lambda given: _page(
                    _integration, list(self._api(given).definition.integrations.values()), given
                ),
                "GetIntegration": lambda given: _integration(
                    _named(
                        self._api(given).definition.integrations.values(), str(given["IntegrationId"]), "Integration"
                    )
                ),
                "GetAuthorizers": lambda given: _page(
                    self._authorizer, list(self._api(given).definition.authorizers.values()), given
                ),
                "GetAuthorizer": lambda given: self._authorizer(
                    _named(self._api(given).definition.authorizers.values(), str(given["AuthorizerId"]), "Authorizer")
                ),
                "GetDeployments": lambda given: _page(_deployment, list(self._api(given).deployments.values()), given),
                "GetDomainNames": lambda given: {"Items": []},
            }
        )

    def _api(self, given: Parameters) -> HttpApi:
        return self._gateway.http_apis.get(str(given["ApiId"]))

    def _described(self, api: HttpApi) -> dict[str, Any]:
        described: dict[str, Any] = {
            "ApiId": api.id,
            "Name": api.name,
            "ApiEndpoint": f"https://{api.id}.execute-api.{self._gateway.region}.amazonaws.com",
            "ApiKeySelectionExpression": "$request.header.x-api-key",
            "RouteSelectionExpression": "$request.method $request.path",
            "ProtocolType": "HTTP",
            "CreatedDate": _moment(api.created),
            "DisableExecuteApiEndpoint": api.disabled,
            "Tags": {},
        }
        if api.description:
            described["Description"] = api.description
        if api.definition.cors is not None:
            described["CorsConfiguration"] = described_cors(api.definition.cors)
        return described

    def _authorizer(self, authorizer: Authorizer) -> dict[str, Any]:
        described: dict[str, Any] = {"AuthorizerId": authorizer.id, "Name": authorizer.name}
        if isinstance(authorizer, JwtAuthorizer):
            jwt = {"Audience": list(authorizer.audience), "Issuer": authorizer.issuer}
            return {
                **described,
                "AuthorizerType": "JWT",
                "IdentitySource": [_source(authorizer.source)],
                "JwtConfiguration": jwt,
            }
        return {
            **described,
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": f"{self._uri}{authorizer.function}/invocations",
            "AuthorizerPayloadFormatVersion": authorizer.payload,
            "EnableSimpleResponses": authorizer.simple,
            "AuthorizerResultTtlInSeconds": authorizer.ttl,
            "IdentitySource": [_source(source) for source in authorizer.sources],
        }


def _page(description: Callable[[Any], dict[str, Any]], items: Sequence[Any], given: Parameters) -> dict[str, Any]:
    found, following = page_of(items, given)
    page: dict[str, Any] = {"Items": [description(item) for item in found]}
    return {**page, "NextToken": following} if following else page


def _named(items: Any, wanted: str, kind: str) -> Any:
    found = next((item for item in items if item.id == wanted), None)
    if found is None:
        raise not_found(f"Invalid {kind} identifier specified")
    return found


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stage(stage: HttpStage) -> dict[str, Any]:
    settings = stage.settings
    default: dict[str, Any] = {"DetailedMetricsEnabled": settings.detailed_metrics, **_limit(settings.default_limit)}
    described: dict[str, Any] = {
        "StageName": stage.name,
        "AutoDeploy": settings.auto_deploy,
        "CreatedDate": _moment(stage.created),
        "LastUpdatedDate": _moment(stage.created),
        "DefaultRouteSettings": default,
        "RouteSettings": {key: _limit(limit) for key, limit in settings.limits.items()},
        "StageVariables": dict(stage.variables),
        "Tags": {},
    }
    if stage.deployment is not None:
        described["DeploymentId"] = stage.deployment.id
    if settings.description:
        described["Description"] = settings.description
    if settings.access_log is not None:
        described["AccessLogSettings"] = {"Format": settings.access_log.format}
    return described


def _limit(limit: Limit | None) -> dict[str, Any]:
    return {} if limit is None else {"ThrottlingRateLimit": limit.rate, "ThrottlingBurstLimit": limit.burst}


def _route(route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "RouteId": route.id,
        "RouteKey": route.key,
        "AuthorizationType": route.authorization,
        "ApiKeyRequired": False,
    }
    if route.integration is not None:
        described["Target"] = f"integrations/{route.integration.id}"
    if route.authorizer is not None:
        described["AuthorizerId"] = route.authorizer.id
    if route.scopes:
        described["AuthorizationScopes"] = list(route.scopes)
    return described


def _integration(integration: HttpIntegration) -> dict[str, Any]:
    return {
        "IntegrationId": integration.id,
        "IntegrationType": "AWS_PROXY",
        "IntegrationMethod": "POST",
        "IntegrationUri": integration.function,
        "ConnectionType": "INTERNET",
        "PayloadFormatVersion": integration.payload,
        "TimeoutInMillis": integration.timeout_ms,
    }


def _deployment(deployment: Deployment) -> dict[str, Any]:
    return {
        "DeploymentId": deployment.id,
        "DeploymentStatus": "DEPLOYED",
        "CreatedDate": _moment(deployment.created),
        "Description": deployment.description,
        "AutoDeployed": False,
    }


def _source(source: IdentitySource) -> str:
    prefix = "$request." if source.place in ("header", "querystring") else "$"
    return f"{prefix}{source.place}.{source.name}"
