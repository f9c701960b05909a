"""A REST API's definition, read from a Swagger 2.0 or OpenAPI 3 body with API Gateway's extensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.lambda_authorizer import LambdaAuthorizer
from grader.cloud.http.openapi import VERBS, check_document
from grader.cloud.http.rest.gateway_responses import GatewayResponse, read_gateway_responses
from grader.cloud.http.rest.models import Models, read_models
from grader.cloud.http.rest.operations import LONGEST_WAIT_MS, Operations
from grader.cloud.http.rest.request_rules import Validator
from grader.cloud.http.rest.resources import Method, Resource, paths_with_parents
from grader.cloud.http.rest.security import read_security_schemes
from grader.cloud.ids import Ids


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
    policy
        The resource policy; None when anybody may call.
    api_key_source
        ``HEADER`` (``x-api-key``) or ``AUTHORIZER`` (its ``usageIdentifierKey``).
    """

    title: str
    resources: Mapping[str, Resource]
    binary_media_types: tuple[str, ...] = ()
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    authorizers: Mapping[str, LambdaAuthorizer] = field(default_factory=dict)
    validators: Mapping[str, Validator] = field(default_factory=dict)
    models: Models = field(default_factory=Models)
    policy: Mapping[str, Any] | None = None
    api_key_source: str = "HEADER"

    def with_resource(self, resource: Resource) -> Definition:
        """The definition with a resource added or replaced."""
        return replace(self, resources={**self.resources, resource.path: resource})

    def resolved(self) -> Definition:
        """The definition with every reference of its methods followed, as a deployment freezes it.

        Raises
        ------
        GatewayRefusal
            When a method names an authorizer, a validator or a model that is not there.
        """
        resources = {
            path: replace(one, methods={verb: self._resolved(method) for verb, method in one.methods.items()})
            for path, one in self.resources.items()
        }
        return replace(self, resources=resources)

    def _resolved(self, method: Method) -> Method:
        wanted = method.references
        if wanted is None:
            return method
        authorizer = next((one for one in self.authorizers.values() if one.id == wanted.authorizer_id), None)
        if wanted.authorizer_id and authorizer is None:
            raise bad_request("Invalid authorizer ID specified. Setting the authorization type to CUSTOM requires one.")
        if wanted.validator_id and wanted.validator_id not in self.validators:
            raise bad_request("Invalid Request Validator identifier specified")
        models = {kind: self.models.named(name) for kind, name in wanted.models.items()}
        validator = self.validators[wanted.validator_id] if wanted.validator_id else Validator()
        return replace(method, authorizer=authorizer, rules=replace(method.rules, validator=validator, models=models))


def read_definition(
    body: Mapping[str, Any],
    ids: Ids,
    binary_media_types: tuple[str, ...] = (),
    gateway_responses: Mapping[str, Any] | None = None,
    before: Definition | None = None,
    longest_wait_ms: int = LONGEST_WAIT_MS,
) -> Definition:
    """Read an OpenAPI body whose intrinsic functions are resolved.

    Parameters
    ----------
    binary_media_types
        Further types; ``image~1png`` means ``image/png``, as CloudFormation writes it.
    gateway_responses
        Further gateway responses, in the body extension's form.
    before
        The definition that this one replaces: what stays keeps its id.
    longest_wait_ms
        The account's quota for ``timeoutInMillis``.

    Raises
    ------
    GatewayRefusal
        When API Gateway would refuse to import it.
    NotSupported
        For a feature that is not imitated.
    """
    check_document(body)
    if "x-amazon-apigateway-minimum-compression-size" in body:
        raise NotSupported("x-amazon-apigateway-minimum-compression-size")
    schemes = read_security_schemes(body, ids, before.authorizers if before else {})
    validators = read_validators(body.get("x-amazon-apigateway-request-validators") or {})
    models = read_models(body)
    operations = Operations(body, schemes, validators, models, longest_wait_ms)
    types = (*body.get("x-amazon-apigateway-binary-media-types", ()), *binary_media_types)
    responses = {**body.get("x-amazon-apigateway-gateway-responses", {}), **(gateway_responses or {})}
    return Definition(
        title=str(body.get("info", {}).get("title", "")),
        resources=_resources(body.get("paths") or {}, operations, ids, before),
        binary_media_types=tuple(dict.fromkeys(str(kind).replace("~1", "/") for kind in types)),
        gateway_responses=read_gateway_responses(responses),
        authorizers=schemes.authorizers,
        validators=validators,
        models=models,
        policy=body.get("x-amazon-apigateway-policy"),
        api_key_source=str(body.get("x-amazon-apigateway-api-key-source", "HEADER")).upper(),
    )


def _resources(
    paths: Mapping[str, Any], operations: Operations, ids: Ids, before: Definition | None
) -> dict[str, Resource]:
    known = dict(before.resources) if before else {}
    found = {}
    for path in paths_with_parents([_checked_path(path) for path in paths]):
        identity = known[path].id if path in known else ids.lower(6)
        item = paths.get(path) or paths.get(path + "/") or {}
        found[path] = Resource(identity, path, _methods(operations, path, item))
    return found


def _checked_path(path: str) -> str:
    if not path.startswith("/"):
        raise bad_request(
            f"Errors found during import:\n\tUnable to create resource at path '{path}': A path starts with '/'."
        )
    return path


def _methods(operations: Operations, path: str, item: Mapping[str, Any]) -> dict[str, Method]:
    methods = {}
    for verb in VERBS:
        if verb in item:
            name = "ANY" if verb.startswith("x-") else verb.upper()
            methods[name] = operations.read(name, path, item[verb] or {}, item.get("parameters") or ())
    return methods


def read_validators(declared: Mapping[str, Any]) -> dict[str, Validator]:
    """Request validators by name."""
    return {
        name: Validator(bool(one.get("validateRequestParameters")), bool(one.get("validateRequestBody")))
        for name, one in declared.items()
    }
