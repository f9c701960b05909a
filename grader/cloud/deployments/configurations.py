"""Deployment configurations: in which steps traffic is shifted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from grader.cloud.door.responder import ApiError

Kind = Literal["AllAtOnce", "TimeBasedCanary", "TimeBasedLinear"]
PREFIX = "CodeDeployDefault.Lambda"
LONGEST_MINUTES = 2880


@dataclass(frozen=True)
class TrafficRouting:
    """How traffic is shifted.

    Attributes
    ----------
    percentage
        Of the first step of a canary, of every step of a linear one.
    minutes
        From one step to the next.
    """

    kind: Kind = "AllAtOnce"
    percentage: int = 100
    minutes: int = 0

    def steps(self) -> tuple[tuple[int, int], ...]:
        """When the target version gets how much: minutes after the first step, percent. The last is always 100."""
        if self.kind == "AllAtOnce":
            return ((0, 100),)
        if self.kind == "TimeBasedCanary":
            return ((0, self.percentage), (self.minutes, 100))
        shares = list(range(self.percentage, 100, self.percentage))
        return tuple((number * self.minutes, share) for number, share in enumerate([*shares, 100]))

    def answer(self) -> dict[str, Any]:
        """As the API tells it."""
        canary = {"canaryPercentage": self.percentage, "canaryInterval": self.minutes}
        linear = {"linearPercentage": self.percentage, "linearInterval": self.minutes}
        return {
            "type": self.kind,
            **({"timeBasedCanary": canary} if self.kind == "TimeBasedCanary" else {}),
            **({"timeBasedLinear": linear} if self.kind == "TimeBasedLinear" else {}),
        }


@dataclass(frozen=True)
class DeploymentConfiguration:
    """A configuration by name; AWS's own have no id that matters."""

    name: str
    routing: TrafficRouting
    id: str = ""
    created: float = 0.0


def _canary(minutes: int) -> DeploymentConfiguration:
    return DeploymentConfiguration(
        f"{PREFIX}Canary10Percent{minutes}Minutes", TrafficRouting("TimeBasedCanary", 10, minutes)
    )


def _linear(minutes: int) -> DeploymentConfiguration:
    plural = "Minute" if minutes == 1 else "Minutes"
    routing = TrafficRouting("TimeBasedLinear", 10, minutes)
    return DeploymentConfiguration(f"{PREFIX}Linear10PercentEvery{minutes}{plural}", routing)


PREDEFINED: dict[str, DeploymentConfiguration] = {
    one.name: one
    for one in (
        DeploymentConfiguration(f"{PREFIX}AllAtOnce", TrafficRouting()),
        *(_canary(minutes) for minutes in (5, 10, 15, 30)),
        *(_linear(minutes) for minutes in (1, 2, 3, 10)),
    )
}


def routing_of(given: Mapping[str, Any]) -> TrafficRouting:
    """The traffic routing that an API's ``trafficRoutingConfig`` describes.

    Raises
    ------
    ApiError
        ``InvalidTrafficRoutingConfigurationException``.
    """
    kind = given.get("type")
    if kind == "AllAtOnce":
        return TrafficRouting()
    if kind == "TimeBasedCanary":
        part, names = given.get("timeBasedCanary") or {}, ("canaryPercentage", "canaryInterval")
    elif kind == "TimeBasedLinear":
        part, names = given.get("timeBasedLinear") or {}, ("linearPercentage", "linearInterval")
    else:
        raise _invalid("The type must be AllAtOnce, TimeBasedCanary or TimeBasedLinear.")
    percentage, minutes = (int(part.get(name) or 0) for name in names)
    if not 1 <= percentage <= 99:
        raise _invalid(f"{names[0]} must be between 1 and 99.")
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise _invalid(f"{names[1]} must be between 1 and {LONGEST_MINUTES} minutes.")
    return TrafficRouting(kind, percentage, minutes)


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidTrafficRoutingConfigurationException", message)
