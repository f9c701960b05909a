"""A request on its way through the gates: what came in, and what has become of it so far."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from grader.cloud.door.request import Request
from grader.cloud.http.callers import Caller
from grader.cloud.http.integration_call import IntegrationCall
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace


@dataclass(frozen=True)
class RequestIds:
    """The identifiers that API Gateway gives to one request.

    Attributes
    ----------
    extended
        ``x-amz-apigw-id`` of a REST API, ``apigw-requestid`` of an HTTP API: eleven bytes in base64.
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


@dataclass
class Passage:
    """One request, from its arrival to its answer.

    Attributes
    ----------
    at
        When it arrived, seconds since 1970.
    overlapping
        It is one of a burst, at a moment of its own: the clock stands still while it is answered.
    waited
        Seconds that authorizers and functions have taken so far.
    slept
        The part of them that passed on the clock, which is the same in every run.
    integration_s
        The part of them that the integration took; None when it was never asked.
    environment, cold
        The execution environment that served it, and whether that was started for it; None when no function ran.
    caller
        Who signed it, where IAM authorization asked.
    authorizer
        ``requestContext.authorizer``: what the authorizer hands on to the function.
    noted
        Further ``$context`` variables for the access log, by name.
    endpoint
        What went to the integration's function, once there was one.
    """

    request: Request
    ids: RequestIds
    trace: Trace
    at: float
    overlapping: bool = False
    waited: float = 0.0
    slept: float = 0.0
    integration_s: float | None = None
    environment: str | None = None
    cold: bool | None = None
    caller: Caller | None = None
    authorizer: Mapping[str, Any] | None = None
    noted: dict[str, str] = field(default_factory=dict)
    endpoint: IntegrationCall | None = None

    @property
    def moment(self) -> float | None:
        """When the next function begins, for a request of a burst; None: now."""
        return self.at + self.waited if self.overlapping else None

    @property
    def host(self) -> str:
        """The host without a port."""
        return self.request.host.split(":")[0].lower()

    @property
    def clf_time(self) -> str:
        """The moment of arrival as the events and the logs write it."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")

    def headers(self, name: str) -> list[str]:
        """Every value of a header, whatever its capitals."""
        return [value for key, value in self.request.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The last value of a header, or None."""
        return next(reversed(self.headers(name)), None)

    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded, in order."""
        return parse_qsl(self.request.query, keep_blank_values=True)
