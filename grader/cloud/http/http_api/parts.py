"""An HTTP API that is made piece by piece: integrations, authorizers and routes of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.http_api.apis import HttpApis
from grader.cloud.http.http_api.definition import Definition
from grader.cloud.http.http_api.routes import Authorizer, HttpIntegration, Route, checked_key


class HttpApiParts:
    """Changes the definition of an API part by part; stages that deploy by themselves serve the change at once.

    Parameters
    ----------
    apis
        The account's HTTP APIs.
    """

    def __init__(self, apis: HttpApis) -> None:
        self._apis = apis

    def put_integration(self, api_id: str, integration: HttpIntegration) -> None:
        """Add an integration, or replace the one with its id; routes that lead to it lead to the new one."""
        definition = self._apis.get(api_id).definition
        routes = [
            replace(route, integration=integration)
            if route.integration and route.integration.id == integration.id
            else route
            for route in definition.routes
        ]
        integrations = {**definition.integrations, integration.id: integration}
        self._change(api_id, routes=tuple(routes), integrations=integrations)

    def delete_integration(self, api_id: str, integration_id: str) -> None:
        """Delete an integration that no route leads to."""
        definition = self._apis.get(api_id).definition
        if any(route.integration and route.integration.id == integration_id for route in definition.routes):
            raise GatewayRefusal(
                "ConflictException", f"Cannot delete Integration '{integration_id}'. It is referenced by a Route."
            )
        kept = {key: one for key, one in definition.integrations.items() if key != integration_id}
        self._change(api_id, integrations=kept)

    def put_authorizer(self, api_id: str, authorizer: Authorizer) -> None:
        """Add an authorizer, or replace the one with its id."""
        definition = self._apis.get(api_id).definition
        routes = [
            replace(route, authorizer=authorizer)
            if route.authorizer and route.authorizer.id == authorizer.id
            else route
            for route in definition.routes
        ]
        self._change(api_id, routes=tuple(routes), authorizers={**definition.authorizers, authorizer.id: authorizer})

    def delete_authorizer(self, api_id: str, authorizer_id: str) -> None:
        """Delete an authorizer."""
        definition = self._apis.get(api_id).definition
        self._change(
            api_id, authorizers={key: one for key, one in definition.authorizers.items() if key != authorizer_id}
        )

    def put_route(self, api_id: str, route: Route) -> None:
        """Add a route, or replace the one with its id; ``ConflictException`` when another has its key."""
        checked_key(route.key)
        others = [one for one in self._apis.get(api_id).definition.routes if one.id != route.id]
        if any(one.key == route.key for one in others):
            raise GatewayRefusal("ConflictException", f"Route with key {route.key} already exists for this API")
        self._change(api_id, routes=(*others, route))

    def delete_route(self, api_id: str, route_id: str) -> None:
        """Delete a route."""
        routes = self._apis.get(api_id).definition.routes
        self._change(api_id, routes=tuple(one for one in routes if one.id != route_id))

    def _change(self, api_id: str, **changes: Any) -> None:
        api = self._apis.get(api_id)
        definition: Definition = replace(api.definition, **changes)
        api.definition = definition
