"""Calling a plain Python function by value in an execution environment of its own: ``cloud.run``."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.environment.invocation import InvocationOutcome, InvocationRequest
from grader.cloud.errors import CloudError
from grader.cloud.functions.code import requirements
from grader.cloud.functions.collaborators import Environment, Environments
from grader.cloud.functions.invocation import Invocation
from grader.cloud.functions.reporting import billed_ms
from grader.cloud.ids import Ids
from grader.cloud.traces import Traces

LEFT_OUT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".aws-sam")


@dataclass(frozen=True)
class _Prepared:
    """An environment and the folder that its code lies in."""

    environment: Environment
    folder: tempfile.TemporaryDirectory[str]

    def close(self) -> None:
        self.environment.close()
        self.folder.cleanup()


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
        self._kept: dict[str, _Prepared] = {}

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
        keep: bool = False,
        whose: str = "",
    ) -> Invocation:
        """Call ``module.function`` of a folder; the parameters are those of ``Cloud.run``.

        ``whose`` tells credentials apart: only calls with the same rights share an environment that is kept.
        """
        request = InvocationRequest(self._ids.uuid(), _event(target, arguments, keywords), self._clock.timestamp())
        name = repr((str(folder), target, files, environment, timeout, memory, whose))
        prepared = self._kept.pop(name, None) if keep else None
        cold = prepared is None
        if prepared is None:
            prepared = self._prepare(folder, target, credentials, files or {}, environment or {}, timeout, memory)
        try:
            outcome = prepared.environment.invoke(request)
        finally:
            if keep and prepared.environment.alive:
                self._kept[name] = prepared
            else:
                prepared.close()
        return self._invocation(outcome, request, memory, target, cold)

    def close(self) -> None:
        """End the environments that were kept."""
        while self._kept:
            self._kept.popitem()[1].close()

    def _prepare(
        self,
        folder: Path,
        target: str,
        credentials: Credentials,
        files: Mapping[str, bytes | str],
        variables: Mapping[str, str],
        timeout: float,
        memory: int,
    ) -> _Prepared:
        temporary = tempfile.TemporaryDirectory(prefix="run-")
        code = _copy(folder, Path(temporary.name, "task"), files)
        config = self._configuration(code, target, variables, timeout, memory)
        return _Prepared(self._environments.start(config, credentials), temporary)

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
        self, outcome: InvocationOutcome, request: InvocationRequest, memory: int, target: str, cold: bool
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
            cold=cold,
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
