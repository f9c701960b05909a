"""How a request's way through the gates ended."""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.door.response import Response
from grader.cloud.http.apis import Stage
from grader.cloud.http.arrival import Arrival
from grader.cloud.http.gateway_responses import Failure


@dataclass(frozen=True)
class Outcome:
    """An answer, or the failure that API Gateway answers with.

    Attributes
    ----------
    latency
        Seconds that the function took, INIT included; never more than the gateway waits.
    """

    result: Response | Failure
    arrival: Arrival | None = None
    stage: Stage | None = None
    latency: float = 0.0
    environment: str | None = None
    cold: bool | None = None
