"""EventBridge: events meet the rules of a bus, and rules deliver to their targets."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from grader.cloud.events.deliveries import DeadLetter, Deliveries, Delivery
from grader.cloud.events.event_pattern import parse_event_pattern
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.targets import Undeliverable

SERVICE = "events.amazonaws.com"


class EventBridge:
    """Takes the place of moto's ``Rule.send_to_targets``; moto's lock is held whenever it is called."""

    def __init__(self, functions: FunctionService, deliveries: Deliveries) -> None:
        self._functions = functions
        self._deliveries = deliveries
        deliveries.senders["events"] = self._to_bus
        deliveries.senders["logs"] = self._to_log

    def note(self, event: dict[str, Any], lineage: Lineage, bus: str = "default", forwarded: bool = False) -> bool:
        """An event comes to a bus; False when there is no such bus.

        Parameters
        ----------
        forwarded
            It comes from another bus: AWS lets it go no further than one.
        """
        found = self._functions.moto.backend("events").event_buses.get(bus)
        if found is None:
            return False
        for rule in list(found.rules.values()):
            self.send_to_targets(rule, event, lineage, forwarded)
        return True

    def send_to_targets(
        self, rule: Any, event: dict[str, Any], lineage: Lineage | None = None, forwarded: bool = False
    ) -> None:
        """Note the deliveries of one rule, if it is enabled and its pattern matches."""
        event, pattern = as_sent(event), rule.event_pattern.dump()
        if rule.state == "DISABLED" or not pattern or not parse_event_pattern(pattern).matches(event):
            return
        self.deliver(rule, event, f"the rule {rule.name} matches", lineage, forwarded)

    def deliver(
        self,
        rule: Any,
        event: dict[str, Any],
        why: str,
        lineage: Lineage | None = None,
        forwarded: bool = False,
    ) -> None:
        """Note the deliveries of an event to each target of a rule."""
        before = lineage if lineage is not None else self._functions.lineage()
        trace = self._functions.traces.start("rule", f"{event['detail-type']} → {rule.name}", before.trace)
        trace.passed("pattern", why)
        for target in rule.targets:
            if forwarded and target["Arn"].split(":")[2] == "events":
                trace.broken("delivery", "An event that came from another bus is not sent to a third.")
                continue
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            body = target_input(target, event, rule)
            self._deliveries.add(
                Delivery(
                    SERVICE,
                    rule.arn,
                    target["Arn"],
                    body,
                    Lineage(trace, before.chain),
                    group_id=group,
                    role=target.get("RoleArn") or rule.role_arn,
                    dead_letter=_dead_letter(rule, target, event),
                )
            )

    def _to_bus(self, delivery: Delivery) -> None:
        with self._functions.moto.lock:
            event, bus = json.loads(delivery.body), delivery.target.rpartition("/")[2]
            if ":event-bus/" not in delivery.target or not self.note(event, delivery.lineage, bus, forwarded=True):
                raise Undeliverable(f"There is no event bus {delivery.target}.")

    def _to_log(self, delivery: Delivery) -> None:
        """A log group gets the event as one line, in a stream of the rule's."""
        group = delivery.target.partition(":log-group:")[2].removesuffix(":*")
        stream = str(uuid.UUID(hashlib.md5(delivery.source_arn.encode(), usedforsecurity=False).hexdigest()))
        moment = int(1000 * self._functions.clock.timestamp())
        with self._functions.moto.lock:
            logs = self._functions.moto.backend("logs")
            if group not in logs.groups:
                raise Undeliverable(f"There is no log group {group}.")
            logs.ensure_log_stream(group, stream)
            logs.put_log_events(group, stream, [{"timestamp": moment, "message": delivery.body}])


def _dead_letter(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> DeadLetter | None:
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return None
    attributes = {"RULE_ARN": ("String", str(rule.arn)), "TARGET_ARN": ("String", str(target["Arn"]))}
    return DeadLetter(queue, json.dumps(event), attributes)


def as_sent(event: dict[str, Any]) -> dict[str, Any]:
    """The event as targets get it: moto keeps its time as a number, and adds a member of its own."""
    sent = {name: value for name, value in event.items() if name != "ingestion-time"}
    if isinstance(sent.get("time"), int | float):
        sent["time"] = datetime.fromtimestamp(float(sent["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sent


def target_input(target: dict[str, Any], event: dict[str, Any], rule: Any) -> str:
    """What one target of a rule is given: Input, InputPath, InputTransformer or the event whole.

    Input paths that find nothing leave their place in the template empty, or null.
    """
    if "Input" in target:
        return str(target["Input"])
    if path := target.get("InputPath"):
        return json.dumps(at_path(event, path))
    if transformer := target.get("InputTransformer"):
        values = {name: at_path(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
        values |= reserved_variables(rule, event)
        return transformed(transformer["InputTemplate"], values)
    return json.dumps(event)


def reserved_variables(rule: Any, event: dict[str, Any]) -> dict[str, Any]:
    """What every input template may name."""
    return {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


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
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
