"""Zygotes at every level that this machine gives, and functions written on the spot."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.cloud.environment import (
    Credentials,
    ExecutionEnvironment,
    FunctionConfiguration,
    InvocationOutcome,
    InvocationRequest,
    Patience,
    Zygote,
)

NOW = 1793610000.0  # 2026-11-02T09:00:00Z
ARN = "arn:aws:lambda:us-east-1:123456789012:function:resize"
ROLE = Credentials("ASIAEXAMPLE", "secret", "token")


@pytest.fixture(scope="session", params=[3, 2, 1])
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="session")
def zygote(level: int) -> Iterator[Zygote]:
    with Zygote(level=level, patience=Patience(cpu_s=0.4, wall_s=3.0)) as zygote:
        yield zygote


class Bench:
    """Writes functions, starts environments, sends events."""

    def __init__(self, zygote: Zygote, folder: Path) -> None:
        self.zygote, self.folder = zygote, folder
        self.started: list[ExecutionEnvironment] = []
        self._numbers = itertools.count(1)

    def configuration(self, source: str, **changes: Any) -> FunctionConfiguration:
        code = self.folder / f"code{next(self._numbers)}"
        code.mkdir()
        (code / "app.py").write_text(textwrap.dedent(source))
        plain = FunctionConfiguration(
            "resize", ARN, "$LATEST", "app.handler", "python3.13", 128, 3, code, log_group="/aws/lambda/resize",
            log_stream="2026/11/02/[$LATEST]0123",
        )  # fmt: skip
        return replace(plain, **changes)

    def environment(self, source: str, serve: Any = None, **changes: Any) -> ExecutionEnvironment:
        one = self.zygote.start(self.configuration(source, **changes), ROLE, serve)
        self.started.append(one)
        return one

    def outcome(self, source: str, event: Any = None, **changes: Any) -> InvocationOutcome:
        return self.environment(source, **changes).invoke(ask(event))

    def result(self, source: str, event: Any = None, **changes: Any) -> Any:
        outcome = self.outcome(source, event, **changes)
        assert outcome.status == "ok", outcome
        return json.loads(outcome.payload)


def ask(event: Any = None, request_id: str = "req-1", now: float = NOW, **more: Any) -> InvocationRequest:
    return InvocationRequest(request_id, json.dumps(event).encode(), now, **more)


@pytest.fixture
def bench(zygote: Zygote, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(zygote, tmp_path)
    yield bench
    for one in bench.started:
        one.close()


@pytest.fixture
def text() -> Callable[[InvocationOutcome], str]:
    return lambda outcome: "".join(part for _, part in outcome.logs)
