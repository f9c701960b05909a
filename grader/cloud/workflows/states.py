"""The states: each a generator that takes the input and gives the output, and the name of the next state."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any

from grader.cloud.workflows.choices import holds
from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.history import shown
from grader.cloud.workflows.operations import Branches, Operation, Strand, Until
from grader.cloud.workflows.scope import Scope
from grader.cloud.workflows.task_state import run_task
from grader.cloud.workflows.trying import caught, retry_delay

State = Mapping[str, Any]
Outcome = tuple[Any, str | None]
Running = Generator[Operation, Any, Outcome]
FAILING = frozenset({"Task", "Parallel", "Map"})


def run_machine(scope: Scope, machine: Mapping[str, Any], data: Any) -> Strand:
    """Run the states of a machine, branch or iteration one after another; gives the last one's output."""
    name: str | None = str(machine["StartAt"])
    while name is not None:
        data, name = yield from _run_state(scope, name, machine["States"][name], data)
    return data


def _run_state(scope: Scope, name: str, state: State, data: Any) -> Running:
    kind = str(state["Type"])
    scope.enter(name)
    scope.note(f"{kind}StateEntered", {"name": name, "input": shown(data)})
    tried: dict[int, int] = {}
    while True:
        try:
            output, following = yield from KINDS[kind](scope, state, data)
        except StateFailed as failure:
            if kind not in FAILING:
                raise
            delay = retry_delay(state, failure, tried, scope.chance)
            if delay is not None:
                scope.count_retry()
                yield Until(scope.now() + delay)
                continue
            output, following = caught(scope, state, failure, data)
        scope.note(f"{kind}StateExited", {"name": name, "output": shown(output)})
        return output, following


def _next(state: State) -> str | None:
    return None if state.get("End") is True else str(state["Next"])


def _pass(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    entered = scope.flow.entering(state, data)
    result = state["Result"] if "Result" in state else scope.flow.parameters(state, entered)
    return scope.flow.output(state, scope.flow.combined(state, data, result)), _next(state)


def _task(scope: Scope, state: State, data: Any) -> Running:
    result = yield from run_task(scope, state, data)
    return scope.flow.leaving(state, data, result), _next(state)


def _choice(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    entered = scope.flow.entering(state, data)
    for rule in state["Choices"]:
        if holds(rule, entered, scope.flow):
            return scope.flow.output(state, entered), str(rule["Next"])
    if "Default" in state:
        return scope.flow.output(state, entered), str(state["Default"])
    raise StateFailed(
        "States.NoChoiceMatched", "The state's input matches none of its choices, and there is no Default."
    )


def _wait(scope: Scope, state: State, data: Any) -> Running:
    entered = scope.flow.entering(state, data)
    yield Until(_moment(scope, state, entered))
    return scope.flow.output(state, entered), _next(state)


def _moment(scope: Scope, state: State, data: Any) -> float:
    field = next(field for field in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if field in state)
    value = scope.flow.value(state[field], data, field) if field.endswith("Path") else state[field]
    if field.startswith("Seconds"):
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise StateFailed("States.Runtime", f"The value of {field} is no number of seconds: {value}")
        return scope.now() + value
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    except ValueError as fault:
        raise StateFailed("States.Runtime", f"The value of {field} is no timestamp: {value}") from fault


def _succeed(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    return scope.flow.output(state, scope.flow.entering(state, data)), None


def _fail(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    error, cause = (
        str(scope.flow.value(state[f"{field}Path"], data, f"{field}Path")) if f"{field}Path" in state
        else str(state.get(field, ""))
        for field in ("Error", "Cause")
    )  # fmt: skip
    raise StateFailed(error, cause)


def _parallel(scope: Scope, state: State, data: Any) -> Running:
    given = scope.flow.parameters(state, scope.flow.entering(state, data))
    scope.note("ParallelStateStarted")
    strands = tuple(_branch(scope.branch(), branch, given) for branch in state["Branches"])
    try:
        results = yield Branches(strands)
    except StateFailed as failure:
        scope.note("ParallelStateFailed")
        raise _of_branch(failure) from failure
    scope.note("ParallelStateSucceeded")
    return scope.flow.leaving(state, data, results), _next(state)


def _branch(scope: Scope, machine: Mapping[str, Any], data: Any) -> Callable[[], Strand]:
    return lambda: run_machine(scope, machine, data)


def _of_branch(failure: StateFailed) -> StateFailed:
    return failure if failure.error else StateFailed("States.BranchFailed", failure.cause)


def _map(scope: Scope, state: State, data: Any) -> Running:
    entered = scope.flow.entering(state, data)
    items = scope.flow.value(state["ItemsPath"], entered, "ItemsPath") if "ItemsPath" in state else entered
    if not isinstance(items, list):
        raise StateFailed("States.Runtime", f"The items of a Map state must be a list, not {shown(items)[:200]}")
    scope.note("MapStateStarted", {"length": len(items)})
    strands = tuple(_iteration(scope, state, entered, number, item) for number, item in enumerate(items))
    try:
        results = yield Branches(strands, _at_most(scope, state, entered))
    except StateFailed as failure:
        scope.note("MapStateFailed")
        raise _of_branch(failure) from failure
    scope.note("MapStateSucceeded")
    return scope.flow.leaving(state, data, results), _next(state)


def _at_most(scope: Scope, state: State, data: Any) -> int:
    if "MaxConcurrencyPath" in state:
        return int(scope.flow.value(state["MaxConcurrencyPath"], data, "MaxConcurrencyPath"))
    return int(state.get("MaxConcurrency", 0))


def _iteration(scope: Scope, state: State, data: Any, number: int, item: Any) -> Callable[[], Strand]:
    name, machine = scope.name, state.get("ItemProcessor") or state["Iterator"]

    def run() -> Strand:
        inner = scope.branch({"Item": {"Index": number, "Value": item}})
        about = {"name": name, "index": number}
        inner.note("MapIterationStarted", about)
        template = "ItemSelector" if "ItemSelector" in state else "Parameters"
        try:
            given = inner.flow.filled(state[template], data) if template in state else item
            output = yield from run_machine(inner, machine, given)
        except StateFailed as failure:
            inner.note("MapIterationFailed", about)
            raise StateFailed(failure.error, failure.cause) from failure
        inner.note("MapIterationSucceeded", about)
        return output

    return run


KINDS: dict[str, Callable[[Scope, State, Any], Running]] = {
    "Pass": _pass, "Task": _task, "Choice": _choice, "Wait": _wait, "Succeed": _succeed, "Fail": _fail,
    "Parallel": _parallel, "Map": _map,
}  # fmt: skip
