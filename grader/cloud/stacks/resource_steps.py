"""One resource made, changed or deleted, with the events of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.stacks.attributes import attribute_of
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.history import History
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.property_types import faults_of_properties
from grader.cloud.stacks.providers.base import Made, Making, Provider, Tools
from grader.cloud.stacks.reasons import MALFORMED, REFUSALS, failure_of, reason_of, words
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.stored_values import StoredValues
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.types import type_named


@dataclass
class ResourceSteps:
    """Carries out the single steps of a plan.

    Attributes
    ----------
    exported
        Gives the value of an export.
    owner_of
        Gives the id of the stack that has made a resource with this type and physical id.
    imports
        The exports that were asked for so far.
    """

    tools: Tools
    history: History
    exported: Callable[[str], Any]
    owner_of: Callable[[str, str], str | None]
    imports: set[str] = field(default_factory=set, init=False)

    def imported(self, export: str) -> Any:
        """The value of an export, noted as used."""
        self.imports.add(export)
        return self.exported(export)

    def provider(self, kind: str) -> Provider:
        """The provider of a type."""
        return type_named(kind).provider(self.tools)

    def properties(self, plan: Plan, logical_id: str, made: dict[str, Resource], unknown: Any = None) -> dict[str, Any]:
        """A resource's properties with every reference filled in from what is made so far.

        Parameters
        ----------
        unknown
            Stands for what is not made yet, when a change is only previewed.
        """

        def reference(name: str) -> Any:
            return made[name].physical_id if name in made else unknown

        def attribute(name: str, wanted: str) -> Any:
            return attribute_of(made[name], wanted) if name in made else unknown

        values = replace(plan.values, reference=reference, attribute=attribute, imported=self.imported)
        resource = plan.resources[logical_id]
        properties = resolve(resource.get("Properties") or {}, values)
        if plan.tags and type_named(resource["Type"]).tagged:
            own = {tag["Key"] for tag in properties.get("Tags") or []}
            added = [{"Key": key, "Value": value} for key, value in plan.tags.items() if key not in own]
            properties["Tags"] = [*(properties.get("Tags") or []), *added]
        return dict(self._stored.with_parameters(properties))

    def update_policy(self, plan: Plan, logical_id: str, made: dict[str, Resource]) -> dict[str, Any]:
        """A resource's UpdatePolicy with every reference filled in."""
        given = plan.resources[logical_id].get("UpdatePolicy") or {}
        values = replace(plan.values, reference=lambda name: made[name].physical_id, imported=self.imported)
        return dict(resolve(given, values))

    def making(self, stack: Stack, resource: Resource) -> Making:
        """What a provider is told; secrets are filled in here, so that the stack itself never holds them."""
        return Making(
            resource.logical_id,
            self._stored.with_secrets(resource.properties),
            stack.name,
            self.tools.ids.suffix,
            resource.update_policy,
            stack.id,
            resource.type,
        )

    @property
    def _stored(self) -> StoredValues:
        return StoredValues(self.tools.client)

    def create(self, stack: Stack, plan: Plan, logical_id: str, made: dict[str, Resource]) -> Resource:
        """Make one resource and put it into ``made``; one that failed half-way stays there to be deleted."""
        declared = plan.resources[logical_id]
        policy = str(declared.get("DeletionPolicy", "Delete"))
        resource = Resource(
            logical_id,
            declared["Type"],
            depends_on=tuple(plan.dependencies[logical_id]),
            deletion_policy="RetainExceptOnCreate" if policy == "Retain" and stack.retain_except_on_create else policy,
            stack_id=stack.id,
        )
        old = made.get(logical_id)
        made[logical_id] = resource
        self.history.resource(stack, resource, "CREATE_IN_PROGRESS")
        try:
            done = self.attempt(stack, resource, "CREATE_FAILED", lambda: self._make(stack, plan, resource, made))
        except ResourceFailure as failure:
            resource.physical_id = failure.physical_id
            if not resource.physical_id and not stack.disable_rollback:
                made.pop(logical_id)
                if old is not None:
                    made[logical_id] = old
            raise
        take(resource, done)
        self.history.resource(stack, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
        self.history.resource(stack, resource, "CREATE_COMPLETE")
        return resource

    def _make(self, stack: Stack, plan: Plan, resource: Resource, made: dict[str, Resource]) -> Made:
        others = {name: other for name, other in made.items() if name != resource.logical_id}
        resource.properties = self.properties(plan, resource.logical_id, others)
        _check_types(resource)
        self._refuse_taken_name(resource)
        return self.provider(resource.type).create(self.making(stack, resource))

    def _refuse_taken_name(self, resource: Resource) -> None:
        given = type_named(resource.type).name
        name = str(resource.properties.get(given, "")) if given else ""
        owner = self.owner_of(resource.type, name) if name else None
        if owner is not None:
            raise ResourceFailure(f"{name} already exists in stack {owner}")

    def modify(self, stack: Stack, old: Resource, new: Resource) -> None:
        """Change one resource in place, to the properties of ``new``."""
        self.history.resource(stack, new, "UPDATE_IN_PROGRESS")
        done = self.attempt(stack, new, "UPDATE_FAILED", lambda: self._change(stack, old, new))
        take(new, done)
        self.history.resource(stack, new, "UPDATE_COMPLETE")

    def _change(self, stack: Stack, old: Resource, new: Resource) -> Made:
        _check_types(new)
        return self.provider(old.type).update(self.making(stack, new), old)

    def change_back(self, stack: Stack, old: Resource, new: Resource) -> Resource | None:
        """Undo ``modify``; what was made in its place and is not needed any more comes back, to be deleted."""
        self.history.resource(stack, old, "UPDATE_IN_PROGRESS")
        made = self.provider(old.type).revert(self.making(stack, old), new)
        take(old, made)
        self.history.resource(stack, old, "UPDATE_COMPLETE")
        return new if new.physical_id != old.physical_id else None

    def finish(self, resource: Resource) -> None:
        """The whole operation has succeeded: what waited for that may clean up."""
        self.provider(resource.type).finish(resource)

    def delete(self, stack: Stack, resource: Resource, undoing: bool = False) -> bool:
        """Delete one resource, unless it is to be kept; False when its service refuses.

        Parameters
        ----------
        undoing
            The operation that made it is being taken back.
        """
        if resource.deletion_policy == "Retain" or (resource.deletion_policy != "Delete" and not undoing):
            self.history.resource(stack, resource, "DELETE_SKIPPED")
            return True
        try:
            if resource.physical_id:
                self.history.resource(stack, resource, "DELETE_IN_PROGRESS")
                self.provider(resource.type).delete(resource)
        except REFUSALS as error:
            self.history.resource(stack, resource, "DELETE_FAILED", words(error))
            self.history.failed(failure_of(resource, error, words(error)))
            return False
        self.history.resource(stack, resource, "DELETE_COMPLETE")
        return True

    def attempt(self, stack: Stack, resource: Resource, failed: str, action: Callable[[], Any]) -> Any:
        """Do it; what goes wrong becomes the event ``failed`` and a ``ResourceFailure`` that names the resource."""
        try:
            return action()
        except (*REFUSALS, *MALFORMED) as error:
            reason = reason_of(resource, error)
            self.history.failed(failure_of(resource, error, reason))
            self.history.resource(stack, resource, failed, reason)
            verb = failed.split("_")[0].lower()
            made = error.physical_id if isinstance(error, ResourceFailure) else ""
            failed_one = f"The following resource(s) failed to {verb}: [{resource.logical_id}]."
            raise ResourceFailure(failed_one, made) from error


def _check_types(resource: Resource) -> None:
    if faults := faults_of_properties(resource.type, resource.properties):
        words = f"Properties validation failed for resource {resource.logical_id} with message: "
        raise ResourceFailure(f"{words}[{', '.join(faults)}]")


def take(resource: Resource, made: Made) -> None:
    """Note what the provider made."""
    resource.physical_id, resource.attributes, resource.arn = made.physical_id, dict(made.attributes), made.arn
