"""A request that has found its route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.cloud.http.http_api.apis import HttpApi, HttpStage
from grader.cloud.http.http_api.routes import Route, RouteMatch
from grader.cloud.http.passage import Passage


@dataclass(frozen=True)
class RouteCall:
    """A request to a route of an HTTP API's stage.

    Attributes
    ----------
    path
        The path without the stage, decoded.
    """

    passage: Passage
    api: HttpApi
    stage: HttpStage
    path: str
    match: RouteMatch

    @property
    def route(self) -> Route:
        """The route that was met."""
        return self.match.route

    @property
    def verb(self) -> str:
        """The request's own verb, also where the route's is ``ANY``."""
        return self.passage.request.method

    @cached_property
    def route_resource(self) -> str:
        """``api/stage/VERB/path``: what the route's ARN ends with for this request."""
        return f"{self.api.id}/{self.stage.name}/{self.verb}/{self.path.lstrip('/')}"

    @cached_property
    def context(self) -> Mapping[str, str]:
        """``$context`` variables that may be an authorizer's identity source."""
        passage = self.passage
        return {
            "apiId": self.api.id,
            "routeKey": self.route.key,
            "httpMethod": self.verb,
            "path": passage.request.path,
            "stage": self.stage.name,
            "protocol": "HTTP/1.1",
            "domainName": passage.host,
            "domainPrefix": passage.host.split(".")[0],
            "identity.sourceIp": passage.request.source_ip,
            "identity.userAgent": passage.header("user-agent") or "",
        }
