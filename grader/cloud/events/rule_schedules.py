"""Rules with a ScheduleExpression: the clock sends their targets a "Scheduled Event"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from grader.cloud.events.bridge import EventBridge
from grader.cloud.events.schedule_expression import read_schedule
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.destinations import iso


@dataclass(frozen=True)
class Armed:
    """A rule's schedule that runs since a moment; a change of the expression begins anew."""

    expression: str
    since: float
    number: int


class RuleSchedules:
    """The scheduled rules of the default bus."""

    def __init__(self, functions: FunctionService, bridge: EventBridge) -> None:
        self._functions, self._bridge = functions, bridge
        self._armed: dict[str, Armed] = {}
        self._count = 0

    def arm(self, rule: Any) -> None:
        """A rule was made, changed or enabled; moto's lock is held."""
        if not rule.scheduled_expression or rule.state == "DISABLED":
            self.disarm(rule.name)
            return
        before = self._armed.get(rule.name)
        if before is None or before.expression != rule.scheduled_expression:
            self._count += 1
            now = self._functions.clock.timestamp()
            self._armed[rule.name] = Armed(rule.scheduled_expression, now, self._count)
            self._wait(rule.name, self._armed[rule.name])

    def disarm(self, name: str) -> None:
        """A rule was disabled or deleted."""
        self._armed.pop(name, None)

    def _wait(self, name: str, armed: Armed) -> None:
        now = self._functions.clock.timestamp()
        due = read_schedule(armed.expression).next_after(now, armed.since)
        if due is not None:
            self._functions.clock.at(due, partial(self._fire, name, armed), f"schedule of {name}")

    def _fire(self, name: str, armed: Armed) -> None:
        if self._armed.get(name) != armed:
            return
        with self._functions.moto.lock:
            bus = self._functions.moto.backend("events").event_buses["default"]
            rule = bus.rules.get(name)
            if rule is not None:
                self._bridge.deliver(rule, self._event(rule), armed.expression, Lineage())
        self._wait(name, armed)

    def _event(self, rule: Any) -> dict[str, Any]:
        return {
            "version": "0",
            "id": self._functions.ids.uuid(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._functions.moto.account_id,
            "time": iso(self._functions.clock.timestamp())[:19] + "Z",
            "region": self._functions.region,
            "resources": [rule.arn],
            "detail": {},
        }
