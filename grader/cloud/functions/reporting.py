"""The lines that Lambda writes into a function's log, as text or as JSON, and where it writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.cloud.environment.invocation import InitFailure, InvocationOutcome
from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.functions.registry import FunctionVersion

STATUS = {
    "timeout": "\tStatus: timeout",
    "exit": "\tStatus: error\tError Type: Runtime.ExitError",
    "out_of_memory": "\tStatus: error\tError Type: Runtime.OutOfMemory",
    "output_limit": "\tStatus: error\tError Type: Runtime.OutputLimit",
}
RUNTIME_REVISIONS = {"python3.11": 110, "python3.12": 98, "python3.13": 77, "python3.14": 26}


@dataclass(frozen=True)
class LogLine:
    """One event of a log: ``at`` in seconds since 1970 on the clock."""

    at: float
    text: str


@dataclass(frozen=True)
class Run:
    """One finished invocation, as its log tells it.

    Attributes
    ----------
    started, elapsed
        Seconds since 1970, and seconds, on the clock.
    """

    request_id: str
    version: FunctionVersion
    outcome: InvocationOutcome
    started: float
    elapsed: float
    cold: bool
    log_stream: str
    region: str

    @property
    def invoked(self) -> float:
        """When the handler's turn came: after an INIT phase that was cut short."""
        failure = self.outcome.init_failure
        return self.started + (failure.duration_ms / 1000 if failure and failure.status == "timeout" else 0.0)

    @property
    def ended(self) -> float:
        """When it was over."""
        return self.started + self.elapsed

    def written(self, logs: tuple[tuple[float, str], ...], since: float) -> Iterator[LogLine]:
        """What the function wrote, none of it after the end."""
        for offset, text in logs:
            yield LogLine(min(since + max(0.0, offset), max(self.ended, since)), text)


def billed_ms(outcome: InvocationOutcome) -> int:
    """Milliseconds that AWS bills: duration plus, since August 2025, initialisation; rounded up."""
    return math.ceil(outcome.duration_ms + (outcome.init_ms or 0.0))


def runtime_version(runtime: str, region: str) -> tuple[str, str]:
    """The runtime's version and its ARN, as the first line of a new environment names them."""
    revision = RUNTIME_REVISIONS.get(runtime, 1)
    return f"python:{runtime.removeprefix('python')}.v{revision}", f"arn:aws:lambda:{region}::runtime:{revision:064x}"


def log_lines(run: Run) -> list[LogLine]:
    """Everything that one invocation leaves in the log, in order, dated on the clock."""
    failure = run.outcome.init_failure
    system = _SystemEvents(run) if run.version.log_format == "JSON" else _SystemLines(run)
    lines = [*system.init_start()] if run.cold else []
    if failure is not None and run.cold:
        lines += [*run.written(failure.logs, run.started), *system.init_report("init", failure)]
    if failure is not None and failure.status == "error":  # Lambda does it again, and it fails again
        lines += [*run.written(run.outcome.logs, run.started), *system.init_report("invoke", failure), *system.start()]
    else:
        if run.outcome.in_init and run.outcome.status == "timeout":
            lines += system.init_report("invoke", InitFailure("timeout", "", run.outcome.duration_ms, ()))
        lines += [*system.start(), *run.written(run.outcome.logs, run.invoked)]
    return [*lines, *system.end(), *system.report()]


class _SystemLines:
    """Lambda's own lines as text."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def init_start(self) -> Iterator[LogLine]:
        """The first line of a new environment."""
        version, arn = runtime_version(self._run.version.runtime, self._run.region)
        yield LogLine(self._run.started, f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}")

    def init_report(self, phase: str, failure: InitFailure) -> Iterator[LogLine]:
        """The line about an INIT phase that failed."""
        kind = f"\tError Type: {failure.error_type}" if failure.error_type else ""
        duration = f"INIT_REPORT Init Duration: {failure.duration_ms:.2f} ms"
        at = self._run.invoked if phase == "init" else self._run.ended
        yield LogLine(at, f"{duration}\tPhase: {phase}\tStatus: {failure.status}{kind}")

    def start(self) -> Iterator[LogLine]:
        """The line before the handler's."""
        run = self._run
        yield LogLine(run.invoked, f"START RequestId: {run.request_id} Version: {run.version.version}")

    def end(self) -> Iterator[LogLine]:
        """The line after the handler's."""
        yield LogLine(self._run.ended, f"END RequestId: {self._run.request_id}")

    def report(self) -> Iterator[LogLine]:
        """The REPORT line, tabs included."""
        run, outcome = self._run, self._run.outcome
        init = f"\tInit Duration: {outcome.init_ms:.2f} ms" if outcome.init_ms is not None else ""
        status = STATUS.get(outcome.status, "")
        if outcome.init_failure is not None and outcome.init_failure.status == "error":
            status = f"\tStatus: error\tError Type: {outcome.init_failure.error_type}"
        yield LogLine(
            run.ended,
            f"REPORT RequestId: {run.request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
            f"Billed Duration: {billed_ms(outcome)} ms\tMemory Size: {run.version.memory_mb} MB\t"
            f"Max Memory Used: {min(outcome.max_memory_mb, run.version.memory_mb)} MB{init}{status}\t",
        )


class _SystemEvents:
    """Lambda's own lines as JSON, as far as SystemLogLevel lets them through."""

    LEVELS = ("DEBUG", "INFO", "WARN")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._least = self.LEVELS.index(run.version.system_log_level)

    def init_start(self) -> Iterator[LogLine]:
        """``platform.initStart``."""
        run = self._run
        version, arn = runtime_version(run.version.runtime, run.region)
        day, _, rest = run.log_stream.rpartition("/")
        yield from self._event(
            "INFO", run.started, "initStart", initializationType="on-demand", phase="init", runtimeVersion=version,
            runtimeVersionArn=arn, functionName=run.version.name, functionVersion=run.version.version,
            instanceId=f"{day}/{run.version.name}{rest}", instanceMaxMemory=run.version.memory_mb * 1024 * 1024,
        )  # fmt: skip

    def init_report(self, phase: str, failure: InitFailure) -> Iterator[LogLine]:
        """``platform.initReport``."""
        at = self._run.invoked if phase == "init" else self._run.ended
        kind = {"errorType": failure.error_type} if failure.error_type else {}
        yield from self._event(
            "WARN", at, "initReport", initializationType="on-demand", phase=phase, status=failure.status, **kind,
            metrics={"durationMs": failure.duration_ms},
        )  # fmt: skip

    def start(self) -> Iterator[LogLine]:
        """``platform.start``."""
        run = self._run
        yield from self._event(
            "INFO", run.invoked, "start", requestId=run.request_id, functionArn=run.version.invoked_arn,
            version=run.version.version,
        )  # fmt: skip

    def end(self) -> Iterator[LogLine]:
        """``platform.runtimeDone``."""
        run = self._run
        yield from self._event(
            self._level(), run.ended, "runtimeDone", requestId=run.request_id, status=self._status(),
            metrics={"durationMs": run.outcome.duration_ms},
        )  # fmt: skip

    def report(self) -> Iterator[LogLine]:
        """``platform.report``."""
        run, outcome = self._run, self._run.outcome
        metrics: dict[str, Any] = {
            "durationMs": outcome.duration_ms,
            "billedDurationMs": billed_ms(outcome),
            "memorySizeMB": run.version.memory_mb,
            "maxMemoryUsedMB": min(outcome.max_memory_mb, run.version.memory_mb),
        }
        if outcome.init_ms is not None:
            metrics["initDurationMs"] = outcome.init_ms
        level = "INFO" if self._status() == "success" else "WARN"
        yield from self._event(
            level, run.ended, "report", requestId=run.request_id, metrics=metrics, status=self._status()
        )

    def _level(self) -> str:
        return "DEBUG" if self._status() == "success" else "WARN"

    def _status(self) -> str:
        outcome = self._run.outcome
        return {"ok": "success", "timeout": "timeout", "error": "error"}.get(outcome.status, "failure")

    def _event(self, level: str, at: float, kind: str, **record: Any) -> Iterator[LogLine]:
        if self.LEVELS.index(level) >= self._least:
            event = {"time": moment(at), "type": f"platform.{kind}", "record": record}
            yield LogLine(at, json.dumps(event, separators=(",", ":")))


def moment(at: float) -> str:
    """A moment as Lambda's JSON logs write it: ``2026-11-02T09:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
