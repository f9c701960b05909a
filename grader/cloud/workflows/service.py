"""WorkflowService: state machines and their executions, run on the cloud's clock."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.door.responder import ApiError
from grader.cloud.events.deliveries import Deliveries, Delivery
from grader.cloud.functions import FunctionService
from grader.cloud.functions.destinations import iso
from grader.cloud.functions.targets import Undeliverable
from grader.cloud.iam.identity import Identity
from grader.cloud.workflows.definition import Definition, expressions
from grader.cloud.workflows.execution import Execution
from grader.cloud.workflows.failures import InvalidDefinition, NoSuchExecution, NoSuchMachine, StateFailed
from grader.cloud.workflows.fields import SCHEMA
from grader.cloud.workflows.history import History, shown
from grader.cloud.workflows.machines import STATES, Kind, StateMachine, check_name
from grader.cloud.workflows.queries import Queries
from grader.cloud.workflows.runner import Runner
from grader.cloud.workflows.scope import Scope
from grader.cloud.workflows.states import run_machine
from grader.cloud.workflows.tasks import Tasks

EXPRESS_SECONDS = 300
SHOWN = 200  # characters of an expression that is not valid


class WorkflowService:
    """The state machines of one account.

    Parameters
    ----------
    functions
        Runs tasks that are functions.
    identity
        Gives tasks their role's credentials.
    deliveries
        EventBridge and Scheduler start executions through them.
    queries
        Evaluates JSONata.
    """

    def __init__(
        self, functions: FunctionService, identity: Identity, deliveries: Deliveries, queries: Queries
    ) -> None:
        self._functions, self._identity, self.queries = functions, identity, queries
        self.clock, self.ids = functions.clock, functions.ids
        self.machines: dict[str, StateMachine] = {}
        self.executions: dict[str, Execution] = {}
        self.runner = Runner(self.clock, self.executions.get)
        deliveries.senders["states"] = self._deliver

    def create(self, name: str, definition: str, role: str, kind: Kind, tags: Mapping[str, str]) -> StateMachine:
        """Make a state machine; the same one again is no fault.

        Raises
        ------
        ApiError
        """
        arn = self._arn("stateMachine", check_name(name))
        machine = StateMachine(arn, name, definition, role, kind, self.clock.timestamp(), self.ids.uuid(), tags)
        self._check(machine)
        before = self.machines.get(arn)
        if before is not None:
            if (before.definition, before.role, before.kind) != (definition, role, kind):
                raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
            return before
        self.machines[arn] = machine
        return machine

    def update(self, arn: str, definition: str | None, role: str | None) -> StateMachine:
        """Change a state machine; running executions keep what they began with."""
        before = self.machine(arn)
        changed = replace(
            before, definition=definition or before.definition, role=role or before.role, revision=self.ids.uuid()
        )
        self._check(changed)
        self.machines[arn] = changed
        return changed

    def machine(self, arn: str) -> StateMachine:
        """A state machine.

        Raises
        ------
        NoSuchMachine
        """
        if arn not in self.machines:
            raise NoSuchMachine(arn)
        return self.machines[arn]

    def delete(self, arn: str) -> None:
        """Delete a state machine, and stop what it runs."""
        for execution in self.executions_of(arn):
            if execution.status == "RUNNING":
                execution.fail(StateFailed("", ""), "ABORTED")
        self.machines.pop(arn, None)

    def execution(self, arn: str) -> Execution:
        """An execution.

        Raises
        ------
        NoSuchExecution
        """
        if arn not in self.executions:
            raise NoSuchExecution(arn)
        return self.executions[arn]

    def executions_of(self, arn: str) -> list[Execution]:
        """The executions of a machine, newest first."""
        return [execution for execution in reversed(self.executions.values()) if execution.machine_arn == arn]

    def start(self, arn: str, name: str | None, given: str) -> Execution:
        """Start an execution; it runs at the next drain. The same name with the same input is the same execution."""
        machine, data = self.machine(arn), read_input(given)
        name = check_name(name or self.ids.uuid())
        kind = "express" if machine.kind == "EXPRESS" else "execution"
        unique = f":{self.ids.uuid()}" if kind == "express" else ""
        execution_arn = self._arn(kind, f"{machine.name}:{name}{unique}")
        if execution_arn in self.executions:
            before = self.executions[execution_arn]
            if before.input == given and before.status == "RUNNING":
                return before
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{execution_arn}'")
        return self._begin(machine, execution_arn, name, given, data)

    def run(self, arn: str, name: str | None, given: str) -> Execution:
        """Start an express execution and wait for its end; the clock goes on by what it takes."""
        if self.machine(arn).kind != "EXPRESS":
            raise ApiError(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        execution = self.start(arn, name, given)
        while execution.status == "RUNNING":
            self.runner.drain(execution)
            due = self.runner.waiting_until(execution)
            if execution.status != "RUNNING":
                break
            if due is None or due > execution.started + EXPRESS_SECONDS:
                execution.fail(StateFailed("States.Timeout", ""), "TIMED_OUT")
                break
            self.clock.pass_time(due - self.clock.timestamp())
            self.clock.fire_due()
        return execution

    def resume(self) -> None:
        """After a restart: what ran in the process before does not run any more."""
        for execution in self.executions.values():
            if execution.status == "RUNNING":
                execution.fail(StateFailed("States.Runtime", "The process that ran this execution ended."), "ABORTED")

    def drain(self) -> bool:
        """Move every execution on as far as it goes now; False when none could move."""
        return self.runner.drain()

    def _begin(self, machine: StateMachine, arn: str, name: str, given: str, data: Any) -> Execution:
        lineage = self._functions.lineage()
        trace = self._functions.traces.start("workflow", f"{machine.name}: {name}", lineage.trace)
        history = History(self.clock.timestamp)
        execution = Execution(arn, name, machine.arn, machine.kind == "EXPRESS", given, self.clock.timestamp(), history)
        first = history.add("ExecutionStarted", 0, {"input": given, "roleArn": machine.role})
        scope = Scope(
            execution={
                "Id": arn, "Input": data, "Name": name, "RoleArn": machine.role, "StartTime": iso(execution.started),
                "RedriveCount": 0,
            },
            machine={"Id": machine.arn, "Name": machine.name},
            tasks=Tasks(self._functions, self._identity, machine.role, trace, lineage),
            queries=self.queries,
            history=history,
            chance=random.Random(f"workflow-{arn}"),
            now=self.clock.timestamp,
            last=first,
        )  # fmt: skip
        self.executions[arn] = execution
        execution.waiters.append(partial(_note_end, trace, execution))
        self.runner.begin(execution, run_machine(scope, machine.read, data))
        self._limit(machine, execution)
        return execution

    def _limit(self, machine: StateMachine, execution: Execution) -> None:
        seconds = machine.read.get("TimeoutSeconds")
        if machine.kind == "EXPRESS":
            seconds = min(int(seconds or EXPRESS_SECONDS), EXPRESS_SECONDS)
        if seconds:
            self.clock.after(float(seconds), partial(_time_out, execution), f"time-out of {execution.name}")

    def _check(self, machine: StateMachine) -> None:
        self.check_expressions(machine.read)
        if not self._functions.authorization.service_may_assume(STATES, machine.role).allowed:
            raise Refusal(
                "AccessDenied",
                f"Neither the global service principal {STATES}, nor the regional one is authorized to assume the "
                "provided role.",
            )

    def check_expressions(self, definition: Definition) -> None:
        """Refuse a definition with an expression that is no JSONata.

        Raises
        ------
        InvalidDefinition
        """
        found = list(expressions(definition))
        for (text, place), fault in zip(found, self.queries.faults([text for text, _ in found]), strict=True):
            if fault is not None:
                message = f"The JSONata expression '{text[2:-2].strip()[:SHOWN]}' is not valid: {fault}"
                raise InvalidDefinition(SCHEMA, message, place)

    def _deliver(self, delivery: Delivery) -> None:
        """A rule or a schedule starts an execution."""
        try:
            self.start(delivery.target, None, delivery.body)
        except ApiError as refused:
            raise Undeliverable(str(refused)) from refused

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:states:{self._functions.region}:{self._functions.moto.account_id}:{kind}:{name}"


def read_input(given: str) -> Any:
    """An execution's input.

    Raises
    ------
    ApiError
        When it is no JSON.
    """
    try:
        return json.loads(given or "{}")
    except (ValueError, RecursionError) as fault:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{fault}'") from fault


def _time_out(execution: Execution) -> None:
    if execution.status == "RUNNING":
        execution.fail(StateFailed("States.Timeout", ""), "TIMED_OUT")


def _note_end(trace: Any, execution: Execution) -> None:
    if execution.failure is None:
        trace.passed("workflow", f"succeeded: {shown(execution.output)[:200]}")
    else:
        trace.broken("workflow", f"{execution.status}: {execution.failure.error} {execution.failure.cause[:200]}")
