"""The stacks of one account in one region."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.cloud.stacks.account_stacks import AccountStacks
from grader.cloud.stacks.capabilities import check_capabilities
from grader.cloud.stacks.engine import Engine
from grader.cloud.stacks.errors import DeployError, NoUpdates
from grader.cloud.stacks.nested import NestedStackService
from grader.cloud.stacks.options import DIRECT, PACKAGED, Options
from grader.cloud.stacks.packaging import package
from grader.cloud.stacks.preview import changes, says_the_same
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.templates.template import Template, load

ALL_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
# What a status becomes when its operation is cut off.
FAILED_INSTEAD = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
}
NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
UPDATABLE = frozenset(
    [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
        "CREATE_FAILED",
        "IMPORT_COMPLETE",
    ]
)


class StackService(AccountStacks):
    """Create, update and delete stacks, one operation on a stack at a time."""

    def __init__(self, *collaborators: Any, **settings: Any) -> None:
        super().__init__(*collaborators, **settings)
        self.tools = replace(self.tools, nested=NestedStackService(self))

    def deploy(
        self,
        template: Template | Path | str | Mapping[str, Any],
        name: str = "app",
        parameters: Mapping[str, Any] | None = None,
        capabilities: Sequence[str] = ALL_CAPABILITIES,
        tags: Mapping[str, str] | None = None,
        *,
        wait: bool = True,
    ) -> Stack:
        """Create the stack, or update it when it exists, as ``sam deploy`` does; local code folders are packaged first.

        Parameters
        ----------
        template
            A path (of a file, or of the folder with ``template.yaml``), the text, or a dictionary.
        parameters
            Values by name; what is left out keeps its previous value, or takes its default.
        capabilities
            What is acknowledged.
        wait
            Move the clock on until everything is done; otherwise a stack whose traffic is still being shifted is
            returned ``UPDATE_IN_PROGRESS``, and goes on whenever the clock moves.

        Returns
        -------
        Stack
            In ``CREATE_COMPLETE`` or ``UPDATE_COMPLETE``; unchanged when there was nothing to update.

        Raises
        ------
        DeployError
            When the template is refused, or when a resource failed; by then everything is rolled back.
        NotSupported
            When the template needs something that is not imitated.
        """
        loaded = package(load(template), self.artifacts)
        stack = self._stacks.get(name)
        there = stack is not None and stack.status != "REVIEW_IN_PROGRESS"
        declared = loaded.body.get("Parameters") or {}
        kept = {key: value for key, value in stack.given.items() if key in declared} if stack and there else {}

        def run() -> None:
            operation = self.update if there else self.create
            operation(name, loaded, {**kept, **(parameters or {})}, capabilities, tags, PACKAGED)

        try:
            run() if wait else self.operations.start(run)
        except NoUpdates:
            return self.get(name)
        stack = self.get(name)
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE") and not (stack.in_progress and not wait):
            raise self._error(stack)
        return stack

    def create(
        self,
        name: str,
        template: Template,
        parameters: Mapping[str, Any],
        capabilities: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        options: Options = DIRECT,
    ) -> Stack:
        """Create a stack and wait for it; look at its status to see whether it was rolled back.

        Raises
        ------
        DeployError
            When it is refused before anything is made.
        """
        stack = self.prepare(name)
        plan = self.plan(stack, template, parameters, tags, options.notifications)
        check_capabilities(plan, capabilities, options.direct)
        stack.disable_rollback = options.disable_rollback or options.on_failure == "DO_NOTHING"
        stack.protected = options.protected
        with self.operation(stack, "CREATE_STACK", options) as engine:
            self.enter(stack)
            self.note_plan(stack, plan, capabilities)
            engine.create(stack, plan)
            self.remember_failure(stack, plan, engine)
            if options.on_failure == "DELETE" and stack.status == "ROLLBACK_COMPLETE":
                self._remove(stack, engine)
        return stack

    def update(
        self,
        name: str,
        template: Template,
        parameters: Mapping[str, Any],
        capabilities: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        options: Options = DIRECT,
    ) -> Stack:
        """Update a stack and wait for it.

        Raises
        ------
        NoUpdates
            When nothing would change.
        DeployError
            When it is refused before anything is changed.
        """
        stack = self.get(name)
        self.refuse_unless_updatable(stack)
        plan = self.plan(stack, template, parameters, tags, options.notifications)
        check_capabilities(plan, capabilities, options.direct)
        with self.operation(stack, "UPDATE_STACK", options) as engine:
            if not changes(stack, plan, engine.steps) and says_the_same(stack, plan):
                stack.operations.pop()
                raise NoUpdates
            stack.disable_rollback = options.disable_rollback
            before = stack.state()
            self.note_plan(stack, plan, capabilities)
            stack.updated = self.now()
            engine.update(stack, plan, before)
            self.remember_failure(stack, plan, engine)
        return stack

    def roll_back(self, name: str, skip: Collection[str] = (), token: str | None = None) -> Stack:
        """Take back an operation that was left as it failed (RollbackStack), or go on with a rollback that got stuck.

        Parameters
        ----------
        skip
            Resources that a stuck rollback takes to be what they were (ContinueUpdateRollback).

        Raises
        ------
        DeployError
            When nothing of the kind is to be taken back.
        """
        stack = self.get(name)
        if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"):
            raise DeployError(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        kind = "CONTINUE_ROLLBACK" if stack.status == "UPDATE_ROLLBACK_FAILED" else "ROLLBACK"
        with self.operation(stack, kind, Options(token=token)) as engine:
            if stack.status == "CREATE_FAILED":
                engine.roll_back_creation(stack, "User Initiated")
            else:
                engine.roll_back_update(stack, "User Initiated", skip)
            self.remember_failure(stack, None, engine)
        return stack

    def delete(self, name: str, retain: Sequence[str] = (), token: str | None = None) -> None:
        """Delete a stack; one that does not exist is no error.

        Raises
        ------
        DeployError
            When the stack is protected against termination, or another operation is running.
        """
        stack = self.find(name)
        if stack is None or stack.deleted is not None:
            return
        if stack.protected:
            raise DeployError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
                next_step="Call update_termination_protection first.",
            )
        if retain and stack.status != "DELETE_FAILED":
            raise DeployError("RetainResources can only be given for a stack that is in the DELETE_FAILED state.")
        with self.operation(stack, "DELETE_STACK", Options(token=token)) as engine:
            for logical_id in retain:
                self._resource(stack, logical_id).deletion_policy = "Retain"
            self._remove(stack, engine)
            self.remember_failure(stack, None, engine)

    def _resource(self, stack: Stack, logical_id: str) -> Resource:
        if logical_id not in stack.resources:
            raise DeployError(f"The resource {logical_id} does not exist in stack {stack.name}")
        return stack.resources[logical_id]

    def _remove(self, stack: Stack, engine: Engine) -> None:
        engine.delete(stack)
        if stack.status == "DELETE_COMPLETE":
            stack.exports, stack.imports = {}, frozenset()
            self.leave(stack)

    def _remove_or_raise(self, stack: Stack) -> None:
        self.delete(stack.id)
        if stack.status == "DELETE_FAILED":
            raise self._error(stack)

    def prepare(self, name: str) -> Stack:
        """A stack that is not begun: the one under review, or a new one.

        Raises
        ------
        DeployError
            ``AlreadyExistsException``, or the name is not allowed.
        """
        if not NAME.fullmatch(name):
            raise DeployError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
            )
        stack = self._stacks.get(name)
        if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise DeployError(f"Stack [{name}] already exists", code="AlreadyExistsException")
        if stack is None:
            arn = (
                f"arn:aws:cloudformation:{self.account.region}:{self.account.account_id}:stack/{name}/{self.ids.uuid()}"
            )
            stack = Stack(name, arn, created=self.clock.timestamp())
            stack.remove = lambda: self._remove_or_raise(stack)
        return stack

    def review(self, stack: Stack) -> None:
        """Note that a change set was made for a stack that does not exist yet."""
        if stack.name not in self._stacks:
            self._stacks[stack.name] = stack
            self.engine().history.stack(stack, "REVIEW_IN_PROGRESS", "User Initiated")

    def discard(self, stack: Stack) -> None:
        """Forget a stack that was only reviewed."""
        if stack.status == "REVIEW_IN_PROGRESS":
            self._stacks.pop(stack.name, None)

    def refuse_unless_updatable(self, stack: Stack) -> None:
        """Raise when the stack is in a state in which it cannot be updated."""
        if stack.status in UPDATABLE:
            return
        remedy = f"Delete the stack first: cloud.stacks.delete({stack.name!r})." if "ROLLBACK" in stack.status else None
        words = f"Stack:{stack.id} is in {stack.status} state and can not be updated."
        raise DeployError(words, next_step=remedy)

    def resume(self) -> None:
        """After a restart: an operation that was under way has failed, where it stood."""
        for stack in self:
            if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                ended = "The pocket AWS was ended during this operation."
                self.engine().history.stack(stack, FAILED_INSTEAD[stack.status], ended)

    def _error(self, stack: Stack) -> DeployError:
        return stack.failure or DeployError(f"Stack {stack.name} is {stack.status}.", reason=stack.reason)
