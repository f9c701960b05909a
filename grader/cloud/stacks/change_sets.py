"""Change sets: an update that is looked at before it is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.stacks.capabilities import check_capabilities
from grader.cloud.stacks.errors import DeployError, TransformError
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.preview import says_the_same
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.templates.template import Template

EMPTY = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass
class ChangeSet:
    """What an update would do."""

    name: str
    id: str
    stack: Stack
    kind: str
    template: Template
    parameters: dict[str, str]
    capabilities: tuple[str, ...]
    tags: dict[str, str] | None
    description: str | None
    created: float
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"
    changes: list[dict[str, Any]] = field(default_factory=list)
    protected: bool = False


class ChangeSets:
    """The change sets of the account's stacks."""

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks
        self._all: dict[str, ChangeSet] = {}

    def create(
        self,
        name: str,
        stack_name: str,
        kind: str,
        template: Template,
        parameters: Mapping[str, str],
        capabilities: Sequence[str],
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
    ) -> ChangeSet:
        """Compute the changes; a template that the transform refuses, or no change, makes a ``FAILED`` change set."""
        stack = self._stacks.prepare(stack_name) if kind == "CREATE" else self._stacks.get(stack_name)
        if kind != "CREATE":
            self._stacks.refuse_unless_updatable(stack)
        if any(item.name == name for item in self.of(stack)):
            raise DeployError(f"ChangeSet {name} already exists", code="AlreadyExistsException")
        account = self._stacks.account
        identifier = (
            f"arn:aws:cloudformation:{account.region}:{account.account_id}:changeSet/{name}/{self._stacks.ids.uuid()}"
        )
        made = ChangeSet(
            name,
            identifier,
            stack,
            kind,
            template,
            dict(parameters),
            tuple(capabilities),
            dict(tags) if tags is not None else None,
            description,
            self._stacks.clock.timestamp(),
        )
        self._fill(made)
        if kind == "CREATE":
            self._stacks.review(stack)
        self._all[identifier] = made
        return made

    def _fill(self, made: ChangeSet) -> None:
        stack = made.stack
        try:
            plan = self._stacks.plan(stack, made.template, made.parameters, made.tags)
        except TransformError as error:
            made.status, made.reason, made.execution = "FAILED", error.what, "UNAVAILABLE"
            return
        check_capabilities(plan, made.capabilities, direct=False)
        found = self._stacks.changes(stack, plan)
        made.changes = [_change(plan, stack, *change) for change in found]
        if made.kind != "CREATE" and not found and says_the_same(stack, plan):
            made.status, made.reason, made.execution = "FAILED", EMPTY, "UNAVAILABLE"

    def of(self, stack: Stack) -> list[ChangeSet]:
        """The change sets of a stack."""
        return [made for made in self._all.values() if made.stack is stack]

    def get(self, name: str, stack_name: str | None = None) -> ChangeSet:
        """A change set by id, or by name and stack."""
        if name in self._all:
            return self._all[name]
        if stack_name is None:
            raise DeployError("StackName must be specified if ChangeSetName is not specified as an ARN.")
        stack = self._stacks.get(stack_name)
        for made in self.of(stack):
            if made.name == name:
                return made
        raise DeployError(f"ChangeSet [{name}] does not exist", code="ChangeSetNotFound")

    def execute(self, made: ChangeSet, disable_rollback: bool = False) -> None:
        """Carry it out; afterwards the stack has no change sets."""
        if made.execution != "AVAILABLE":
            raise DeployError(
                f"ChangeSet [{made.id}] cannot be executed in its current status of [{made.status}]",
                code="InvalidChangeSetStatus",
            )
        for other in self.of(made.stack):
            del self._all[other.id]
        arguments = (made.stack.name, made.template, made.parameters, made.capabilities, made.tags)
        operation = self._stacks.create if made.kind == "CREATE" else self._stacks.update
        self._stacks.operations.start(
            lambda: operation(*arguments, direct=False, disable_rollback=disable_rollback)  # goes on by itself
        )
        made.execution = "EXECUTE_COMPLETE"

    def delete(self, made: ChangeSet) -> None:
        """Forget it; a stack that was only reviewed stays ``REVIEW_IN_PROGRESS``, as in AWS."""
        self._all.pop(made.id, None)


def _change(plan: Plan, stack: Stack, action: str, logical_id: str, physical_id: str | None) -> dict[str, Any]:
    kind = plan.resources[logical_id]["Type"] if logical_id in plan.resources else stack.resources[logical_id].type
    change: dict[str, Any] = {
        "Action": "Modify" if action == "Replace" else action,
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "Scope": ["Properties"] if action in ("Modify", "Replace") else [],
        "Details": [],
    }
    if physical_id:
        change["PhysicalResourceId"] = physical_id
    if action in ("Modify", "Replace"):
        change["Replacement"] = "True" if action == "Replace" else "False"
    return {"Type": "Resource", "ResourceChange": change}
