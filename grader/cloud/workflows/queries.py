"""Has JSONata evaluated. An expression is a program, so it runs where functions do, and never in this process."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.environment.invocation import InvocationRequest
from grader.cloud.functions.collaborators import Environment, Environments
from grader.cloud.ids import Ids
from grader.cloud.workflows.failures import StateFailed

RUNTIME = Path(__file__).parent / "query_runtime"
LIBRARY = "jsonata-python"
NOBODY = Credentials("none", "none")
MEMORY_MB, TIMEOUT_S = 512, 3
FAILED = "States.QueryEvaluationError"


class QueryFailed(StateFailed):
    """An expression has no value.

    Attributes
    ----------
    field
        Of which of the state's fields.
    """

    def __init__(self, cause: str, field: str) -> None:
        super().__init__(FAILED, cause)
        self.field = field


class Queries:
    """Evaluates expressions, for one account.

    Parameters
    ----------
    environments
        Starts the environment that evaluates them, which is kept.
    """

    def __init__(self, environments: Environments, clock: Clock, ids: Ids) -> None:
        self._environments, self._clock, self._ids = environments, clock, ids
        self._kept: Environment | None = None
        self._lock = threading.Lock()

    def evaluate(self, template: Any, names: Mapping[str, Any], chance: random.Random, field: str) -> Any:
        """The template with its expressions evaluated.

        Raises
        ------
        QueryFailed
        """
        if not holds_expression(template):
            return template
        moment = round(1000 * self._clock.timestamp())
        told = self._ask(field, "evaluate", template, dict(names), chance.getrandbits(64), moment, field)
        if "fault" in told:
            raise QueryFailed(told["fault"], told["field"])
        return told["value"]

    def faults(self, expressions: Sequence[str]) -> list[str | None]:
        """What is wrong with each expression's syntax; None where nothing is."""
        found: list[str | None] = self._ask("", "faults", list(expressions)) if expressions else []
        return found

    def close(self) -> None:
        """End the environment."""
        with self._lock:
            if self._kept is not None:
                self._kept.close()
            self._kept = None

    def _ask(self, field: str, *arguments: Any) -> Any:
        try:
            event = json.dumps({"args": arguments, "kwargs": {}}).encode()
        except RecursionError as fault:
            raise QueryFailed("The data is nested too deeply.", field) from fault
        request = InvocationRequest(self._ids.uuid(), event, self._clock.timestamp())
        with self._lock:
            environment = self._kept if self._kept is not None and self._kept.alive else self._start()
            self._kept = environment
            outcome = environment.invoke(request)
        told = json.loads(outcome.payload) if outcome.payload else {}
        if outcome.failed:
            raise QueryFailed(f"The JSONata expression could not be evaluated: {told.get('errorMessage')}", field)
        return told

    def _start(self) -> Environment:
        config = FunctionConfiguration(
            name="jsonata", arn="arn:aws:states:::jsonata", version="$LATEST", handler="expressions.answer",
            runtime="python3.13", memory_mb=MEMORY_MB, timeout_s=TIMEOUT_S, code=RUNTIME, packages=(LIBRARY,),
            convention="value",
        )  # fmt: skip
        return self._environments.start(config, NOBODY)


def is_expression(value: Any) -> bool:
    """Whether a text is a JSONata expression: ``{% … %}``, with nothing before and after it."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def holds_expression(template: Any) -> bool:
    """Whether there is anything to be evaluated."""
    waiting = [template]
    while waiting:
        one = waiting.pop()
        if is_expression(one):
            return True
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return False
