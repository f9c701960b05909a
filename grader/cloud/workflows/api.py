"""The Step Functions API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.door.responder import Action, ApiError
from grader.cloud.errors import NotSupported
from grader.cloud.workflows.definition import read_definition
from grader.cloud.workflows.execution import Running
from grader.cloud.workflows.failures import InvalidDefinition, StateFailed
from grader.cloud.workflows.machines import check_imitated
from grader.cloud.workflows.operations import TaskDone
from grader.cloud.workflows.service import WorkflowService, read_input

PAGE = 100
NOT_SUPPORTED = (
    "CreateActivity", "CreateStateMachineAlias", "DeleteActivity", "DescribeActivity", "DescribeMapRun",
    "GetActivityTask", "ListActivities", "ListMapRuns", "PublishStateMachineVersion", "RedriveExecution", "TestState",
    "UpdateMapRun",
)  # fmt: skip


class WorkflowApi:
    """Answers for Step Functions.

    Attributes
    ----------
    actions
        What answers each operation.
    """

    def __init__(self, workflows: WorkflowService) -> None:
        self._workflows = workflows
        self.actions: dict[str, Action] = {
            "CreateStateMachine": self._create,
            "UpdateStateMachine": self._update,
            "DescribeStateMachine": lambda given: workflows.machine(given["stateMachineArn"]).description(),
            "DescribeStateMachineForExecution": self._machine_of,
            "DeleteStateMachine": lambda given: workflows.delete(given["stateMachineArn"]),
            "ListStateMachines": self._list_machines,
            "ValidateStateMachineDefinition": self._validate,
            "StartExecution": self._start,
            "StartSyncExecution": self._run,
            "StopExecution": self._stop,
            "DescribeExecution": lambda given: workflows.execution(given["executionArn"]).description(),
            "ListExecutions": self._list_executions,
            "GetExecutionHistory": self._history,
            "SendTaskSuccess": self._succeed,
            "SendTaskFailure": self._fail,
            "SendTaskHeartbeat": self._beat,
            "ListTagsForResource": self._tags,
            **{name: _refuse(name) for name in NOT_SUPPORTED},
        }

    def _validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            self._workflows.check_expressions(read_definition(given["definition"]))
        except InvalidDefinition as fault:
            code = str(fault.message).partition("'")[2].partition(":")[0]
            return {
                "result": "FAIL",
                "diagnostics": [{"severity": "ERROR", "code": code, "message": str(fault.message)}],
            }
        return {"result": "OK", "diagnostics": []}

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        check_imitated(given)
        tags = {tag["key"]: tag["value"] for tag in given.get("tags") or ()}
        machine = self._workflows.create(
            given["name"], given["definition"], given["roleArn"], given.get("type") or "STANDARD", tags
        )
        return {"stateMachineArn": machine.arn, "creationDate": machine.created}

    def _update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        check_imitated(given)
        machine = self._workflows.update(given["stateMachineArn"], given.get("definition"), given.get("roleArn"))
        return {"updateDate": self._workflows.clock.timestamp(), "revisionId": machine.revision}

    def _machine_of(self, given: Mapping[str, Any]) -> dict[str, Any]:
        machine = self._workflows.machine(self._workflows.execution(given["executionArn"]).machine_arn)
        return {**machine.description(), "updateDate": machine.created}

    def _list_machines(self, given: Mapping[str, Any]) -> dict[str, Any]:
        known = sorted(self._workflows.machines.values(), key=lambda machine: machine.name)
        told = [
            {"stateMachineArn": one.arn, "name": one.name, "type": one.kind, "creationDate": one.created}
            for one in known
        ]
        return _page("stateMachines", told, given)

    def _start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._workflows.start(given["stateMachineArn"], given.get("name"), given.get("input") or "{}")
        return {"executionArn": execution.arn, "startDate": execution.started}

    def _run(self, given: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._workflows.run(given["stateMachineArn"], given.get("name"), given.get("input") or "{}")
        told = execution.description()
        for name in ("redriveCount", "redriveStatus"):
            del told[name]
        milliseconds = int(1000 * ((execution.stopped or execution.started) - execution.started))
        return {**told, "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": milliseconds}}

    def _stop(self, given: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._workflows.execution(given["executionArn"])
        if execution.status == "RUNNING":
            execution.fail(StateFailed(given.get("error") or "", given.get("cause") or ""), "ABORTED")
        return {"stopDate": execution.stopped}

    def _list_executions(self, given: Mapping[str, Any]) -> dict[str, Any]:
        machine = self._workflows.machine(given["stateMachineArn"])
        if machine.kind == "EXPRESS":
            raise ApiError(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        told = [
            {
                name: value
                for name, value in execution.description().items()
                if name in ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate")
            }
            for execution in self._workflows.executions_of(machine.arn)
            if given.get("statusFilter") in (None, execution.status)
        ]
        return _page("executions", told, given)

    def _history(self, given: Mapping[str, Any]) -> dict[str, Any]:
        events = list(self._workflows.execution(given["executionArn"]).history.events)
        return _page("events", events[::-1] if given.get("reverseOrder") else events, given)

    def _succeed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        running, output = self._holder(given), read_input(given["output"])
        self._workflows.runner.answer_token(running, TaskDone(output, self._workflows.clock.timestamp()))
        return {}

    def _fail(self, given: Mapping[str, Any]) -> dict[str, Any]:
        failure = StateFailed(given.get("error") or "", given.get("cause") or "")
        done = TaskDone(None, self._workflows.clock.timestamp(), failure)
        self._workflows.runner.answer_token(self._holder(given), done)
        return {}

    def _beat(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._workflows.runner.beat(self._holder(given))
        return {}

    def _holder(self, given: Mapping[str, Any]) -> Running:
        running = self._workflows.runner.holder_of(given["taskToken"])
        if running is None:
            raise ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return running

    def _tags(self, given: Mapping[str, Any]) -> dict[str, Any]:
        tags = self._workflows.machine(given["resourceArn"]).tags
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _page(member: str, told: list[dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    first, size = int(given.get("nextToken") or 0), int(given.get("maxResults") or PAGE)
    answer: dict[str, Any] = {member: told[first : first + size]}
    return answer | ({"nextToken": str(first + size)} if first + size < len(told) else {})


def _refuse(operation: str) -> Action:
    def refuse(given: Mapping[str, Any]) -> None:
        raise NotSupported(f"states:{operation}")

    return refuse
