"""What an invocation leaves behind: its trace's last gate, its log, its metrics, and the answer to the caller."""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.environment.invocation import InvocationOutcome
from grader.cloud.functions.collaborators import Authorizer, MotoAccount
from grader.cloud.functions.invocation import Invocation
from grader.cloud.functions.metrics import FunctionMetrics
from grader.cloud.functions.pool import Slot
from grader.cloud.functions.registry import FunctionVersion
from grader.cloud.functions.reporting import LogLine, LogWriter, Run, billed_ms, log_lines
from grader.cloud.traces import Trace


class Recorder:
    """Records invocations; the log only as far as the function's role may write it."""

    def __init__(self, moto: MotoAccount, authorization: Authorizer, metrics: FunctionMetrics, region: str) -> None:
        self._moto, self._authorization, self._metrics, self._region = moto, authorization, metrics, region
        self._logs = LogWriter(moto)

    def finished(
        self,
        version: FunctionVersion,
        slot: Slot,
        outcome: InvocationOutcome,
        trace: Trace,
        started: float,
        elapsed: float,
        request_id: str,
        cold: bool,
    ) -> Invocation:
        """What an invocation came to; it is in the log, in the metrics and in the trace from now on."""
        result = json.loads(outcome.payload) if outcome.payload else None
        self._note_handler(trace, outcome, result)
        run = Run(request_id, version, outcome, started, elapsed, cold, slot.log_stream, self._region)
        lines = log_lines(run)
        with self._moto.lock:  # taken by each of the next steps, too; to take it moves moto's time
            self._write_log(version, slot, lines, trace)
        self._measure(version, outcome, started)
        self._metrics.billed(version, billed_ms(outcome))
        return Invocation(
            payload=None if outcome.failed else result,
            error=result if outcome.failed else None,
            function_error="Unhandled" if outcome.failed else None,
            status_code=200,
            logs=tuple(line.text for line in lines),
            duration_ms=outcome.duration_ms,
            billed_ms=billed_ms(outcome),
            init_ms=outcome.init_ms,
            max_memory_mb=outcome.max_memory_mb,
            memory_mb=version.memory_mb,
            environment=slot.id,
            cold=cold,
            version=version.version,
            request_id=request_id,
            trace=trace,
            content=outcome.payload,
            started=started,
            ended=started + elapsed,
        )

    def _note_handler(self, trace: Trace, outcome: InvocationOutcome, result: Any) -> None:
        if outcome.failed:
            trace.broken("handler", f"{result.get('errorType', '')}: {result.get('errorMessage', '')}")
        else:
            trace.passed("handler", f"returned after {outcome.duration_ms:.0f} ms")

    def _write_log(self, version: FunctionVersion, slot: Slot, lines: list[LogLine], trace: Trace) -> None:
        group = f"arn:aws:logs:{self._region}:{self._moto.account_id}:log-group:{version.log_group}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            decision = self._authorization.judge(slot.principal, action, f"{group}:log-stream:{slot.log_stream}", {})
            if not decision.allowed:
                trace.waiting("log", f"Nothing is logged: the role may not {action}.")
                return
        create = self._authorization.judge(slot.principal, "logs:CreateLogGroup", f"{group}:*", {})
        self._logs.write(version.log_group, slot.log_stream, lines, create.allowed)

    def _measure(self, version: FunctionVersion, outcome: InvocationOutcome, at: float) -> None:
        values = {
            "Invocations": 1.0,
            "Errors": float(outcome.failed),
            "Duration": outcome.duration_ms,
            "Throttles": 0.0,
        }
        self._metrics.record(version, at, values)
