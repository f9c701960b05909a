"""The answers that API Gateway gives by itself: their status, body and headers, and an API's own versions of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.failure import Failure

MISSING_AUTHENTICATION_TOKEN = Failure(
    "MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"
)
FORBIDDEN = Failure("ACCESS_DENIED", 403, "Forbidden", "ForbiddenException")
UNAUTHORIZED = Failure("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")
IMPLICIT_DENY = Failure(
    "ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException", key="Message"
)
EXPLICIT_DENY = Failure(
    "ACCESS_DENIED",
    403,
    "User is not authorized to access this resource with an explicit deny in an identity-based policy",
    "AccessDeniedException",
    key="Message",
)
AUTHORIZER_CONFIGURATION = Failure("AUTHORIZER_CONFIGURATION_ERROR", 500, None, "AuthorizerConfigurationException")
INVALID_API_KEY = Failure("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException")
QUOTA_EXCEEDED = Failure("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException")
BAD_REQUEST_BODY = Failure("BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException", spaced=True)
THROTTLED = Failure("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")
REQUEST_TOO_LARGE = Failure("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException")
CONFIGURATION = Failure(
    "API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException", spaced=True
)
MALFORMED = Failure("DEFAULT_5XX", 502, "Internal server error", "InternalServerErrorException", spaced=True)
INTEGRATION_TIMEOUT = Failure(
    "INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException", spaced=True
)

# Every type that a template may name, so that a misspelled one is refused.
TYPES = frozenset(
    {
        "ACCESS_DENIED",
        "API_CONFIGURATION_ERROR",
        "AUTHORIZER_CONFIGURATION_ERROR",
        "AUTHORIZER_FAILURE",
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
        "EXPIRED_TOKEN",
        "INTEGRATION_FAILURE",
        "INTEGRATION_TIMEOUT",
        "INVALID_API_KEY",
        "INVALID_SIGNATURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "QUOTA_EXCEEDED",
        "REQUEST_TOO_LARGE",
        "RESOURCE_NOT_FOUND",
        "THROTTLED",
        "UNAUTHORIZED",
        "UNSUPPORTED_MEDIA_TYPE",
        "WAF_FILTERED",
    }
)
_VARIABLE = re.compile(r"\$context\.([A-Za-z.]+)")
_HEADER = "gatewayresponse.header."
_SOURCES = ("method.", "integration.", "context.", "stageVariables.")  # of mapping expressions


@dataclass(frozen=True)
class GatewayResponse:
    """An API's own version of one of the gateway's answers."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str | None = None
    content_type: str = "application/json"


def read_gateway_responses(declared: Mapping[str, Any]) -> dict[str, GatewayResponse]:
    """Read the ``x-amazon-apigateway-gateway-responses`` of a definition.

    Raises
    ------
    NotSupported
        For a type that does not exist, or a header that is neither a quoted constant nor a context variable.
    GatewayRefusal
        For a header's constant without its quotes.
    """
    return {kind: _read(kind, response or {}) for kind, response in declared.items()}


def refuse_bare(value: str) -> None:
    """Refuse what is neither a constant in quotes nor the name of something that a header can be taken from."""
    if not (value.startswith(_SOURCES) or (len(value) >= 2 and value[0] == value[-1] == "'")):
        words = f"Validation Result: warnings : [], errors : [Invalid mapping expression specified: {value}]"
        raise bad_request(
            f"Invalid mapping expression specified: {words}",
            next_step="A constant stands in single quotes of its own, inside those of YAML: \"'…'\".",
        )


def _read(kind: str, response: Mapping[str, Any]) -> GatewayResponse:
    if kind not in TYPES:
        raise NotSupported(f"gateway response type {kind}")
    headers = {}
    for name, value in (response.get("responseParameters") or {}).items():
        constant = len(value) >= 2 and value[0] == value[-1] == "'"
        if not name.startswith(_HEADER) or not (constant or value.startswith("context.")):
            refuse_bare(value)
            raise NotSupported(f"gateway response parameter {name}: {value}", kind)
        headers[name.removeprefix(_HEADER)] = value
    templates = dict(response.get("responseTemplates") or {})
    content_type, template = next(iter(templates.items()), ("application/json", None))
    status = response.get("statusCode")
    if status and not str(status).isdecimal():
        raise bad_request(f"Invalid status code specified: {status}")
    return GatewayResponse(int(status) if status else None, headers, template, content_type)


def render_failure(
    failure: Failure, own: Mapping[str, GatewayResponse], context: Mapping[str, str]
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer of the gateway's own.

    Parameters
    ----------
    own
        The API's own versions by type; ``DEFAULT_4XX`` and ``DEFAULT_5XX`` stand for the types not named.
    context
        What ``$context.…`` means in a template.
    """
    version = own.get(failure.type) or own.get(f"DEFAULT_{failure.status // 100}XX") or GatewayResponse()
    variables = {
        **context,
        "error.message": failure.message or "",
        "error.messageString": json.dumps(failure.message),
        "error.responseType": failure.type,
    }
    body = failure.body() if version.template is None else _fill(version.template, variables)
    headers = {"Content-Type": version.content_type}
    for name, value in version.headers.items():
        headers[name] = value[1:-1] if value.startswith("'") else variables.get(value.removeprefix("context."), "")
    return version.status or failure.status, headers, body


def _fill(template: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1], ""), template)


def bad_parameters(names: list[str]) -> Failure:
    """The answer to a request that lacks parameters."""
    message = f"Missing required request parameters: [{', '.join(names)}]"
    return Failure("BAD_REQUEST_PARAMETERS", 400, message, "BadRequestException", spaced=True)
