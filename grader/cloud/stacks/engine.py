"""Making what a plan says: one resource after the other, and back again when one fails."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from grader.cloud.errors import CloudError
from grader.cloud.stacks.difference import deletion_order, difference
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.history import Failure, History
from grader.cloud.stacks.outputs import keep_used_exports, outputs_of, refuse_taken_exports
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.reasons import REFUSALS, undeleted, words
from grader.cloud.stacks.resource_steps import ResourceSteps
from grader.cloud.stacks.stack import Resource, Stack, StackState

REPLACED = "Requested update requires the creation of a new physical resource; hence creating one."


@dataclass
class Update:
    """An update that is not finished.

    Attributes
    ----------
    before
        What the stack goes back to.
    made
        What is up to date already.
    changed
        Resources before and after they were changed in place, in order.
    created
        Resources that an update that is taken back has to delete.
    replaced
        Resources that a finished update has to delete.
    """

    plan: Plan
    before: StackState
    made: dict[str, Resource] = field(default_factory=dict)
    changed: list[tuple[Resource, Resource]] = field(default_factory=list)
    created: list[Resource] = field(default_factory=list)
    replaced: list[Resource] = field(default_factory=list)


@dataclass
class Engine:
    """Carries out plans.

    Attributes
    ----------
    used_by
        Gives the name of a stack that imports an export.
    watch
        Lets the time pass in which a stack's alarms may take the operation back.
    """

    steps: ResourceSteps
    used_by: Callable[[str], str | None] = lambda export: None
    watch: Callable[[Stack], None] = lambda stack: None

    @property
    def history(self) -> History:
        """The events of this operation."""
        return self.steps.history

    def create(self, stack: Stack, plan: Plan) -> None:
        """Make a new stack; when a resource fails, delete everything again (``ROLLBACK_COMPLETE``).

        A nested stack that fails is deleted by the stack around it.
        """
        self.history.stack(stack, "CREATE_IN_PROGRESS", "User Initiated")
        try:
            for logical_id in plan.order:
                self.steps.create(stack, plan, logical_id, stack.resources)
                self._refuse_late(stack)
            self._finish_outputs(stack, plan)
            self._watch(stack)
        except ResourceFailure as failure:
            if stack.disable_rollback or stack.parent_id:
                self.history.stack(stack, "CREATE_FAILED", str(failure))
            else:
                self.roll_back_creation(stack, f"{failure} Rollback requested by user.")
            return
        self.history.stack(stack, "CREATE_COMPLETE")

    def _refuse_late(self, stack: Stack) -> None:
        begun = stack.events[stack.first_event].timestamp
        if stack.timeout_minutes and self.history.now() - begun > 60 * stack.timeout_minutes:
            raise ResourceFailure("Stack creation time exceeded the specified timeout.")

    def _watch(self, stack: Stack) -> None:
        try:
            self.watch(stack)
        except ResourceFailure as failure:
            self.history.failed(Failure(stack.name, str(failure)))
            raise

    def roll_back_creation(self, stack: Stack, reason: str) -> None:
        """Delete what a creation has made so far."""
        self.history.stack(stack, "ROLLBACK_IN_PROGRESS", reason)
        kept = self._delete_all(stack, undoing=True)
        self.history.stack(stack, "ROLLBACK_FAILED" if kept else "ROLLBACK_COMPLETE", undeleted(kept))

    def update(self, stack: Stack, plan: Plan, before: StackState) -> None:
        """Change an existing stack by difference; when something fails, go back to ``before``.

        A nested stack waits for the one around it before it cleans up.
        """
        failed = stack.under_way
        stack.under_way = update = Update(plan, failed.before if failed else before)
        if failed is not None:  # the update before was left as it failed; both are taken back together
            update.changed, update.created = failed.changed, failed.created
        self.history.stack(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        existing = dict(stack.resources)
        try:
            for logical_id in plan.order:
                self._bring_up_to_date(stack, update, logical_id, existing.get(logical_id))
            removed = [existing[name] for name in existing if name not in update.made]
            stack.resources = {name: update.made[name] for name in plan.order}
            self._finish_outputs(stack, plan)
            self._watch(stack)
        except ResourceFailure as failure:
            stack.resources = {**existing, **update.made}
            if stack.disable_rollback:
                self.history.stack(stack, "UPDATE_FAILED", str(failure))
            else:
                self.roll_back_update(stack, str(failure))
            return
        update.replaced += removed
        self.history.stack(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        if not stack.parent_id:
            self.finish_update(stack)

    def finish_update(self, stack: Stack) -> None:
        """Nothing will be taken back any more: delete what is not needed."""
        for resource in stack.resources.values():
            self.steps.finish(resource)
        self._clean_up(stack, stack.under_way.replaced)
        stack.under_way = None
        self.history.stack(stack, "UPDATE_COMPLETE")

    def roll_back_update(self, stack: Stack, reason: str, skip: Collection[str] = ()) -> None:
        """Go back to what the stack was before the update.

        Parameters
        ----------
        skip
            Resources that are taken to be what they were.
        """
        update: Update = stack.under_way
        self.history.stack(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        stuck = self._change_back(stack, update, skip)
        stack.restore(update.before)
        if stuck:
            words_ = f"The following resource(s) failed to update: [{', '.join(stuck)}]."
            self.history.stack(stack, "UPDATE_ROLLBACK_FAILED", words_)
            return
        self.history.stack(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(stack, update.created, undoing=True)
        stack.under_way = None
        self.history.stack(stack, "UPDATE_ROLLBACK_COMPLETE")

    def _change_back(self, stack: Stack, update: Update, skip: Collection[str]) -> list[str]:
        """Change everything back, the last first; what resists stays in ``update`` for another try."""
        stuck: list[tuple[Resource, Resource]] = []
        for old, new in reversed(update.changed):
            if old.logical_id in skip:
                self.history.resource(stack, old, "UPDATE_COMPLETE")
                continue
            try:
                left_over = self.steps.change_back(stack, old, new)
            except REFUSALS as error:
                stuck.append((old, new))
                self.history.resource(stack, old, "UPDATE_FAILED", words(error))
            else:
                update.created += [left_over] if left_over is not None else []
        update.changed = list(reversed(stuck))
        return [old.logical_id for old, _ in stuck]

    def delete(self, stack: Stack) -> None:
        """Delete everything, what was made last first; what cannot be deleted leaves the stack ``DELETE_FAILED``."""
        self.history.stack(stack, "DELETE_IN_PROGRESS", "User Initiated")
        for export in stack.exports:
            if (user := self.used_by(export)) is not None:
                reason = f"Export {export} cannot be deleted as it is in use by {user}"
                self.history.stack(stack, "DELETE_FAILED", reason)
                return
        if stack.under_way is not None:  # an update that failed and was left so
            self._clean_up(stack, stack.under_way.replaced)
        kept = self._delete_all(stack)
        if kept:
            self.history.stack(stack, "DELETE_FAILED", undeleted(kept))
            return
        stack.deleted = self.history.now()
        self.history.stack(stack, "DELETE_COMPLETE")

    def _bring_up_to_date(self, stack: Stack, update: Update, logical_id: str, old: Resource | None) -> None:
        plan, made = update.plan, update.made
        if old is None or old.type != plan.resources[logical_id]["Type"] or not old.physical_id:
            self._create_in_update(stack, update, logical_id)
            update.replaced += [old] if old is not None and old.physical_id else []
            return
        properties = self.steps.attempt(
            stack, old, "UPDATE_FAILED", lambda: self.steps.properties(plan, logical_id, made)
        )
        change = difference(old, properties)
        if change == "Replace":
            self._replace(stack, update, old)
        elif change == "Modify":
            policy = self.steps.update_policy(plan, logical_id, made)
            self._modify(stack, update, old, replace(old, properties=properties, update_policy=policy))
        else:
            made[logical_id] = replace(old)
        made[logical_id].deletion_policy = str(plan.resources[logical_id].get("DeletionPolicy", "Delete"))
        made[logical_id].depends_on = tuple(plan.dependencies[logical_id])

    def _replace(self, stack: Stack, update: Update, old: Resource) -> None:
        self.history.resource(stack, old, "UPDATE_IN_PROGRESS", REPLACED)
        self._create_in_update(stack, update, old.logical_id)
        policy = str(update.plan.resources[old.logical_id].get("UpdateReplacePolicy", "Delete"))
        update.replaced.append(replace(old, deletion_policy=policy))

    def _create_in_update(self, stack: Stack, update: Update, logical_id: str) -> None:
        try:
            self.steps.create(stack, update.plan, logical_id, update.made)
        finally:
            if logical_id in update.made:  # made half-way counts too
                update.created.append(update.made[logical_id])

    def _modify(self, stack: Stack, update: Update, old: Resource, new: Resource) -> None:
        # Registered first: an update that fails half-way is taken back too.
        update.changed.append((old, new))
        update.made[old.logical_id] = new
        self.steps.modify(stack, old, new)
        if new.physical_id != old.physical_id:  # a custom resource may answer with another id
            update.replaced.append(old)

    def _clean_up(self, stack: Stack, resources: list[Resource], undoing: bool = False) -> None:
        """Old resources go last; one that refuses stays behind, and the update is complete nevertheless."""
        for resource in reversed(resources):
            self.steps.delete(stack, replace(resource), undoing)

    def _delete_all(self, stack: Stack, undoing: bool = False) -> list[str]:
        kept: list[str] = []
        for logical_id in deletion_order(stack.resources):
            resource = stack.resources[logical_id]
            needed = [name for name in kept if logical_id in stack.resources[name].depends_on]
            if needed or not self.steps.delete(stack, resource, undoing):
                kept.append(logical_id)
        stack.resources = {name: stack.resources[name] for name in stack.resources if name in kept}
        return kept

    def _finish_outputs(self, stack: Stack, plan: Plan) -> None:
        try:
            outputs, exports = outputs_of(plan, stack, self.steps.imported)
            refuse_taken_exports(stack, exports, lambda export: self.steps.owner_of("export", export))
            keep_used_exports(stack, exports, self.used_by)
        except (ResourceFailure, CloudError) as error:
            self.history.failed(Failure(stack.name, words(error)))
            raise ResourceFailure(words(error)) from error
        stack.outputs, stack.exports, stack.imports = outputs, exports, frozenset(self.steps.imports)
