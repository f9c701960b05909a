"""Where moto's EventBridge is made to take our patterns, our schedules and our targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.models import EventsBackend, Rule

from grader.cloud.errors import NotSupported
from grader.cloud.events.bridge import EventBridge, as_sent
from grader.cloud.events.cron_fields import InvalidSchedule
from grader.cloud.events.deliveries import ACTIONS
from grader.cloud.events.event_pattern import parse_event_pattern
from grader.cloud.events.pattern_operators import InvalidEventPattern
from grader.cloud.events.rule_schedules import RuleSchedules
from grader.cloud.events.schedule_expression import read_schedule
from grader.cloud.functions.hooks import Patches

NOT_SUPPORTED = (
    "CreateApiDestination", "CreateArchive", "CreateConnection", "CreateEndpoint", "CreatePartnerEventSource",
    "StartReplay",
)  # fmt: skip


class BridgeHooks:
    """The patches of moto's EventBridge for one cloud.

    Attributes
    ----------
    actions
        Operations that are answered here instead of by moto.
    """

    def __init__(self, bridge: EventBridge, schedules: RuleSchedules) -> None:
        self._bridge, self._schedules = bridge, schedules
        self._patches = Patches()
        self.actions = {"TestEventPattern": _test_event_pattern, **{name: _refuse(name) for name in NOT_SUPPORTED}}

    def install(self) -> None:
        """Patch moto."""
        replace = self._patches.replace
        replace(Rule, "send_to_targets", self._bridging)
        replace(EventsBackend, "put_rule", self._putting)
        replace(EventsBackend, "put_targets", _targeting)
        for name in ("enable_rule", "disable_rule", "delete_rule"):
            replace(EventsBackend, name, self._rearming)

    def remove(self) -> None:
        """Leave moto as it was."""
        self._patches.remove()

    def _bridging(self, original: Any) -> Any:
        def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
            self._bridge.send_to_targets(rule, original_event)

        return send_to_targets

    def _putting(self, original: Any) -> Any:
        def put_rule(backend: Any, name: str, *args: Any, **named: Any) -> Any:
            if named.get("event_pattern"):
                check_pattern(named["event_pattern"])
            if expression := named.get("scheduled_expression"):
                _check_schedule(expression)
            rule = original(backend, name, *args, **named)
            self._schedules.arm(rule)
            return rule

        return put_rule

    def _rearming(self, original: Any) -> Any:
        def change(backend: Any, name: str, *args: Any, **named: Any) -> Any:
            result = original(backend, name, *args, **named)
            rule = backend.event_buses["default"].rules.get(name)
            self._schedules.arm(rule) if rule is not None else self._schedules.disarm(name)
            return result

        return change


def check_pattern(pattern: str) -> None:
    """Refuse a pattern as EventBridge does."""
    try:
        parse_event_pattern(pattern)
    except InvalidEventPattern as fault:
        raise JsonRESTError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {fault}") from fault


def _check_schedule(expression: str) -> None:
    try:
        read_schedule(expression)
    except InvalidSchedule as fault:
        raise JsonRESTError("ValidationException", "Parameter ScheduleExpression is not valid.") from fault


def _targeting(original: Any) -> Any:
    def put_targets(backend: Any, name: str, event_bus_arn: Any, targets: list[dict[str, Any]]) -> Any:
        for target in targets:
            arn = str(target.get("Arn"))
            if arn.count(":") < 5 or arn.split(":")[2] not in ACTIONS or ":archive/" in arn:
                raise NotSupported(f"the EventBridge target {arn}")
        return original(backend, name, event_bus_arn, targets)

    return put_targets


def _test_event_pattern(given: Mapping[str, Any]) -> dict[str, Any]:
    check_pattern(str(given.get("EventPattern") or ""))
    try:
        event = json.loads(str(given.get("Event")))
    except ValueError as fault:
        raise JsonRESTError("InvalidEventPatternException", "Event is not valid JSON.") from fault
    return {"Result": parse_event_pattern(str(given["EventPattern"])).matches(as_sent(event))}


def _refuse(operation: str) -> Any:
    def refuse(given: Mapping[str, Any]) -> None:
        raise NotSupported(f"events:{operation}")

    return refuse
