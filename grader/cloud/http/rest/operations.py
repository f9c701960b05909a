"""One operation of an OpenAPI body becomes a method: its integration, who may call it, what a request must bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.function_calls import function_of
from grader.cloud.http.openapi import parameters_of
from grader.cloud.http.rest.mock_integration import checked_mock
from grader.cloud.http.rest.models import Models
from grader.cloud.http.rest.request_rules import RequestRules, Validator, Where
from grader.cloud.http.rest.resources import Integration, Method
from grader.cloud.http.rest.security import SecuritySchemes

LONGEST_WAIT_MS = 29_000
CALLER = "arn:aws:iam::*:user/*"
_UNSUPPORTED = ("connectionId", "cacheKeyParameters", "tlsConfig", "contentHandling")
_PLACES: dict[str, Where] = {"query": "query", "header": "header", "path": "path"}


class Operations:
    """Reads operations.

    Parameters
    ----------
    body
        The document, for what holds for all its operations.
    longest_wait_ms
        The account's quota for ``timeoutInMillis``.
    """

    def __init__(
        self,
        body: Mapping[str, Any],
        schemes: SecuritySchemes,
        validators: Mapping[str, Validator],
        models: Models,
        longest_wait_ms: int,
    ) -> None:
        self._body = body
        self._schemes = schemes
        self._validators = validators
        self._models = models
        self._longest_wait_ms = longest_wait_ms

    def read(self, verb: str, path: str, operation: Mapping[str, Any], shared: Iterable[Mapping[str, Any]]) -> Method:
        """The method of an operation; ``shared`` are the parameters of its path.

        Raises
        ------
        GatewayRefusal
            In API Gateway's words.
        NotSupported
            For what is not imitated.
        """
        where = f"{verb} {path}"
        auth = operation.get("x-amazon-apigateway-auth") or {}
        if auth.get("type", "NONE") not in ("NONE", "AWS_IAM"):
            raise NotSupported(f"x-amazon-apigateway-auth {auth['type']}", where)
        security = self._schemes.of_method(operation.get("security", self._body.get("security", [])) or [], where)
        integration = operation.get("x-amazon-apigateway-integration")
        return Method(
            verb,
            read_integration(integration, where, self._longest_wait_ms) if integration else None,
            "AWS_IAM" if auth.get("type") == "AWS_IAM" else security.authorization,
            security.authorizer,
            security.api_key_required,
            self._rules(operation, parameters_of(self._body, [*shared, *operation.get("parameters", ())]), where),
        )

    def _rules(self, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]], where: str) -> RequestRules:
        name = operation.get(
            "x-amazon-apigateway-request-validator", self._body.get("x-amazon-apigateway-request-validator")
        )
        if name is not None and name not in self._validators:
            raise bad_request(f"Errors found during import:\n\tInvalid request validator '{name}' for '{where}'")
        required = tuple(
            (_PLACES[one["in"]], str(one["name"])) for one in parameters if one.get("required") and one["in"] in _PLACES
        )
        models, demanded = self._body_models(operation, parameters)
        return RequestRules(self._validators[name] if name else Validator(), required, models, demanded)

    def _body_models(
        self, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]]
    ) -> tuple[dict[str, Any], bool]:
        if content := (operation.get("requestBody") or {}).get("content"):
            demanded = bool(operation["requestBody"].get("required"))
            return {kind: self._models.schema(one.get("schema") or {}) for kind, one in content.items()}, demanded
        inside = next((one for one in parameters if one.get("in") == "body"), None)
        if inside is None:
            return {}, False
        kinds = operation.get("consumes") or self._body.get("consumes") or ["application/json"]
        schema = self._models.schema(inside.get("schema") or {})
        return dict.fromkeys(kinds, schema), bool(inside.get("required"))


def read_integration(integration: Mapping[str, Any], where: str, longest_wait_ms: int) -> Integration:
    """An integration as the body extension writes it, keys in camel case.

    Raises
    ------
    GatewayRefusal
        In API Gateway's words.
    NotSupported
        For the kinds that are not imitated: HTTP, HTTP_PROXY and AWS without proxy.
    """
    kind = str(integration.get("type", "")).upper()
    for key in _UNSUPPORTED:
        if integration.get(key):
            raise NotSupported(f"Integration.{key}", where)
    if integration.get("responseTransferMode", "BUFFERED") != "BUFFERED":
        raise NotSupported("Integration.responseTransferMode STREAM", where)
    if kind == "MOCK":
        templates, responses = integration.get("requestTemplates") or {}, integration.get("responses") or {}
        return checked_mock(Integration("MOCK", request_templates=templates, responses=responses))
    if kind != "AWS_PROXY":
        raise NotSupported(f"Integration.type {kind or 'missing'}", where, "Use aws_proxy: SAM's Api event does.")
    credentials = integration.get("credentials")
    if credentials not in (None, "", CALLER):
        raise NotSupported(f"Integration.credentials {credentials}", where, "Use a Lambda permission.")
    if not integration.get("httpMethod"):
        raise bad_request("Enumeration value for HttpMethod must be non-empty")
    return Integration(
        "AWS_PROXY",
        _function_of(integration, where),
        _timeout(integration, longest_wait_ms),
        str(integration["httpMethod"]).upper(),
        credentials or None,
    )


def _function_of(integration: Mapping[str, Any], where: str) -> str:
    uri = str(integration.get("uri", ""))
    arn = function_of(uri)
    if arn is None:
        raise bad_request(
            f"Errors found during import:\n\tUnable to put integration on '{where}': Invalid ARN specified"
            f" in the request: {uri}"
        )
    return arn


def _timeout(integration: Mapping[str, Any], longest_wait_ms: int) -> int:
    timeout = int(integration.get("timeoutInMillis", min(LONGEST_WAIT_MS, longest_wait_ms)))
    if not 50 <= timeout <= longest_wait_ms:
        raise bad_request(f"Timeout should be between 50 ms and {longest_wait_ms} ms")
    return timeout
