"""The lines that Lambda writes into a function's log, and where it writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.cloud.environment.invocation import InvocationOutcome
from grader.cloud.functions.collaborators import MotoAccount

STATUS = {
    "timeout": "\tStatus: timeout",
    "exit": "\tStatus: error\tError Type: Runtime.ExitError",
    "out_of_memory": "\tStatus: error\tError Type: Runtime.OutOfMemory",
}
RUNTIME_REVISIONS = {"python3.11": 110, "python3.12": 98, "python3.13": 77, "python3.14": 26}


@dataclass(frozen=True)
class LogLine:
    """One event of a log: ``at`` in seconds since 1970 on the clock."""

    at: float
    text: str


def billed_ms(outcome: InvocationOutcome) -> int:
    """Milliseconds that AWS bills: duration plus, since August 2025, initialisation; rounded up."""
    return math.ceil(outcome.duration_ms + (outcome.init_ms or 0.0))


def init_start(runtime: str, region: str) -> str:
    """The first line of a new environment."""
    version = runtime.removeprefix("python")
    revision = RUNTIME_REVISIONS.get(runtime, 1)
    number = f"{revision:064x}"
    return (
        f"INIT_START Runtime Version: python:{version}.v{revision}\t"
        f"Runtime Version ARN: arn:aws:lambda:{region}::runtime:{number}"
    )


def report(request_id: str, outcome: InvocationOutcome, memory_mb: int) -> str:
    """The REPORT line, tabs included, as Lambda writes it."""
    init = f"\tInit Duration: {outcome.init_ms:.2f} ms" if outcome.init_ms is not None else ""
    return (
        f"REPORT RequestId: {request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
        f"Billed Duration: {billed_ms(outcome)} ms\tMemory Size: {memory_mb} MB\t"
        f"Max Memory Used: {min(outcome.max_memory_mb, memory_mb)} MB{init}{STATUS.get(outcome.status, '')}\t"
    )


def log_lines(
    request_id: str,
    version: str,
    outcome: InvocationOutcome,
    memory_mb: int,
    started: float,
    elapsed: float,
    first: str | None,
) -> list[LogLine]:
    """Everything that one invocation leaves in the log, in order, dated on the clock."""
    ended = started + elapsed
    lines = [LogLine(started, first)] if first else []
    lines.append(LogLine(started, f"START RequestId: {request_id} Version: {version}"))
    lines += [LogLine(min(started + max(0.0, offset), ended), text) for offset, text in outcome.logs]
    lines.append(LogLine(ended, f"END RequestId: {request_id}"))
    lines.append(LogLine(ended, report(request_id, outcome, memory_mb)))
    return lines


def stream_name(version: str, at: float, environment: str) -> str:
    """A log stream's name: ``2026/11/02/[$LATEST]1f0c…``."""
    return f"{datetime.fromtimestamp(at, UTC):%Y/%m/%d}/[{version}]{environment}"


class LogWriter:
    """Writes into moto's CloudWatch Logs."""

    def __init__(self, moto: MotoAccount) -> None:
        self._moto = moto

    def write(self, group: str, stream: str, lines: list[LogLine], may_create_group: bool = True) -> bool:
        """Append lines to a stream, which is made when it is missing; False when there is no group to write to."""
        with self._moto.lock:
            logs = self._moto.backend("logs")
            if group not in logs.groups:
                if not may_create_group:
                    return False
                logs.ensure_log_group(group)
            logs.ensure_log_stream(group, stream)
            events = [{"timestamp": int(line.at * 1000), "message": line.text.rstrip("\n") + "\n"} for line in lines]
            _put(logs, group, stream, events)
        return True


def _put(logs: Any, group: str, stream: str, events: list[dict[str, Any]]) -> None:
    latest = 0
    for event in events:  # moto, like AWS, wants them in order
        latest = event["timestamp"] = max(latest, event["timestamp"])
    logs.put_log_events(group, stream, events)
