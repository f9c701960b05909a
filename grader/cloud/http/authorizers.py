"""Lambda authorizers, Cognito user pools and IAM authorization of methods: not imitated yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.errors import NotSupported


def refuse_authorizers(schemes: Mapping[str, Any], requirements: list[Mapping[str, Any]], where: str) -> None:
    """Refuse a method that asks for an authorizer.

    Parameters
    ----------
    schemes
        The document's ``securityDefinitions`` (Swagger 2.0) or ``components.securitySchemes`` (OpenAPI 3).
    requirements
        The method's ``security``.
    where
        Method and path.
    """
    for name in (name for requirement in requirements for name in requirement):
        scheme = schemes.get(name, {})
        kind = scheme.get("x-amazon-apigateway-authtype") or scheme.get("type", "unknown")
        if "x-amazon-apigateway-authorizer" in scheme or scheme.get("name") != "x-api-key":
            raise NotSupported(f"API Gateway authorizers ({name}, {kind})", where)
