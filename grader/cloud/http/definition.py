"""A REST API's definition, read from a Swagger 2.0 or OpenAPI 3 body with API Gateway's extensions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.api_keys import refuse_api_keys
from grader.cloud.http.authorizers import refuse_authorizers
from grader.cloud.http.errors import bad_request
from grader.cloud.http.gateway_responses import GatewayResponse, read_gateway_responses
from grader.cloud.http.resources import Integration, Method, Resource, paths_with_parents
from grader.cloud.ids import Ids

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
_FUNCTION = re.compile(r"arn:[^:]+:apigateway:[^:]+:lambda:path/2015-03-31/functions/(?P<arn>.+)/invocations")
_UNSUPPORTED = (
    "x-amazon-apigateway-policy",
    "x-amazon-apigateway-request-validator",
    "x-amazon-apigateway-api-key-source",
    "x-amazon-apigateway-minimum-compression-size",
)
_UNSUPPORTED_INTEGRATION = ("credentials", "connectionId", "cacheKeyParameters", "tlsConfig", "contentHandling")


@dataclass(frozen=True)
class Definition:
    """What an API is at one moment; a deployment is a snapshot of it.

    Attributes
    ----------
    resources
        The resources by path.
    binary_media_types
        Media types whose bodies travel as base64.
    gateway_responses
        The API's own versions of the gateway's answers, by response type.
    """

    title: str
    resources: Mapping[str, Resource]
    binary_media_types: tuple[str, ...] = ()
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)


def read_definition(
    body: Mapping[str, Any],
    ids: Ids,
    binary_media_types: tuple[str, ...] = (),
    gateway_responses: Mapping[str, Any] | None = None,
    before: Definition | None = None,
) -> Definition:
    """Read an OpenAPI body whose intrinsic functions are resolved.

    Parameters
    ----------
    binary_media_types
        Further types; ``image~1png`` means ``image/png``, as CloudFormation writes it.
    gateway_responses
        Further gateway responses, in the body extension's form.
    before
        The definition that this one replaces: paths that stay keep their resource ids.

    Raises
    ------
    GatewayRefusal
        When API Gateway would refuse to import it.
    NotSupported
        For a feature that is not imitated.
    """
    for key in _UNSUPPORTED:
        if key in body:
            raise NotSupported(key)
    paths = body.get("paths") or {}
    known = dict(before.resources) if before else {}
    resources = {}
    for path in paths_with_parents([_checked_path(path) for path in paths]):
        identity = known[path].id if path in known else ids.lower(6)
        resources[path] = Resource(identity, path, _methods(body, path, paths.get(path) or paths.get(path + "/") or {}))
    types = (*body.get("x-amazon-apigateway-binary-media-types", ()), *binary_media_types)
    responses = {**body.get("x-amazon-apigateway-gateway-responses", {}), **(gateway_responses or {})}
    return Definition(
        title=str(body.get("info", {}).get("title", "")),
        resources=resources,
        binary_media_types=tuple(dict.fromkeys(str(kind).replace("~1", "/") for kind in types)),
        gateway_responses=read_gateway_responses(responses),
    )


def _checked_path(path: str) -> str:
    if not path.startswith("/"):
        raise bad_request(
            f"Errors found during import:\n\tUnable to create resource at path '{path}': A path starts with '/'."
        )
    return path


def _methods(body: Mapping[str, Any], path: str, item: Mapping[str, Any]) -> dict[str, Method]:
    methods = {}
    for verb in VERBS:
        if verb in item:
            name = "ANY" if verb.startswith("x-") else verb.upper()
            methods[name] = _method(body, name, path, item[verb] or {})
    return methods


def _method(body: Mapping[str, Any], verb: str, path: str, operation: Mapping[str, Any]) -> Method:
    where = f"{verb} {path}"
    components = body.get("components") or {}
    schemes = body.get("securityDefinitions") or components.get("securitySchemes") or {}
    requirements = operation.get("security", body.get("security", [])) or []
    refuse_api_keys(schemes, requirements, where)
    refuse_authorizers(schemes, requirements, where)
    for key in ("x-amazon-apigateway-request-validator", "x-amazon-apigateway-auth"):
        if operation.get(key) not in (None, {"type": "NONE"}):
            raise NotSupported(key, where)
    integration = operation.get("x-amazon-apigateway-integration")
    return Method(verb, _integration(integration, where) if integration else None)


def _integration(integration: Mapping[str, Any], where: str) -> Integration:
    kind = str(integration.get("type", "")).upper()
    for key in _UNSUPPORTED_INTEGRATION:
        if integration.get(key):
            raise NotSupported(f"Integration.{key}", where)
    if integration.get("responseTransferMode", "BUFFERED") != "BUFFERED":
        raise NotSupported("Integration.responseTransferMode STREAM", where)
    if kind == "MOCK":
        return Integration(
            "MOCK",
            request_templates=integration.get("requestTemplates") or {},
            responses=integration.get("responses") or {},
        )
    if kind != "AWS_PROXY":
        raise NotSupported(f"Integration.type {kind or 'missing'}", where, "Use aws_proxy: SAM's Api event does.")
    return Integration("AWS_PROXY", _function_of(integration, where), _timeout(integration))


def _function_of(integration: Mapping[str, Any], where: str) -> str:
    uri = str(integration.get("uri", ""))
    found = _FUNCTION.fullmatch(uri)
    if found is None:
        raise bad_request(
            f"Errors found during import:\n\tUnable to put integration on '{where}': Invalid ARN specified"
            f" in the request: {uri}"
        )
    return found["arn"]


def _timeout(integration: Mapping[str, Any]) -> int:
    timeout = int(integration.get("timeoutInMillis", 29_000))
    if not 50 <= timeout <= 29_000:
        # Regional and private APIs may ask AWS for more, as a quota of the account; ours has the default quota.
        raise bad_request("Timeout should be between 50 ms and 29000 ms")
    return timeout
