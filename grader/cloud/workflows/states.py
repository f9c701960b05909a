"""The states: each a generator that takes the input and gives the output, and the name of the next state."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any

from grader.cloud.workflows.data_flow import number
from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.history import failure_details, shown
from grader.cloud.workflows.leaving import Left
from grader.cloud.workflows.operations import Branches, Operation, Strand, Until
from grader.cloud.workflows.queries import QueryFailed
from grader.cloud.workflows.scope import Scope
from grader.cloud.workflows.task_state import run_task
from grader.cloud.workflows.trying import caught, retry_delay

State = Mapping[str, Any]
Outcome = tuple[Left, str | None]
Running = Generator[Operation, Any, Outcome]
FAILING = frozenset({"Task", "Parallel", "Map"})


def run_machine(scope: Scope, machine: Mapping[str, Any], data: Any) -> Strand:
    """Run the states of a machine, branch or iteration one after another; gives the last one's output."""
    scope.query_language = machine.get("QueryLanguage", scope.query_language)
    name: str | None = str(machine["StartAt"])
    while name is not None:
        data, name = yield from _run_state(scope, name, machine["States"][name], data)
    return data


def _run_state(scope: Scope, name: str, state: State, data: Any) -> Generator[Operation, Any, tuple[Any, str | None]]:
    kind = str(state["Type"])
    scope.enter(name, state)
    scope.note(f"{kind}StateEntered", {"name": name, "input": shown(data)})
    tried: dict[int, int] = {}
    while True:
        try:
            left, following = yield from KINDS[kind](scope, state, data)
        except StateFailed as failure:
            if isinstance(failure, QueryFailed):
                scope.note("EvaluationFailed", {**failure_details(failure), "location": failure.field, "state": name})
            if kind not in FAILING:
                raise
            delay = retry_delay(state, failure, tried, scope.chance)
            if delay is not None:
                scope.count_retry()
                yield Until(scope.now() + delay)
                continue
            left, following = caught(scope, state, failure, data)
        scope.note(f"{kind}StateExited", {"name": name, "output": shown(left.output), **_assigned(left)})
        scope.variables.update(left.assigned)
        return left.output, following


def _assigned(left: Left) -> dict[str, Any]:
    """The history's words for it."""
    if not left.assigned:
        return {}
    values = {name: shown(value) for name, value in left.assigned.items()}
    return {"assignedVariables": values, "assignedVariablesDetails": {"truncated": False}}


def _next(state: State) -> str | None:
    return None if state.get("End") is True else str(state["Next"])


def _pass(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    return scope.flow.passing_on(state, data), _next(state)


def _task(scope: Scope, state: State, data: Any) -> Running:
    result = yield from run_task(scope, state, data)
    return scope.flow.leaving(state, data, result), _next(state)


def _choice(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    entered = scope.flow.entering(state, data)
    for rule in state["Choices"]:
        if scope.flow.holds(rule, entered):
            return scope.flow.passing(state, data, rule), str(rule["Next"])
    if "Default" in state:
        return scope.flow.passing(state, data), str(state["Default"])
    raise StateFailed(
        "States.NoChoiceMatched", "The state's input matches none of its choices, and there is no Default."
    )


def _wait(scope: Scope, state: State, data: Any) -> Running:
    yield Until(_moment(scope, state, scope.flow.entering(state, data)))
    return scope.flow.passing(state, data), _next(state)


def _moment(scope: Scope, state: State, data: Any) -> float:
    seconds = scope.flow.setting(state, "Seconds", data)
    if seconds is not None:
        return scope.now() + number(seconds, "Seconds")
    value = scope.flow.setting(state, "Timestamp", data)
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    except ValueError as fault:
        raise StateFailed("States.Runtime", f"The value of Timestamp is no timestamp: {value}") from fault


def _succeed(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    return scope.flow.passing(state, data), None


def _fail(scope: Scope, state: State, data: Any) -> Running:
    yield from ()
    error, cause = (scope.flow.setting(state, field, data) for field in ("Error", "Cause"))
    raise StateFailed("" if error is None else str(error), "" if cause is None else str(cause))


def _parallel(scope: Scope, state: State, data: Any) -> Running:
    given = scope.flow.arguments(state, data)
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
    items = scope.flow.items(state, data)
    if not isinstance(items, list):
        raise StateFailed("States.Runtime", f"The items of a Map state must be a list, not {shown(items)[:200]}")
    scope.note("MapStateStarted", {"length": len(items)})
    strands = tuple(_iteration(scope, state, data, place, item) for place, item in enumerate(items))
    try:
        results = yield Branches(strands, _at_most(scope, state, data))
    except StateFailed as failure:
        scope.note("MapStateFailed")
        raise _of_branch(failure) from failure
    scope.note("MapStateSucceeded")
    return scope.flow.leaving(state, data, results), _next(state)


def _at_most(scope: Scope, state: State, data: Any) -> int:
    found = scope.flow.setting(state, "MaxConcurrency", scope.flow.entering(state, data))
    return int(number(found or 0, "MaxConcurrency"))


def _iteration(scope: Scope, state: State, data: Any, place: int, item: Any) -> Callable[[], Strand]:
    name, machine = scope.name, state.get("ItemProcessor") or state["Iterator"]

    def run() -> Strand:
        inner = scope.branch({"Item": {"Index": place, "Value": item}})
        about = {"name": name, "index": place}
        inner.note("MapIterationStarted", about)
        try:
            output = yield from run_machine(inner, machine, inner.flow.item(state, data, item))
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
