"""A request on its way through the gateway: what is known of it once its API, stage and method are found."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import parse_qsl

from grader.cloud.door.request import Request
from grader.cloud.http.apis import RestApi, Stage
from grader.cloud.http.resources import Match
from grader.cloud.ids import Ids


@dataclass(frozen=True)
class RequestIds:
    """The identifiers that API Gateway gives to one request.

    Attributes
    ----------
    extended
        ``x-amz-apigw-id``: eleven bytes in base64.
    trace
        ``X-Amzn-Trace-Id``: time and 96 random bits.
    """

    request: str
    extended: str
    trace: str

    @classmethod
    def draw(cls, ids: Ids, now: float) -> RequestIds:
        """New identifiers for a request that arrives at ``now`` (seconds since 1970)."""
        extended = base64.b64encode(bytes.fromhex(ids.hex(22))).decode().replace("+", "-").replace("/", "_")
        return cls(ids.uuid(), extended, f"Root=1-{int(now):08x}-{ids.hex(24)}")


@dataclass(frozen=True)
class Arrival:
    """A request that has found its method.

    Attributes
    ----------
    path
        The path without the stage, still percent-encoded.
    at
        When it arrived, seconds since 1970.
    """

    request: Request
    api: RestApi
    stage: Stage
    path: str
    match: Match
    ids: RequestIds
    at: float

    def headers(self, name: str) -> list[str]:
        """Every value of a header, whatever its capitals."""
        return [value for key, value in self.request.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The last value of a header, or None."""
        return next(reversed(self.headers(name)), None)

    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded, in order."""
        return parse_qsl(self.request.query, keep_blank_values=True)

    def is_binary(self, media_type: str | None) -> bool:
        """True when the API lists a media type (``image/png``, ``image/*`` or ``*/*``) as binary."""
        kind = (media_type or "").split(";")[0].strip().lower()
        listed = {entry.lower() for entry in self.stage.definition.binary_media_types}
        return "*/*" in listed or (bool(kind) and (kind in listed or f"{kind.split('/')[0]}/*" in listed))
