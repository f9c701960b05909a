"""A request that has found its method: everything that the gates and the event want to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.cloud.http.passage import Passage
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.resources import Match, Method
from grader.cloud.http.rest.stages import Stage


@dataclass(frozen=True)
class MethodCall:
    """A request to a method of a REST API's stage.

    Attributes
    ----------
    path
        The path without the stage, still percent-encoded.
    edge
        The headers that CloudFront put on it, in front of an edge-optimised API.
    test
        It comes from the console's Test (``TestInvokeMethod``), not over the network.
    """

    passage: Passage
    api: RestApi
    stage: Stage
    path: str
    match: Match
    edge: tuple[tuple[str, str], ...] = ()
    test: bool = False

    @property
    def method(self) -> Method:
        """The method that was met."""
        return self.match.method

    @property
    def verb(self) -> str:
        """The request's own verb, also where the method is ``ANY``."""
        return self.passage.request.method

    @cached_property
    def method_resource(self) -> str:
        """``api/stage/VERB/path``: what the method's ARN ends with, the path as it was sent."""
        return f"{self.api.id}/{self.stage.name}/{self.verb}/{self.path.lstrip('/')}"

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded, in order."""
        return self.passage.query()

    @property
    def context(self) -> Mapping[str, str]:
        """``$context`` variables that may be an authorizer's identity source."""
        passage = self.passage
        return {
            "apiId": self.api.id,
            "httpMethod": self.verb,
            "path": f"/{self.stage.name}{self.path}",
            "resourcePath": self.match.resource.path,
            "resourceId": self.match.resource.id,
            "stage": self.stage.name,
            "protocol": "HTTP/1.1",
            "domainName": passage.host,
            "identity.sourceIp": passage.request.source_ip,
            "identity.userAgent": passage.header("user-agent") or "",
            "identity.apiKey": passage.header("x-api-key") or "",
        }

    def is_binary(self, media_type: str | None) -> bool:
        """True when the API lists a media type (``image/png``, ``image/*`` or ``*/*``) as binary."""
        kind = (media_type or "").split(";")[0].strip().lower()
        listed = {entry.lower() for entry in self.stage.definition.binary_media_types}
        return "*/*" in listed or (bool(kind) and (kind in listed or f"{kind.split('/')[0]}/*" in listed))
