"""An HTTP API's definition, read from an OpenAPI 3 body with API Gateway's extensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.cors import Cors, read_cors
from grader.cloud.http.errors import bad_request
from grader.cloud.http.http_api.authorizers import read_authorizer
from grader.cloud.http.http_api.integrations import read_integration
from grader.cloud.http.http_api.issuers import Issuers, UnknownIssuer
from grader.cloud.http.http_api.routes import DEFAULT, Authorizer, HttpIntegration, JwtAuthorizer, Route, checked_key
from grader.cloud.http.openapi import VERBS, check_document
from grader.cloud.ids import Ids

_UNSUPPORTED = ("x-amazon-apigateway-policy", "x-amazon-apigateway-endpoint-configuration")


@dataclass(frozen=True)
class Definition:
    """What an API is at one moment.

    Attributes
    ----------
    integrations, authorizers
        By id; routes contain those that they lead to.
    """

    title: str = ""
    routes: tuple[Route, ...] = ()
    integrations: Mapping[str, HttpIntegration] = field(default_factory=dict)
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    cors: Cors | None = None


def read_definition(
    body: Mapping[str, Any],
    ids: Ids,
    issuers: Issuers,
    fail_on_warnings: bool,
    before: Definition | None = None,
) -> Definition:
    """Read an OpenAPI 3 body whose intrinsic functions are resolved.

    Parameters
    ----------
    before
        The definition that this one replaces: routes and authorizers that stay keep their ids.

    Raises
    ------
    GatewayRefusal
        When API Gateway would refuse to import it.
    NotSupported
        For a feature that is not imitated.
    """
    if not body:
        return Definition()
    check_document(body)
    if not str(body.get("openapi", "")).startswith("3."):
        raise bad_request("Invalid OpenAPI input. HTTP APIs import OpenAPI 3.0 definitions only.")
    for key in _UNSUPPORTED:
        if key in body:
            raise NotSupported(key, next_step="HTTP APIs have no resource policies: use a REST API for them.")
    return _Reader(body, ids, issuers, fail_on_warnings, before or Definition()).definition()


class _Reader:
    """Reads one document."""

    def __init__(
        self, body: Mapping[str, Any], ids: Ids, issuers: Issuers, fail_on_warnings: bool, before: Definition
    ) -> None:
        self._body, self._ids, self._issuers, self._strict = body, ids, issuers, fail_on_warnings
        self._known = {route.key: route.id for route in before.routes}
        self._known_authorizers = {one.name: one.id for one in before.authorizers.values()}
        self._unreachable: dict[str, str] = {}
        self._authorizers: dict[str, Authorizer] = {}
        self._iam: set[str] = set()

    def definition(self) -> Definition:
        """The whole definition."""
        self._read_schemes()
        routes = [
            self._route(verb, path, item[verb] or {})
            for path, item in (self._body.get("paths") or {}).items()
            for verb in VERBS
            if verb in item
        ]
        cors = self._body.get("x-amazon-apigateway-cors")
        return Definition(
            title=str((self._body.get("info") or {}).get("title", "")),
            routes=tuple(routes),
            integrations={route.integration.id: route.integration for route in routes if route.integration},
            authorizers={one.id: one for one in self._authorizers.values()},
            cors=read_cors(cors) if cors else None,
        )

    def _read_schemes(self) -> None:
        schemes = (self._body.get("components") or {}).get("securitySchemes") or {}
        for name, scheme in schemes.items():
            declared = scheme.get("x-amazon-apigateway-authorizer")
            if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
                self._iam.add(name)
            elif declared is None:
                raise NotSupported(f"the security scheme {name} ({scheme.get('type', 'unknown')})")
            else:
                identity = self._known_authorizers.get(name) or self._ids.lower(6)
                self._add(name, read_authorizer(identity, name, declared))

    def _add(self, name: str, authorizer: Authorizer) -> None:
        """Take an authorizer in; one whose issuer cannot be reached is left out with its routes, and a warning."""
        if isinstance(authorizer, JwtAuthorizer):
            try:
                self._issuers.check(authorizer.issuer)
            except UnknownIssuer as unknown:
                warning = f"Unable to create Authorizer '{name}': {unknown}"
                if self._strict:
                    raise bad_request(f"Warnings found during import:\n\t{warning}") from unknown
                self._unreachable[name] = warning
        self._authorizers[name] = authorizer

    def _route(self, verb: str, path: str, operation: Mapping[str, Any]) -> Route:
        name = "ANY" if verb.startswith("x-") else verb.upper()
        whole = path in (DEFAULT, f"/{DEFAULT}")
        key = DEFAULT if whole else checked_key(f"{name} {path}")
        security = operation.get("security", self._body.get("security")) or []
        names = [(scheme, scopes or []) for one in security for scheme, scopes in one.items() if scheme != "NONE"]
        integration = operation.get("x-amazon-apigateway-integration")
        route = Route(
            self._known.get(key) or self._ids.lower(7),
            key,
            read_integration(self._ids.lower(7), integration, key) if integration else None,
        )
        return self._secured(route, names)

    def _secured(self, route: Route, names: list[tuple[str, list[str]]]) -> Route:
        if not names:
            return route
        name, scopes = names[0]
        if name in self._iam:
            return Route(route.id, route.key, route.integration, "AWS_IAM")
        if name not in self._authorizers:
            raise bad_request(
                f"Unable to create Route '{route.key}': Invalid authorizer '{name}'.",
                "Define it under Auth.Authorizers, or among the securitySchemes.",
            )
        authorizer = self._authorizers[name]
        kind = "JWT" if isinstance(authorizer, JwtAuthorizer) else "CUSTOM"
        dropped = self._unreachable.get(name)
        return Route(
            route.id,
            route.key,
            route.integration,
            kind,  # type: ignore[arg-type]  # one of the literals
            authorizer,
            tuple(str(scope) for scope in scopes),
            dropped,
        )
