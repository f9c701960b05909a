"""Stacks for stacks: what ``AWS::CloudFormation::Stack`` and ``AWS::Serverless::Application`` make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.cloud.stacks.capabilities import check_capabilities
from grader.cloud.stacks.errors import DeployError, ResourceFailure
from grader.cloud.stacks.options import Options
from grader.cloud.stacks.preview import changes, says_the_same
from grader.cloud.stacks.providers.base import Made, Making
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.templates.values import scalar

if TYPE_CHECKING:
    from grader.cloud.stacks.plan import Plan
    from grader.cloud.stacks.service import StackService


class NestedStackService:
    """Makes nested stacks; they carry the tags, capabilities and topics of the stack around them."""

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks

    def create(self, making: Making) -> Made:
        """Make a nested stack.

        Raises
        ------
        ResourceFailure
            When a resource in it failed; the stack is there all the same, and has to be deleted.
        DeployError
            When its template is refused.
        """
        outer = self._stacks.get(making.stack_id)
        stack = self._stacks.prepare(making.name(limit=128))
        stack.parent_id, stack.root_id = outer.id, outer.root_id or outer.id
        stack.disable_rollback, stack.notifications = outer.disable_rollback, self._topics(making, outer)
        plan = self._plan(stack, making, outer)
        limit = Options(timeout_minutes=int(making.get("TimeoutInMinutes") or 0) or None)
        with self._stacks.operation(stack, "CREATE_STACK", limit) as engine:
            self._stacks.enter(stack)
            self._stacks.note_plan(stack, plan, outer.capabilities)
            engine.create(stack, plan)
            self._stacks.remember_failure(stack, plan, engine)
        if stack.status != "CREATE_COMPLETE":
            words = f"Embedded stack {stack.id} was not successfully created: {stack.reason}"
            raise ResourceFailure(words, stack.id, stack.failure)
        return _made(stack)

    def _topics(self, making: Making, outer: Stack) -> tuple[str, ...]:
        return tuple(making.get("NotificationARNs") or outer.notifications)

    def _plan(self, stack: Stack, making: Making, outer: Stack) -> Plan:
        template = self._stacks.addresses.template(str(making.get("TemplateURL")))
        own = {str(tag["Key"]): str(tag["Value"]) for tag in making.get("Tags") or ()}
        parameters = parameters_of(making.get("Parameters") or {})
        plan = self._stacks.plan(stack, template, parameters, {**outer.tags, **own}, stack.notifications)
        check_capabilities(plan, outer.capabilities, direct=True)
        return plan

    def update(self, making: Making, current: Resource) -> Made:
        """Change a nested stack, unless nothing in it would change; it cleans up when the outermost one does.

        Raises
        ------
        ResourceFailure
            When a resource in it failed; the stack has gone back to what it was by then.
        """
        outer, stack = self._stacks.get(making.stack_id), self._stacks.get(current.physical_id)
        plan = self._plan(stack, making, outer)
        with self._stacks.operation(stack, "UPDATE_STACK") as engine:
            if changes(stack, plan, engine.steps) or not says_the_same(stack, plan):
                stack.disable_rollback = outer.disable_rollback
                before = stack.state()
                self._stacks.note_plan(stack, plan, outer.capabilities)
                stack.updated = self._stacks.now()
                engine.update(stack, plan, before)
                self._stacks.remember_failure(stack, plan, engine)
        if stack.status in ("UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"):
            reasons = [event.reason for event in stack.events[stack.first_event :] if event.logical_id == stack.name]
            reason = next((words for words in reasons if words and words != "User Initiated"), stack.reason)
            state = stack.status.removesuffix("_COMPLETE").removesuffix("_FAILED") + "_IN_PROGRESS"
            raise ResourceFailure(
                f"Embedded stack {stack.id} was not successfully updated. Currently in {state} with reason: {reason}",
                cause=stack.failure,
            )
        return _made(stack)

    def revert(self, current: Resource) -> Made:
        """The stack around it goes back to what it was: so does this one, unless it has done so already."""
        stack = self._stacks.get(current.physical_id)
        if stack.under_way is not None:
            with self._stacks.operation(stack, "ROLLBACK") as engine:
                engine.roll_back_update(stack, "The stack that this one is nested in is rolled back.")
            if stack.status == "UPDATE_ROLLBACK_FAILED":
                raise ResourceFailure(f"Embedded stack {stack.id} was not successfully rolled back: {stack.reason}")
        return _made(stack)

    def finish(self, current: Resource) -> None:
        """Nothing will be taken back any more."""
        stack = self._stacks.find(current.physical_id)
        if stack is not None and stack.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            with self._stacks.operation(stack, "UPDATE_STACK") as engine:
                engine.finish_update(stack)

    def delete(self, resource: Resource) -> None:
        """Delete a nested stack.

        Raises
        ------
        ResourceFailure
            When something in it refuses.
        """
        self._stacks.delete(resource.physical_id)
        stack = self._stacks.find(resource.physical_id)
        if stack is not None and stack.status == "DELETE_FAILED":
            words = f"Embedded stack {stack.id} was not successfully deleted: {stack.reason}"
            raise ResourceFailure(words, cause=stack.failure)


def _made(stack: Stack) -> Made:
    return Made(stack.id, {f"Outputs.{name}": value for name, value in stack.outputs.items()}, stack.id)


def parameters_of(given: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as a nested stack takes them: lists as text with commas.

    Raises
    ------
    DeployError
        For a map: a parameter is a text.
    """
    if not isinstance(given, Mapping):
        raise DeployError("Value of property Parameters must be an object")
    values: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            raise DeployError(
                f"Value of property Parameters must be an object with String (or simple type) properties: {name}"
            )
        values[name] = ",".join(str(scalar(item)) for item in value) if isinstance(value, list) else str(scalar(value))
    return values
