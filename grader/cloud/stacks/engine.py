"""Making what a plan says: one resource after the other, and back again when one fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from grader.cloud.errors import CloudError
from grader.cloud.stacks.difference import deletion_order, difference
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.history import History
from grader.cloud.stacks.outputs import keep_used_exports, outputs_of, refuse_taken_exports
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.reasons import REFUSALS, undeleted, words
from grader.cloud.stacks.resource_steps import ResourceSteps
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.templates.references import dependencies


@dataclass
class Undo:
    """How to take back one step of an update."""

    logical_id: str
    action: Callable[[], None]


@dataclass
class Update:
    """An update under way: what is up to date already, how to go back, and what goes when it is done."""

    stack: Stack
    plan: Plan
    made: dict[str, Resource] = field(default_factory=dict)
    undone: list[Undo] = field(default_factory=list)
    replaced: list[Resource] = field(default_factory=list)


@dataclass
class Engine:
    """Carries out plans.

    Attributes
    ----------
    used_by
        Gives the name of a stack that imports an export.
    """

    steps: ResourceSteps
    used_by: Callable[[str], str | None] = lambda export: None

    @property
    def history(self) -> History:
        """The events of this operation."""
        return self.steps.history

    def create(self, stack: Stack, plan: Plan, reason: str | None = "User Initiated") -> None:
        """Make a new stack; when a resource fails, delete everything again (``ROLLBACK_COMPLETE``)."""
        self.history.stack(stack, "CREATE_IN_PROGRESS", reason)
        try:
            for logical_id in plan.order:
                self.steps.create(stack, plan, logical_id, stack.resources)
            self._finish(stack, plan)
        except ResourceFailure as failure:
            self._undo_create(stack, str(failure))
            return
        self.history.stack(stack, "CREATE_COMPLETE")

    def _undo_create(self, stack: Stack, failure: str) -> None:
        if stack.disable_rollback:
            self.history.stack(stack, "CREATE_FAILED", failure)
            return
        self.history.stack(stack, "ROLLBACK_IN_PROGRESS", f"{failure} Rollback requested by user.")
        kept = self._delete_all(stack)
        self.history.stack(stack, "ROLLBACK_FAILED" if kept else "ROLLBACK_COMPLETE", undeleted(kept))

    def update(self, stack: Stack, plan: Plan) -> None:
        """Change an existing stack by difference; when something fails, go back to what was."""
        self.history.stack(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        before = dict(stack.resources)
        update = Update(stack, plan)
        try:
            for logical_id in plan.order:
                self._bring_up_to_date(update, logical_id)
            removed = [before[name] for name in before if name not in update.made]
            stack.resources = {name: update.made[name] for name in plan.order}
            self._finish(stack, plan)
        except ResourceFailure as failure:
            self._undo_update(stack, before, update.undone, str(failure))
            return
        self.history.stack(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(stack, [*update.replaced, *removed])
        self.history.stack(stack, "UPDATE_COMPLETE")

    def _undo_update(self, stack: Stack, before: dict[str, Resource], undone: list[Undo], failure: str) -> None:
        if stack.disable_rollback:
            self.history.stack(stack, "UPDATE_FAILED", failure)
            return
        self.history.stack(stack, "UPDATE_ROLLBACK_IN_PROGRESS", failure)
        stuck: list[str] = []
        for step in reversed(undone):
            try:
                step.action()
            except REFUSALS as error:
                stuck.append(step.logical_id)
                resource = before.get(step.logical_id) or Resource(step.logical_id, "")
                self.history.resource(stack, resource, "UPDATE_FAILED", words(error))
        stack.resources = before
        if stuck:
            reason = f"The following resource(s) failed to update: [{', '.join(stuck)}]."
            self.history.stack(stack, "UPDATE_ROLLBACK_FAILED", reason)
            return
        self.history.stack(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self.history.stack(stack, "UPDATE_ROLLBACK_COMPLETE")

    def delete(self, stack: Stack) -> None:
        """Delete everything, what was made last first; what cannot be deleted leaves the stack ``DELETE_FAILED``."""
        self.history.stack(stack, "DELETE_IN_PROGRESS", "User Initiated")
        for export in stack.exports:
            if (user := self.used_by(export)) is not None:
                reason = f"Export {export} cannot be deleted as it is in use by {user}"
                self.history.stack(stack, "DELETE_FAILED", reason)
                return
        kept = self._delete_all(stack)
        if kept:
            self.history.stack(stack, "DELETE_FAILED", undeleted(kept))
            return
        stack.deleted = self.history.now()
        self.history.stack(stack, "DELETE_COMPLETE")

    def _bring_up_to_date(self, update: Update, logical_id: str) -> None:
        stack, plan, made = update.stack, update.plan, update.made
        old, declared = stack.resources.get(logical_id), plan.resources[logical_id]
        if old is None or old.type != declared["Type"]:
            self._create_in_update(update, logical_id)
            if old is not None:
                update.replaced.append(old)
            return
        properties = self.steps.attempt(
            stack, old, "UPDATE_FAILED", lambda: self.steps.properties(plan, logical_id, made)
        )
        change = difference(old, properties)
        if change == "Replace":
            self._replace(update, old)
        elif change == "Modify":
            policy = self.steps.update_policy(plan, logical_id, made)
            made[logical_id] = self._modify(update, old, replace(old, properties=properties, update_policy=policy))
        else:
            made[logical_id] = old
        made[logical_id].retain = declared.get("DeletionPolicy") == "Retain"
        made[logical_id].depends_on = tuple(dependencies(plan.resources)[logical_id])

    def _replace(self, update: Update, old: Resource) -> None:
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        self.history.resource(update.stack, old, "UPDATE_IN_PROGRESS", reason)
        self._create_in_update(update, old.logical_id)
        keep = update.plan.resources[old.logical_id].get("UpdateReplacePolicy") == "Retain"
        update.replaced.append(replace(old, retain=keep))

    def _create_in_update(self, update: Update, logical_id: str) -> None:
        stack = update.stack
        resource = self.steps.create(stack, update.plan, logical_id, update.made)
        # What is to be retained stays also when the update that made it is rolled back: that is what tells Retain from
        # RetainExceptOnCreate.
        undo = self.steps.keep if resource.retain else self.steps.take_back
        update.undone.append(Undo(logical_id, lambda: undo(stack, resource)))

    def _modify(self, update: Update, old: Resource, new: Resource) -> Resource:
        # Registered first: an update that fails half-way is taken back too.
        update.undone.append(Undo(old.logical_id, lambda: self.steps.change_back(update.stack, old, new)))
        self.steps.modify(update.stack, old, new)
        return new

    def _clean_up(self, stack: Stack, resources: list[Resource]) -> None:
        """Old resources go last; one that refuses stays behind, and the update is complete nevertheless."""
        for resource in reversed(resources):
            self.steps.delete(stack, replace(resource))

    def _delete_all(self, stack: Stack) -> list[str]:
        kept: list[str] = []
        for logical_id in deletion_order(stack.resources):
            resource = stack.resources[logical_id]
            needed = [name for name in kept if logical_id in stack.resources[name].depends_on]
            if needed or not self.steps.delete(stack, resource):
                kept.append(logical_id)
        stack.resources = {name: stack.resources[name] for name in stack.resources if name in kept}
        return kept

    def _finish(self, stack: Stack, plan: Plan) -> None:
        """Fill in outputs and exports."""
        try:
            outputs, exports = outputs_of(plan, stack, self.steps.imported)
            refuse_taken_exports(stack, exports, lambda export: self.steps.owner_of("export", export))
            keep_used_exports(stack, exports, self.used_by)
        except (ResourceFailure, CloudError) as error:
            raise ResourceFailure(words(error)) from error
        stack.outputs, stack.exports, stack.imports = outputs, exports, frozenset(self.steps.imports)
