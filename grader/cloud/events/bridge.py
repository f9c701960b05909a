"""EventBridge: events meet the rules of the default bus, and rules deliver to functions, queues and topics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moto.events.utils import EventTemplateParser

from grader.cloud.errors import NotSupported
from grader.cloud.events.deliveries import ACTIONS, Deliveries, Delivery
from grader.cloud.functions import FunctionService, Lineage

SERVICE = "events.amazonaws.com"


class EventBridge:
    """Takes the place of moto's ``Rule.send_to_targets``; moto's lock is held whenever it is called."""

    def __init__(self, functions: FunctionService, deliveries: Deliveries) -> None:
        self._functions = functions
        self._deliveries = deliveries

    def note(self, event: dict[str, Any], lineage: Lineage) -> None:
        """An AWS service puts an event on the default bus."""
        for bus in self._functions.moto.backend("events").event_buses.values():
            if bus.name == "default":
                for rule in bus.rules.values():
                    self.send_to_targets(rule, event, lineage)

    def send_to_targets(self, rule: Any, event: dict[str, Any], lineage: Lineage | None = None) -> None:
        """Note the deliveries of one rule, if it is enabled and its pattern matches."""
        event = as_sent(event)
        if rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
            return
        before = lineage if lineage is not None else self._functions.lineage()
        trace = self._functions.traces.start("rule", f"{event['detail-type']} → {rule.name}", before.trace)
        trace.passed("pattern", f"the rule {rule.name} matches")
        for target in rule.targets:
            if target["Arn"].split(":")[2] not in ACTIONS:
                raise NotSupported(f"EventBridge target {target['Arn']}")
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            body = target_input(target, event)
            sent = Delivery(SERVICE, rule.arn, target["Arn"], body, Lineage(trace, before.chain), group_id=group)
            self._deliveries.add(sent)


def as_sent(event: dict[str, Any]) -> dict[str, Any]:
    """The event as targets get it: moto keeps its time as a number, and adds a member of its own."""
    sent = {name: value for name, value in event.items() if name != "ingestion-time"}
    if isinstance(sent.get("time"), int | float):
        sent["time"] = datetime.fromtimestamp(float(sent["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sent


def target_input(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What one target of a rule is given: Input, InputPath, InputTransformer or the event whole."""
    if "Input" in target:
        return str(target["Input"])
    if path := target.get("InputPath"):
        value: Any = event
        for part in path.removeprefix("$").strip(".").split("."):
            value = value.get(part) if part and isinstance(value, dict) else value
        return json.dumps(value)
    if transformer := target.get("InputTransformer"):
        paths = transformer.get("InputPathsMap") or {"detail": "$.detail"}
        transformed = EventTemplateParser.parse(transformer["InputTemplate"], paths, {**event, "ingestion-time": 0.0})
        return json.dumps(transformed)
    return json.dumps(event)
