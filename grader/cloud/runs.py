"""Calling a plain Python function by value in an execution environment of its own: ``cloud.run``."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.environment.invocation import InvocationOutcome, InvocationRequest
from grader.cloud.errors import CloudError
from grader.cloud.functions.code import requirements
from grader.cloud.functions.collaborators import Environments
from grader.cloud.functions.invocation import Invocation
from grader.cloud.functions.reporting import billed_ms
from grader.cloud.ids import Ids
from grader.cloud.traces import Traces

LEFT_OUT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".aws-sam")


class Runs:
    """Runs functions of a folder by value.

    Parameters
    ----------
    environments
        Starts execution environments.
    """

    def __init__(
        self, environments: Environments, clock: Clock, ids: Ids, traces: Traces, account_id: str, region: str
    ) -> None:
        self._environments, self._clock, self._ids, self._traces = environments, clock, ids, traces
        self._account_id, self._region = account_id, region

    def run(
        self,
        folder: Path,
        target: str,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        credentials: Credentials,
        *,
        files: Mapping[str, bytes | str] | None,
        environment: Mapping[str, str] | None,
        timeout: float,
        memory: int,
    ) -> Invocation:
        """Call ``module.function`` of a folder; the parameters are those of ``Cloud.run``."""
        event = _event(target, arguments, keywords)
        with tempfile.TemporaryDirectory(prefix="run-") as temporary:
            code = _copy(folder, Path(temporary, "task"), files or {})
            config = self._configuration(code, target, environment or {}, timeout, memory)
            running = self._environments.start(config, credentials)
            request = InvocationRequest(self._ids.uuid(), event, self._clock.timestamp())
            try:
                outcome = running.invoke(request)
            finally:
                running.close()
        return self._invocation(outcome, request, memory, target)

    def _configuration(
        self, code: Path, target: str, variables: Mapping[str, str], timeout: float, memory: int
    ) -> FunctionConfiguration:
        name = target.replace(".", "-")
        return FunctionConfiguration(
            name=name,
            arn=f"arn:aws:lambda:{self._region}:{self._account_id}:function:{name}",
            version="$LATEST",
            handler=target,
            runtime="python3.13",
            memory_mb=memory,
            timeout_s=timeout,
            code=code,
            variables=variables,
            packages=requirements(code),
            convention="value",
            region=self._region,
            account_id=self._account_id,
        )

    def _invocation(
        self, outcome: InvocationOutcome, request: InvocationRequest, memory: int, target: str
    ) -> Invocation:
        self._clock.pass_time(outcome.slept_s)
        value = json.loads(outcome.payload) if outcome.payload else None
        return Invocation(
            payload=None if outcome.failed else value,
            error=value if outcome.failed else None,
            function_error="Unhandled" if outcome.failed else None,
            status_code=200,
            logs=tuple(text for _, text in outcome.logs),
            duration_ms=outcome.duration_ms,
            billed_ms=billed_ms(outcome),
            init_ms=outcome.init_ms,
            max_memory_mb=outcome.max_memory_mb,
            memory_mb=memory,
            environment=request.request_id,
            cold=True,
            version="$LATEST",
            request_id=request.request_id,
            trace=self._traces.start("call", target),
            content=outcome.payload,
            started=request.now,
            ended=request.now + outcome.slept_s,
        )


def _event(target: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps({"args": list(arguments), "kwargs": dict(keywords)}, allow_nan=False).encode()
    except (TypeError, ValueError) as problem:
        raise CloudError(
            f"{target} is called by value, and these arguments are not plain data: {problem}.",
            next_step="Pass numbers, texts, lists, dictionaries, True, False and None.",
        ) from problem


def _copy(folder: Path, target: Path, files: Mapping[str, bytes | str]) -> Path:
    shutil.copytree(folder, target, ignore=LEFT_OUT, symlinks=False)
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return target


