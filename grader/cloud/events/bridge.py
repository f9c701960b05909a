"""EventBridge: events meet the rules of the default bus, and rules deliver to functions, queues and topics."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

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
        return json.dumps(at_path(event, path))
    if transformer := target.get("InputTransformer"):
        values = {name: at_path(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
        values["aws.events.event.json"] = event
        return transformed(transformer["InputTemplate"], values)
    return json.dumps(event)


def at_path(event: Any, path: str) -> Any:
    """The value at a JSONPath of the kind that EventBridge takes: ``$.detail.items[0]``; None when it is not there."""
    for part in re.findall(r"[^.\[\]$]+", path):
        if isinstance(event, list) and part.isdigit() and int(part) < len(event):
            event = event[int(part)]
        else:
            event = event.get(part) if isinstance(event, dict) else None
    return event


def transformed(template: str, values: dict[str, Any]) -> str:
    """An input template with its ``<names>`` filled in: inside quotation marks as text, elsewhere as JSON."""
    parts, quoted = [], False
    for piece in re.split(r'(\\.|"|<[^<>\s]+>)', template):
        if piece == '"':
            quoted = not quoted
        name = piece[1:-1] if piece.startswith("<") and piece.endswith(">") else None
        if name is None or name not in values:
            parts.append(piece)
        elif quoted:
            parts.append(json.dumps(_text(values[name]))[1:-1])
        else:
            parts.append(json.dumps(values[name]))
    return "".join(parts)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
