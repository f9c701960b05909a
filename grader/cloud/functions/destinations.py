"""How an asynchronous event ended, told to the dead-letter queue and to the destinations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grader.cloud.functions.invocation import Invocation, Lineage
from grader.cloud.functions.registry import FunctionVersion
from grader.cloud.functions.targets import Undeliverable

if TYPE_CHECKING:
    from grader.cloud.functions.service import FunctionService

ERROR_MESSAGE_LIMIT = 1024
ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}


@dataclass(frozen=True)
class Ending:
    """The last word on an event.

    Attributes
    ----------
    condition
        ``Success``, ``RetriesExhausted``, ``EventAgeExceeded`` …
    attempts
        How often the function ran with it.
    last
        The last invocation; None when it never ran.
    """

    request_id: str
    payload: bytes
    condition: str
    attempts: int
    last: Invocation | None
    lineage: Lineage


def report_ending(functions: FunctionService, version: FunctionVersion, qualifier: str | None, ending: Ending) -> None:
    """Tell whoever was named: after a success OnSuccess; after a failure the dead-letter queue and OnFailure."""
    config = functions.event_invoke_configs.of(version.name, qualifier)
    failed = ending.condition != "Success"
    if failed:
        _bury(functions, version, ending)
    if target := config.on_failure if failed else config.on_success:
        _tell(functions, version, target, ending)
    if failed and not (config.on_failure or version.dead_letter_target):
        _trace(ending).broken("dead letter", f"{ending.condition}: the event is lost, nobody was named to keep it.")


def destination_record(version: FunctionVersion, ending: Ending, now: float) -> dict[str, Any]:
    """The record that AWS sends to a destination."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso(now),
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": version.qualified_arn,
            "condition": ending.condition,
            "approximateInvokeCount": ending.attempts,
        },
        "requestPayload": json.loads(ending.payload),
    }
    if ending.last is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": ending.last.version}
        if ending.last.function_error:
            context["functionError"] = ending.last.function_error
        record["responseContext"] = context
        record["responsePayload"] = ending.last.error if ending.last.error is not None else ending.last.payload
    return record


def dead_letter_attributes(ending: Ending) -> dict[str, tuple[str, str]]:
    """The message attributes of a dead letter: name → (type, value)."""
    error = (ending.last.error or {}) if ending.last else {}
    message = str(error.get("errorMessage") or ending.condition)
    return {
        "RequestID": ("String", ending.request_id),
        "ErrorCode": ("Number", "200" if ending.last else "429"),
        "ErrorMessage": ("String", message[:ERROR_MESSAGE_LIMIT] or "-"),
    }


def iso(moment: float) -> str:
    """A moment of the clock as AWS writes it in events: ``2026-11-02T09:03:00.000Z``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bury(functions: FunctionService, version: FunctionVersion, ending: Ending) -> None:
    target = version.dead_letter_target
    if target is None or not _allowed(functions, version, target, ending, "dead letter", "DeadLetterErrors"):
        return
    body = ending.payload.decode()
    try:
        with functions.caused_by(ending.lineage):
            functions.targets.send(target, body, dead_letter_attributes(ending))
    except Undeliverable as fault:
        _lost(functions, version, ending, "dead letter", "DeadLetterErrors", str(fault))
    else:
        _trace(ending).passed("dead letter", f"{ending.condition}: kept in {target}")


def _tell(functions: FunctionService, version: FunctionVersion, target: str, ending: Ending) -> None:
    if not _allowed(functions, version, target, ending, "destination", "DestinationDeliveryFailures"):
        return
    record = destination_record(version, ending, functions.clock.timestamp())
    try:
        with functions.caused_by(ending.lineage):
            if _service(target) == "lambda":
                functions.enqueue(target, json.dumps(record).encode(), source="lambda destination")
            elif _service(target) == "events":
                functions.targets.put_event(target, _as_event(version, target, record))
            else:
                functions.targets.tell(target, record, f"aws/lambda/async/{version.name}")
    except Undeliverable as fault:
        _lost(functions, version, ending, "destination", "DestinationDeliveryFailures", str(fault))
    else:
        _trace(ending).passed("destination", f"{ending.condition}: told {target}")


def _as_event(version: FunctionVersion, target: str, record: dict[str, Any]) -> dict[str, Any]:
    success = record["requestContext"]["condition"] == "Success"
    return {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {'Success' if success else 'Failure'}",
        "Resources": [target, version.qualified_arn],
        "Detail": json.dumps(record),
    }


def _allowed(
    functions: FunctionService, version: FunctionVersion, target: str, ending: Ending, gate: str, metric: str
) -> bool:
    action = ACTIONS.get(_service(target))
    if action is None:
        _lost(functions, version, ending, gate, metric, f"NotSupported: a destination in {_service(target)}")
        return False
    verdict = functions.roles.may(version.role, version.name, action, target)
    if not verdict.allowed:
        _lost(functions, version, ending, gate, metric, f"The function's role may not {action} on {target}.")
    return verdict.allowed


def _lost(
    functions: FunctionService, version: FunctionVersion, ending: Ending, gate: str, metric: str, why: str
) -> None:
    _trace(ending).broken(gate, f"{why} The event is lost.")
    functions.metrics.record(version, functions.clock.timestamp(), {metric: 1})


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") >= 5 else ""


def _trace(ending: Ending) -> Any:
    return ending.lineage.trace
