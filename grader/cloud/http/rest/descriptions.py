"""REST APIs and their parts as API Gateway's own API describes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from grader.cloud.http.lambda_authorizer import IdentitySource, LambdaAuthorizer
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.resources import Integration, Method, Resource
from grader.cloud.http.rest.stages import Deployment, Stage
from grader.cloud.http.rest.usage_plans import ApiKey, UsagePlan
from grader.cloud.http.throttle import ACCOUNT_BURST, ACCOUNT_RATE, Limit, read_limit

_PLACES = {"query": "querystring", "header": "header", "path": "path"}


def moment(seconds: float) -> datetime:
    """A moment of the clock as the service's serialiser wants it."""
    return datetime.fromtimestamp(seconds, UTC)


def described_api(api: RestApi) -> dict[str, Any]:
    """``GetRestApi``."""
    described: dict[str, Any] = {
        "id": api.id,
        "name": api.name,
        "createdDate": moment(api.created),
        "apiKeySource": api.definition.api_key_source,
        "endpointConfiguration": {"types": [api.endpoint_type]},
        "disableExecuteApiEndpoint": False,
        "rootResourceId": api.definition.resources["/"].id,
        "tags": {},
    }
    if api.description:
        described["description"] = api.description
    if api.definition.binary_media_types:
        described["binaryMediaTypes"] = list(api.definition.binary_media_types)
    return described


def described_resource(api: RestApi, resource: Resource, uri_prefix: str, embed: bool) -> dict[str, Any]:
    """``GetResource``; with ``embed`` the methods in full."""
    described: dict[str, Any] = {"id": resource.id, "path": resource.path}
    if resource.path != "/":
        above, _, part = resource.path.rpartition("/")
        described |= {"parentId": api.definition.resources[above or "/"].id, "pathPart": part}
    if resource.methods:
        described["resourceMethods"] = {
            verb: described_method(resource, method, uri_prefix) if embed else {}
            for verb, method in resource.methods.items()
        }
    return described


def described_method(resource: Resource, method: Method, uri_prefix: str) -> dict[str, Any]:
    """``GetMethod``."""
    described: dict[str, Any] = {
        "httpMethod": method.verb,
        "authorizationType": method.authorization,
        "apiKeyRequired": method.api_key_required,
    }
    if method.authorizer is not None:
        described["authorizerId"] = method.authorizer.id
    if method.rules.required:
        described["requestParameters"] = {
            f"method.request.{_PLACES[place]}.{name}": True for place, name in method.rules.required
        }
    if method.integration is not None:
        described["methodIntegration"] = described_integration(resource, method.integration, uri_prefix)
    return described


def described_integration(resource: Resource, integration: Integration, uri_prefix: str) -> dict[str, Any]:
    """``GetIntegration``."""
    described: dict[str, Any] = {
        "type": integration.type,
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": integration.timeout_ms,
        "cacheNamespace": resource.id,
        "cacheKeyParameters": [],
    }
    if integration.function is not None:
        described |= {"uri": f"{uri_prefix}{integration.function}/invocations", "httpMethod": integration.http_method}
    if integration.credentials:
        described["credentials"] = integration.credentials
    if integration.request_templates:
        described["requestTemplates"] = dict(integration.request_templates)
    return described


def described_stage(stage: Stage) -> dict[str, Any]:
    """``GetStage``."""
    settings = stage.settings
    described: dict[str, Any] = {
        "stageName": stage.name,
        "deploymentId": stage.deployment.id,
        "createdDate": moment(stage.created),
        "lastUpdatedDate": moment(stage.changed),
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "tracingEnabled": settings.tracing,
        "methodSettings": {_setting_key(one): _setting(one) for one in settings.method_settings},
        "variables": dict(stage.variables),
        "tags": dict(settings.tags),
    }
    if settings.description:
        described["description"] = settings.description
    if settings.access_log is not None:
        described["accessLogSettings"] = {"format": settings.access_log.format}
    return described


def _setting_key(setting: Any) -> str:
    """``*/*``, or ``~1hello/GET`` for one method."""
    path = str(setting.get("ResourcePath", "/*")).replace("~1", "/").replace("//", "/")
    verb = str(setting.get("HttpMethod", "*"))
    return f"*/{verb}" if path in ("/*", "*") else f"{path.replace('/', '~1')}/{verb}"


def _setting(setting: Any) -> dict[str, Any]:
    limit = read_limit(setting) or Limit(ACCOUNT_RATE, ACCOUNT_BURST)
    return {
        "metricsEnabled": str(setting.get("MetricsEnabled", "false")).lower() == "true",
        "loggingLevel": str(setting.get("LoggingLevel", "OFF")),
        "dataTraceEnabled": str(setting.get("DataTraceEnabled", "false")).lower() == "true",
        "throttlingRateLimit": limit.rate,
        "throttlingBurstLimit": limit.burst,
        "cachingEnabled": False,
    }


def described_deployment(deployment: Deployment) -> dict[str, Any]:
    """``GetDeployment``."""
    return {
        "id": deployment.id,
        "description": deployment.description,
        "createdDate": moment(deployment.created),
    }


def described_authorizer(authorizer: LambdaAuthorizer, uri_prefix: str) -> dict[str, Any]:
    """``GetAuthorizer``."""
    described: dict[str, Any] = {
        "id": authorizer.id,
        "name": authorizer.name,
        "type": authorizer.kind,
        "authType": "custom",
        "authorizerUri": f"{uri_prefix}{authorizer.function}/invocations",
        "identitySource": ", ".join(_written(source) for source in authorizer.sources),
        "authorizerResultTtlInSeconds": authorizer.ttl,
    }
    if authorizer.validation:
        described["identityValidationExpression"] = authorizer.validation
    return described


def _written(source: IdentitySource) -> str:
    prefix = "method.request." if source.place in ("header", "querystring") else ""
    return f"{prefix}{source.place}.{source.name}"


def described_key(key: ApiKey, with_value: bool) -> dict[str, Any]:
    """``GetApiKey``."""
    described = {
        "id": key.id,
        "name": key.name,
        "enabled": key.enabled,
        "createdDate": moment(key.created),
        "lastUpdatedDate": moment(key.created),
        "stageKeys": [],
    }
    if key.description:
        described["description"] = key.description
    return {**described, "value": key.value} if with_value else described


def described_plan(plan: UsagePlan) -> dict[str, Any]:
    """``GetUsagePlan``."""
    described: dict[str, Any] = {
        "id": plan.id,
        "name": plan.name,
        "apiStages": [
            {
                "apiId": stage.api_id,
                "stage": stage.name,
                "throttle": {method: _limit(limit) for method, limit in stage.methods.items()},
            }
            for stage in plan.stages
        ],
    }
    if plan.description:
        described["description"] = plan.description
    if plan.limit is not None:
        described["throttle"] = _limit(plan.limit)
    if plan.quota is not None:
        described["quota"] = {"limit": plan.quota.limit, "offset": plan.quota.offset, "period": plan.quota.period}
    return described


def _limit(limit: Limit) -> dict[str, Any]:
    return {"rateLimit": limit.rate, "burstLimit": limit.burst}
