"""Task states: a function by its ARN, or a service integration; request and response, or until a token comes back."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from grader.cloud.workflows.data_flow import number
from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.history import failure_details, shown
from grader.cloud.workflows.operations import Ended, Operation, Perform, TaskDone, Token
from grader.cloud.workflows.resources import Resource, read_resource
from grader.cloud.workflows.scope import Scope


def run_task(scope: Scope, state: Mapping[str, Any], data: Any) -> Generator[Operation, Any, Any]:
    """Do the state's task; gives its result.

    Raises
    ------
    StateFailed
        When it failed, or took longer than it may.
    """
    resource = read_resource(str(state["Resource"]))
    if resource.waits_for_token:
        scope.token = scope.tasks.new_token()
    parameters = scope.flow.arguments(state, data)
    limit = _seconds(scope, state, data, "TimeoutSeconds")
    deadline = None if limit is None else scope.now() + limit
    _scheduled(scope, resource, parameters, limit)
    done: TaskDone = yield Perform(lambda: scope.tasks.perform(resource, parameters, scope), deadline)
    if done.failure is None and resource.waits_for_token:
        scope.note("TaskSubmitted", {**resource.about, "output": shown(done.result)})
        heartbeat = _seconds(scope, state, data, "HeartbeatSeconds")
        done = yield Token(str(scope.token), deadline, heartbeat)
    elif done.failure is None and resource.waits_for_end:
        scope.note("TaskSubmitted", {**resource.about, "output": shown(done.result)})
        described = yield Ended(str(done.result["ExecutionArn"]))
        done = scope.tasks.ended(resource, described, scope.now())
    _finished(scope, resource, done)
    if done.failure is not None:
        raise done.failure
    return done.result


def _seconds(scope: Scope, state: Mapping[str, Any], data: Any, field: str) -> float | None:
    found = scope.flow.setting(state, field, data)
    return None if found is None else number(found, field)


def _scheduled(scope: Scope, resource: Resource, parameters: Any, limit: float | None) -> None:
    timeout = {} if limit is None else {"timeoutInSeconds": int(limit)}
    if resource.is_function:
        scope.note("LambdaFunctionScheduled", {"resource": resource.arn, "input": shown(parameters), **timeout})
        scope.note("LambdaFunctionStarted")
    else:
        about = {**resource.about, "region": scope.tasks.region, "parameters": shown(parameters)}
        scope.note("TaskScheduled", {**about, **timeout})
        scope.note("TaskStarted", resource.about)


def _finished(scope: Scope, resource: Resource, done: TaskDone) -> None:
    prefix = "LambdaFunction" if resource.is_function else "Task"
    about = {} if resource.is_function else resource.about
    if done.failure is None:
        scope.note(f"{prefix}Succeeded", {**about, "output": shown(done.result)})
    elif done.failure.error == "States.Timeout":
        scope.note(f"{prefix}TimedOut", {**about, **failure_details(done.failure)})
    else:
        scope.note(f"{prefix}Failed", {**about, **failure_details(done.failure)})


def timed_out(now: float) -> TaskDone:
    """A task that its state gave up."""
    return TaskDone(None, now, StateFailed("States.Timeout", ""))
