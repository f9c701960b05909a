"""Who may call a method, read from a definition's security schemes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.function_calls import function_of
from grader.cloud.http.lambda_authorizer import LONGEST_TTL, IdentitySource, LambdaAuthorizer, read_identity_sources
from grader.cloud.ids import Ids

DEFAULT_TTL = 300


@dataclass(frozen=True)
class Security:
    """What a method's ``security`` comes to."""

    authorization: Literal["NONE", "CUSTOM", "AWS_IAM"] = "NONE"
    authorizer: LambdaAuthorizer | None = None
    api_key_required: bool = False


@dataclass(frozen=True)
class SecuritySchemes:
    """The security schemes of a definition: its authorizers, and which names stand for IAM and for an API key."""

    authorizers: Mapping[str, LambdaAuthorizer] = field(default_factory=dict)
    iam: frozenset[str] = frozenset()
    api_key: frozenset[str] = frozenset()

    def of_method(self, requirements: Iterable[Mapping[str, Any]], where: str) -> Security:
        """What a method's requirements come to.

        Raises
        ------
        GatewayRefusal
            For a name that no scheme has: AWS leaves such a method open, with a warning that nobody reads.
        """
        names = [name for requirement in requirements for name in requirement]
        known = self.iam | self.api_key | set(self.authorizers) | {"NONE"}
        if unknown := [name for name in names if name not in known]:
            raise bad_request(
                f"Errors found during import:\n\tUnable to put method '{where}': Invalid authorizer '{unknown[0]}'.",
                "Define it under Auth.Authorizers, or among the securityDefinitions.",
            )
        needs_key = any(name in self.api_key for name in names)
        if any(name in self.iam for name in names):
            return Security("AWS_IAM", None, needs_key)
        authorizer = next((self.authorizers[name] for name in names if name in self.authorizers), None)
        return Security("CUSTOM" if authorizer else "NONE", authorizer, needs_key)


def read_security_schemes(body: Mapping[str, Any], ids: Ids, before: Mapping[str, LambdaAuthorizer]) -> SecuritySchemes:
    """Read ``securityDefinitions`` (Swagger 2.0) or ``components.securitySchemes`` (OpenAPI 3).

    Parameters
    ----------
    before
        The authorizers of the definition that this one replaces: those that stay keep their ids.

    Raises
    ------
    NotSupported
        For Cognito user pools and other kinds that are not imitated.
    """
    components = body.get("components") or {}
    schemes = body.get("securityDefinitions") or components.get("securitySchemes") or {}
    authorizers, iam, api_key = {}, set(), set()
    for name, scheme in schemes.items():
        kind = scheme.get("x-amazon-apigateway-authtype")
        if declared := scheme.get("x-amazon-apigateway-authorizer"):
            identity = before[name].id if name in before else ids.lower(6)
            authorizers[name] = _authorizer(identity, name, scheme, declared)
        elif kind == "awsSigv4":
            iam.add(name)
        elif str(scheme.get("name", "")).lower() == "x-api-key":
            api_key.add(name)
        else:
            raise NotSupported(f"the security scheme {name} ({kind or scheme.get('type', 'unknown')})")
    return SecuritySchemes(authorizers, frozenset(iam), frozenset(api_key))


def _authorizer(identity: str, name: str, scheme: Mapping[str, Any], declared: Mapping[str, Any]) -> LambdaAuthorizer:
    sources = declared.get("identitySource")
    if str(declared.get("type", "")).lower() == "token" and not sources:
        sources = f"method.request.header.{scheme.get('name', 'Authorization')}"
    return make_authorizer(
        identity,
        name,
        str(declared.get("type", "")),
        str(declared.get("authorizerUri", "")),
        read_identity_sources(sources),
        declared.get("identityValidationExpression"),
        declared.get("authorizerResultTtlInSeconds"),
        declared.get("authorizerCredentials"),
    )


def make_authorizer(
    identity: str,
    name: str,
    kind: str,
    uri: str,
    sources: tuple[IdentitySource, ...],
    validation: Any = None,
    ttl: Any = None,
    credentials: Any = None,
) -> LambdaAuthorizer:
    """A REST API's Lambda authorizer, checked as API Gateway checks it.

    Raises
    ------
    GatewayRefusal
        In API Gateway's words.
    NotSupported
        For Cognito user pools, and for credentials other than the function's resource policy.
    """
    upper = kind.upper()
    if upper == "COGNITO_USER_POOLS":
        raise NotSupported("COGNITO_USER_POOLS authorizers", name, "Use a Lambda authorizer, or an HTTP API with JWT.")
    if upper not in ("TOKEN", "REQUEST"):
        raise bad_request(f"Invalid authorizer type specified: {kind}")
    if credentials:
        raise NotSupported("Authorizer.AuthorizerCredentials", name, "Let a Lambda permission allow API Gateway.")
    function = function_of(uri)
    if function is None:
        raise bad_request(f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that "
                          "represents a Lambda function invocation.")  # fmt: skip
    seconds = DEFAULT_TTL if ttl is None else int(ttl)
    if not 0 <= seconds <= LONGEST_TTL:
        raise bad_request("Authorizer result TTL must be between 0 and 3600 seconds")
    if upper == "REQUEST" and seconds and not sources:
        raise bad_request("Identity source is required when authorizer caching is enabled.")
    return LambdaAuthorizer(
        identity,
        name,
        "TOKEN" if upper == "TOKEN" else "REQUEST",
        function,
        sources,
        _expression(validation),
        seconds,
    )


def _expression(written: Any) -> str | None:
    if not written:
        return None
    try:
        re.compile(str(written))
    except (re.error, OverflowError, RecursionError) as error:
        raise bad_request(f"Invalid identity validation expression specified: {written}: {error}") from error
    return str(written)
