"""One deployment: what it is to do, how far it has come, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.clock import Timer
from grader.cloud.deployments.appspec import AppSpec
from grader.cloud.deployments.configurations import DeploymentConfiguration
from grader.cloud.deployments.groups import DeploymentGroup

ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
EVENTS = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")


@dataclass
class LifecycleEvent:
    """A part of a deployment; times in seconds since 1970."""

    name: str
    status: str = "Pending"
    started: float | None = None
    ended: float | None = None
    message: str = ""


@dataclass
class Deployment:
    """A deployment.

    Attributes
    ----------
    weight
        How much of the traffic the target version gets, in percent.
    error
        Code and message, when it failed or was stopped.
    rolled_back_by, rollback_of
        The deployment that takes this one back, or that this one takes back.
    executions
        The hooks that were asked: their execution id → the lifecycle event.
    shifts
        When the target version got how much: moment, percent.
    """

    id: str
    group: DeploymentGroup
    configuration: DeploymentConfiguration
    appspec: AppSpec
    created: float
    description: str = ""
    creator: str = "user"
    alarms: Mapping[str, Any] = field(default_factory=dict)
    rollback: Mapping[str, Any] = field(default_factory=dict)
    status: str = "Created"
    started: float | None = None
    completed: float | None = None
    weight: float = 0.0
    error: tuple[str, str] | None = None
    rolled_back_by: str | None = None
    rollback_of: str | None = None
    rollback_message: str = ""
    events: dict[str, LifecycleEvent] = field(default_factory=lambda: {name: LifecycleEvent(name) for name in EVENTS})
    executions: dict[str, str] = field(default_factory=dict)
    shifts: list[tuple[float, float]] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list, repr=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ENDED

    @property
    def alarm_names(self) -> list[str]:
        """The alarms that stop it."""
        if not self.alarms.get("enabled"):
            return []
        return [str(alarm["name"]) for alarm in self.alarms.get("alarms") or ()]

    def rolls_back_on(self, event: str) -> bool:
        """Whether traffic goes back by itself after ``DEPLOYMENT_FAILURE`` and the like."""
        return bool(self.rollback.get("enabled")) and event in (self.rollback.get("events") or ())

    def cancel_timers(self) -> None:
        """Let nothing more happen by itself."""
        while self.timers:
            self.timers.pop().cancel()
