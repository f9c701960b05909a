"""An HTTP API's authorizers as templates and OpenAPI write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.function_calls import function_of
from grader.cloud.http.http_api.routes import Authorizer, JwtAuthorizer
from grader.cloud.http.lambda_authorizer import LONGEST_TTL, LambdaAuthorizer, read_identity_sources


def read_authorizer(identity: str, name: str, written: Mapping[str, Any]) -> Authorizer:
    """An authorizer from OpenAPI's extension or from a template, keys in camel case.

    Raises
    ------
    GatewayRefusal
        In API Gateway's words.
    NotSupported
        For credentials other than the function's resource policy.
    """
    kind = str(written.get("type") or written.get("authorizerType") or "").lower()
    if kind == "jwt":
        return _jwt(identity, name, written)
    if kind == "request":
        return _lambda(identity, name, written)
    raise bad_request(f"Invalid authorizer type specified: {kind}. HTTP APIs have jwt and request.")


def _jwt(identity: str, name: str, written: Mapping[str, Any]) -> JwtAuthorizer:
    settings = {key.lower(): value for key, value in (written.get("jwtConfiguration") or {}).items()}
    issuer, audience = settings.get("issuer"), settings.get("audience") or []
    if not issuer:
        raise bad_request("JwtConfiguration.Issuer is a required parameter for a JWT authorizer")
    listed = [audience] if isinstance(audience, str) else audience
    sources = read_identity_sources(written.get("identitySource") or "$request.header.Authorization")
    if len(sources) != 1:
        raise bad_request("A JWT authorizer has exactly one identity source")
    return JwtAuthorizer(identity, name, str(issuer), tuple(str(one) for one in listed), sources[0])


def _lambda(identity: str, name: str, written: Mapping[str, Any]) -> LambdaAuthorizer:
    if written.get("authorizerCredentials") or written.get("authorizerCredentialsArn"):
        raise NotSupported("AuthorizerCredentialsArn", name, "Let a Lambda permission allow API Gateway.")
    uri = str(written.get("authorizerUri") or "")
    function = function_of(uri)
    if function is None:
        raise bad_request(f"Invalid Authorizer URI: {uri}")
    version = str(written.get("authorizerPayloadFormatVersion") or "")
    if version not in ("1.0", "2.0"):
        raise bad_request("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    simple = str(written.get("enableSimpleResponses", "false")).lower() == "true"
    if simple and version == "1.0":
        raise bad_request("EnableSimpleResponses is supported only for AuthorizerPayloadFormatVersion 2.0")
    sources = read_identity_sources(written.get("identitySource"))
    ttl = int(written.get("authorizerResultTtlInSeconds") or 0)
    if not 0 <= ttl <= LONGEST_TTL:
        raise bad_request("AuthorizerResultTtlInSeconds must be between 0 and 3600")
    if ttl and not sources:
        raise bad_request("Caching requires at least one identity source")
    return LambdaAuthorizer(identity, name, "REQUEST", function, sources, None, ttl, version, simple)
