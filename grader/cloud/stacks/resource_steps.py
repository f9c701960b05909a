"""One resource made, changed or deleted, with the events of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.history import History
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.providers.base import Made, Making, Provider, Tools
from grader.cloud.stacks.reasons import REFUSALS, reason_of, words
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.stored_values import StoredValues
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.templates.references import dependencies
from grader.cloud.stacks.types import TYPES


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
        return TYPES[kind].provider(self.tools)

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
            if name not in made:
                return unknown
            if wanted not in made[name].attributes:
                raise ResourceFailure(f"Attribute '{wanted}' does not exist")
            return made[name].attributes[wanted]

        values = replace(plan.values, reference=reference, attribute=attribute, imported=self.imported)
        resource = plan.resources[logical_id]
        properties = resolve(resource.get("Properties") or {}, values)
        if plan.tags and TYPES[resource["Type"]].tagged:
            own = {tag["Key"] for tag in properties.get("Tags") or []}
            added = [{"Key": key, "Value": value} for key, value in plan.tags.items() if key not in own]
            properties["Tags"] = [*(properties.get("Tags") or []), *added]
        return dict(self._stored.with_parameters(properties))

    def update_policy(self, plan: Plan, logical_id: str, made: dict[str, Resource]) -> dict[str, Any]:
        """A resource's UpdatePolicy with every reference filled in."""
        given = plan.resources[logical_id].get("UpdatePolicy") or {}
        values = replace(plan.values, reference=lambda name: made[name].physical_id, imported=self.imported)
        return dict(resolve(given, values))

    def making(
        self,
        stack: Stack,
        logical_id: str,
        properties: dict[str, Any],
        update_policy: Mapping[str, Any] | None = None,
    ) -> Making:
        """What a provider is told; secrets are filled in here, so that the stack itself never holds them."""
        filled = self._stored.with_secrets(properties)
        return Making(logical_id, filled, stack.name, self.tools.ids.suffix, update_policy or {})

    @property
    def _stored(self) -> StoredValues:
        return StoredValues(self.tools.client)

    def create(self, stack: Stack, plan: Plan, logical_id: str, made: dict[str, Resource]) -> Resource:
        """Make one resource and put it into ``made``; one that failed half-way stays there to be deleted."""
        declared = plan.resources[logical_id]
        resource = Resource(
            logical_id,
            declared["Type"],
            depends_on=tuple(dependencies(plan.resources)[logical_id]),
            retain=declared.get("DeletionPolicy") == "Retain",
        )
        old = made.get(logical_id)
        made[logical_id] = resource
        self.history.resource(stack, resource, "CREATE_IN_PROGRESS")
        try:
            done = self.attempt(stack, resource, "CREATE_FAILED", lambda: self._make(stack, plan, resource, made))
        except ResourceFailure:
            if not resource.physical_id:
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
        self._refuse_taken_name(resource)
        return self.provider(resource.type).create(self.making(stack, resource.logical_id, resource.properties))

    def _refuse_taken_name(self, resource: Resource) -> None:
        given = TYPES[resource.type].name
        name = str(resource.properties.get(given, "")) if given else ""
        owner = self.owner_of(resource.type, name) if name else None
        if owner is not None:
            raise ResourceFailure(f"{name} already exists in stack {owner}")

    def modify(self, stack: Stack, old: Resource, new: Resource) -> None:
        """Change one resource in place, to the properties of ``new``."""
        self.history.resource(stack, new, "UPDATE_IN_PROGRESS")
        making = self.making(stack, new.logical_id, new.properties, new.update_policy)
        done = self.attempt(stack, new, "UPDATE_FAILED", lambda: self.provider(old.type).update(making, old))
        take(new, done)
        self.history.resource(stack, new, "UPDATE_COMPLETE")

    def change_back(self, stack: Stack, old: Resource, new: Resource) -> None:
        """Undo ``modify``."""
        self.history.resource(stack, old, "UPDATE_IN_PROGRESS")
        self.provider(old.type).update(self.making(stack, old.logical_id, old.properties), new)
        self.history.resource(stack, old, "UPDATE_COMPLETE")

    def keep(self, stack: Stack, resource: Resource) -> None:
        """Leave a resource in the account, though the stack has it no more."""
        self.history.resource(stack, resource, "DELETE_SKIPPED")

    def take_back(self, stack: Stack, resource: Resource) -> None:
        """Undo ``create``; a service's refusal is the caller's to deal with."""
        self.history.resource(stack, resource, "DELETE_IN_PROGRESS")
        self.provider(resource.type).delete(resource)
        self.history.resource(stack, resource, "DELETE_COMPLETE")

    def delete(self, stack: Stack, resource: Resource) -> bool:
        """Delete one resource, unless it is to be kept; False when its service refuses."""
        if resource.retain:
            self.keep(stack, resource)
            return True
        try:
            self.take_back(stack, resource)
        except REFUSALS as error:
            self.history.resource(stack, resource, "DELETE_FAILED", words(error))
            self.history.failed(resource.logical_id, words(error))
            return False
        return True

    def attempt(self, stack: Stack, resource: Resource, failed: str, action: Callable[[], Any]) -> Any:
        """Do it; what goes wrong becomes the event ``failed`` and a ``ResourceFailure`` that names the resource."""
        try:
            return action()
        except (*REFUSALS, KeyError, TypeError) as error:
            reason = reason_of(resource, error)
            self.history.failed(resource.logical_id, reason)
            self.history.resource(stack, resource, failed, reason)
            verb = failed.split("_")[0].lower()
            raise ResourceFailure(f"The following resource(s) failed to {verb}: [{resource.logical_id}].") from error


def take(resource: Resource, made: Made) -> None:
    """Note what the provider made."""
    resource.physical_id, resource.attributes, resource.arn = made.physical_id, dict(made.attributes), made.arn
