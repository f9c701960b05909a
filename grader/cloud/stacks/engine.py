"""Making what a plan says: one resource after the other, with an event for each step, and back again when one fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from grader.cloud.errors import CloudError
from grader.cloud.stacks.errors import DeployError, ResourceFailure
from grader.cloud.stacks.intrinsics import NO_VALUE, resolve, scalar
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.providers.base import Made, Making, Provider, Tools
from grader.cloud.stacks.references import dependencies
from grader.cloud.stacks.stack import Resource, Stack, StackEvent
from grader.cloud.stacks.types import TYPES

STACK = "AWS::CloudFormation::Stack"
EXISTS = frozenset(
    [
        "ResourceConflictException",
        "EntityAlreadyExists",
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "ResourceInUseException",
        "QueueAlreadyExists",
        "QueueNameExists",
        "ResourceAlreadyExistsException",
        "ParameterAlreadyExists",
    ]
)


@dataclass
class Undo:
    """How to take back one step of an update."""

    logical_id: str
    action: Callable[[], None]


@dataclass
class Engine:
    """Carries out plans.

    Attributes
    ----------
    now
        Gives the moment of the next event, later than the one before.
    owner_of
        Gives the id of the stack that has made a resource with this type and physical id.
    """

    tools: Tools
    now: Callable[[], float]
    exported: Callable[[str], Any]
    owner_of: Callable[[str, str], str | None]
    used_by: Callable[[str], str | None] = lambda export: None
    imports: set[str] = field(default_factory=set, init=False)
    _failed: tuple[str, str] | None = field(default=None, init=False)

    def create(self, stack: Stack, plan: Plan, reason: str | None = "User Initiated") -> None:
        """Make a new stack; when a resource fails, delete everything again (``ROLLBACK_COMPLETE``)."""
        self._stack_event(stack, "CREATE_IN_PROGRESS", reason)
        try:
            for logical_id in plan.order:
                self._create(stack, plan, logical_id, stack.resources)
            self._finish(stack, plan)
        except ResourceFailure as failure:
            self._undo_create(stack, plan, str(failure))
            return
        self._stack_event(stack, "CREATE_COMPLETE")

    def _undo_create(self, stack: Stack, plan: Plan, failure: str) -> None:
        if stack.disable_rollback:
            self._stack_event(stack, "CREATE_FAILED", failure)
            return
        self._stack_event(stack, "ROLLBACK_IN_PROGRESS", f"{failure} Rollback requested by user.")
        kept = self._delete_all(stack)
        self._stack_event(stack, "ROLLBACK_FAILED" if kept else "ROLLBACK_COMPLETE", _undeleted(kept))

    def update(self, stack: Stack, plan: Plan) -> None:
        """Change an existing stack by difference; when something fails, go back to what was."""
        self._stack_event(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        before = dict(stack.resources)
        undone: list[Undo] = []
        replaced: list[Resource] = []
        made: dict[str, Resource] = {}
        try:
            for logical_id in plan.order:
                self._bring_up_to_date(stack, plan, logical_id, made, undone, replaced)
            removed = [before[name] for name in before if name not in made]
            stack.resources = {name: made[name] for name in plan.order}
            self._finish(stack, plan)
        except ResourceFailure as failure:
            self._undo_update(stack, before, undone, str(failure))
            return
        self._stack_event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(stack, [*replaced, *removed])
        self._stack_event(stack, "UPDATE_COMPLETE")

    def _undo_update(self, stack: Stack, before: dict[str, Resource], undone: list[Undo], failure: str) -> None:
        if stack.disable_rollback:
            self._stack_event(stack, "UPDATE_FAILED", failure)
            return
        self._stack_event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", failure)
        stuck: list[str] = []
        for step in reversed(undone):
            try:
                step.action()
            except (ResourceFailure, ClientError, BotoCoreError, CloudError) as error:
                stuck.append(step.logical_id)
                self._event(
                    stack, before.get(step.logical_id) or Resource(step.logical_id, ""), "UPDATE_FAILED", _words(error)
                )
        stack.resources = before
        if stuck:
            reason = f"The following resource(s) failed to update: [{', '.join(stuck)}]."
            self._stack_event(stack, "UPDATE_ROLLBACK_FAILED", reason)
            return
        self._stack_event(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._stack_event(stack, "UPDATE_ROLLBACK_COMPLETE")

    def delete(self, stack: Stack) -> None:
        """Delete everything, what was made last first; what cannot be deleted leaves the stack ``DELETE_FAILED``."""
        self._stack_event(stack, "DELETE_IN_PROGRESS", "User Initiated")
        for export in stack.exports:
            if (user := self.used_by(export)) is not None:
                self._stack_event(
                    stack, "DELETE_FAILED", f"Export {export} cannot be deleted as it is in use by {user}"
                )
                return
        kept = self._delete_all(stack)
        if kept:
            self._stack_event(stack, "DELETE_FAILED", _undeleted(kept))
            return
        stack.deleted = self.now()
        self._stack_event(stack, "DELETE_COMPLETE")

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

        values = replace(plan.values, reference=reference, attribute=attribute, imported=self._import)
        resource = plan.resources[logical_id]
        properties = resolve(resource.get("Properties") or {}, values)
        if plan.tags and TYPES[resource["Type"]].tagged:
            own = {tag["Key"] for tag in properties.get("Tags") or []}
            added = [{"Key": key, "Value": value} for key, value in plan.tags.items() if key not in own]
            properties["Tags"] = [*(properties.get("Tags") or []), *added]
        return dict(properties)

    def _making(self, stack: Stack, logical_id: str, properties: dict[str, Any]) -> Making:
        return Making(logical_id, properties, stack.name, self.tools.ids.suffix)

    def provider(self, kind: str) -> Provider:
        """The provider of a type."""
        return TYPES[kind].provider(self.tools)

    def _create(self, stack: Stack, plan: Plan, logical_id: str, made: dict[str, Resource]) -> Resource:
        declared = plan.resources[logical_id]
        resource = Resource(
            logical_id,
            declared["Type"],
            depends_on=tuple(dependencies(plan.resources)[logical_id]),
            retain=declared.get("DeletionPolicy") == "Retain",
        )
        old = made.get(logical_id)
        made[logical_id] = resource
        self._event(stack, resource, "CREATE_IN_PROGRESS")

        def make() -> Made:
            resource.properties = self.properties(plan, logical_id, {k: v for k, v in made.items() if k != logical_id})
            self._refuse_taken_name(stack, resource)
            making = self._making(stack, logical_id, resource.properties)
            return self.provider(resource.type).create(making)

        try:
            done = self._attempt(stack, resource, "CREATE_FAILED", make)
        except ResourceFailure:
            if not resource.physical_id:
                made.pop(logical_id)
                if old is not None:
                    made[logical_id] = old
            raise
        self._take(resource, done)
        self._event(stack, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
        self._event(stack, resource, "CREATE_COMPLETE")
        return resource

    def _refuse_taken_name(self, stack: Stack, resource: Resource) -> None:
        given = TYPES[resource.type].name
        name = str(resource.properties.get(given, "")) if given else ""
        owner = self.owner_of(resource.type, name) if name else None
        if owner is not None:
            raise ResourceFailure(f"{name} already exists in stack {owner}")

    def _take(self, resource: Resource, made: Made) -> None:
        resource.physical_id, resource.attributes, resource.arn = made.physical_id, dict(made.attributes), made.arn

    def _attempt(self, stack: Stack, resource: Resource, failed: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (ResourceFailure, ClientError, BotoCoreError, CloudError, KeyError, TypeError) as error:
            reason = self._reason(resource, error)
            self._failed = self._failed or (resource.logical_id, reason)
            self._event(stack, resource, failed, reason)
            verb = failed.split("_")[0].lower()
            raise ResourceFailure(f"The following resource(s) failed to {verb}: [{resource.logical_id}].") from error

    def _reason(self, resource: Resource, error: Exception) -> str:
        if isinstance(error, KeyError | TypeError):
            words = f"#: required key [{error.args[0]}] not found" if isinstance(error, KeyError) else str(error)
            return f"Properties validation failed for resource {resource.logical_id} with message: {words}"
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in EXISTS:
            given = TYPES[resource.type].name
            name = resource.properties.get(given or "", "")
            if name:
                return f"{name} already exists"
        words = _words(error)
        return words.replace("validation failed with", f"validation failed for resource {resource.logical_id} with")

    def _bring_up_to_date(
        self,
        stack: Stack,
        plan: Plan,
        logical_id: str,
        made: dict[str, Resource],
        undone: list[Undo],
        replaced: list[Resource],
    ) -> None:
        old = stack.resources.get(logical_id)
        declared = plan.resources[logical_id]
        if old is None or old.type != declared["Type"]:
            self._create_in_update(stack, plan, logical_id, made, undone)
            if old is not None:
                replaced.append(old)
            return
        properties = self._attempt(stack, old, "UPDATE_FAILED", lambda: self.properties(plan, logical_id, made))
        retain = declared.get("DeletionPolicy") == "Retain"
        change = difference(old, properties)
        if change == "Replace":
            self._event(
                stack,
                old,
                "UPDATE_IN_PROGRESS",
                "Requested update requires the creation of a new physical resource; hence creating one.",
            )
            self._create_in_update(stack, plan, logical_id, made, undone)
            keep = declared.get("UpdateReplacePolicy") == "Retain"
            replaced.append(replace(old, retain=keep))
        elif change == "Modify":
            made[logical_id] = self._modify(stack, old, properties, undone)
        else:
            made[logical_id] = old
        made[logical_id].retain = retain
        made[logical_id].depends_on = tuple(dependencies(plan.resources)[logical_id])

    def _create_in_update(
        self, stack: Stack, plan: Plan, logical_id: str, made: dict[str, Resource], undone: list[Undo]
    ) -> None:
        resource = self._create(stack, plan, logical_id, made)

        def take_back() -> None:
            self._event(stack, resource, "DELETE_IN_PROGRESS")
            self.provider(resource.type).delete(resource)
            self._event(stack, resource, "DELETE_COMPLETE")

        undone.append(Undo(logical_id, take_back))

    def _modify(self, stack: Stack, old: Resource, properties: dict[str, Any], undone: list[Undo]) -> Resource:
        new = replace(old, properties=properties)
        self._event(stack, new, "UPDATE_IN_PROGRESS")
        provider = self.provider(old.type)

        def take_back() -> None:
            self._event(stack, old, "UPDATE_IN_PROGRESS")
            provider.update(self._making(stack, old.logical_id, old.properties), new)
            self._event(stack, old, "UPDATE_COMPLETE")

        # Registered first: an update that fails half-way is taken back too.
        undone.append(Undo(old.logical_id, take_back))
        making = self._making(stack, old.logical_id, properties)
        done = self._attempt(stack, new, "UPDATE_FAILED", lambda: provider.update(making, old))
        self._take(new, done)
        self._event(stack, new, "UPDATE_COMPLETE")
        return new

    def _clean_up(self, stack: Stack, resources: list[Resource]) -> None:
        """Old resources go last; one that refuses stays behind, and the update is complete nevertheless."""
        for resource in reversed(resources):
            self._delete_one(stack, replace(resource))

    def _delete_all(self, stack: Stack) -> list[str]:
        kept: list[str] = []
        for logical_id in deletion_order(stack.resources):
            resource = stack.resources[logical_id]
            needed = [name for name in kept if logical_id in stack.resources[name].depends_on]
            if needed or not self._delete_one(stack, resource):
                kept.append(logical_id)
        stack.resources = {name: stack.resources[name] for name in stack.resources if name in kept}
        return kept

    def _delete_one(self, stack: Stack, resource: Resource) -> bool:
        if resource.retain:
            self._event(stack, resource, "DELETE_SKIPPED")
            return True
        self._event(stack, resource, "DELETE_IN_PROGRESS")
        try:
            self.provider(resource.type).delete(resource)
        except (ResourceFailure, ClientError, BotoCoreError, CloudError) as error:
            self._event(stack, resource, "DELETE_FAILED", _words(error))
            self._failed = self._failed or (resource.logical_id, _words(error))
            return False
        self._event(stack, resource, "DELETE_COMPLETE")
        return True

    def _import(self, export: str) -> Any:
        self.imports.add(export)
        return self.exported(export)

    def _finish(self, stack: Stack, plan: Plan) -> None:
        """Fill in outputs and exports."""
        try:
            outputs, exports = self._outputs(stack, plan)
            self._keep_used_exports(stack, exports)
            stack.outputs, stack.exports, stack.imports = outputs, exports, frozenset(self.imports)
        except (ResourceFailure, CloudError) as error:
            raise ResourceFailure(_words(error)) from error

    def _outputs(self, stack: Stack, plan: Plan) -> tuple[dict[str, str], dict[str, str]]:
        made = stack.resources

        def attribute(name: str, wanted: str) -> Any:
            return made[name].attributes.get(wanted, NO_VALUE)

        values = replace(
            plan.values, reference=lambda name: made[name].physical_id, attribute=attribute, imported=self._import
        )
        outputs, exports = {}, {}
        for name, declared in plan.outputs.items():
            value = resolve(declared["Value"], values)
            if isinstance(value, list | dict) or value is NO_VALUE:
                raise ResourceFailure(
                    f"Template format error: Output {name} is malformed. The Value field of every Outputs "
                    "member must evaluate to a String."
                )
            outputs[name] = str(scalar(value))
            if "Export" in declared:
                exports[str(resolve(declared["Export"]["Name"], values))] = outputs[name]
        for export in exports:
            holder = self.owner_of("export", export)
            if holder is not None and holder != stack.id:
                raise ResourceFailure(
                    f"Export with name {export} is already exported by stack {holder}. Duplicate exports "
                    "are not allowed."
                )
        return outputs, exports

    def _keep_used_exports(self, stack: Stack, exports: dict[str, str]) -> None:
        for export, value in stack.exports.items():
            user = self.used_by(export)
            if user is not None and exports.get(export) != value:
                verb = "updated" if export in exports else "deleted"
                raise ResourceFailure(f"Export {export} cannot be {verb} as it is in use by {user}")

    def failure(self) -> tuple[str, str] | None:
        """Logical id and reason of the first resource that failed in this operation."""
        return self._failed

    def _stack_event(self, stack: Stack, status: str, reason: str | None = None) -> None:
        stack.status, stack.reason = status, reason
        self._note(stack, stack.name, STACK, status, reason, stack.id)

    def _event(self, stack: Stack, resource: Resource, status: str, reason: str | None = None) -> None:
        resource.status, resource.reason = status, reason
        self._note(stack, resource.logical_id, resource.type, status, reason, resource.physical_id)
        resource.updated = stack.events[-1].timestamp

    def _note(
        self, stack: Stack, logical_id: str, kind: str, status: str, reason: str | None, physical_id: str
    ) -> None:
        identifier = f"{logical_id}-{status}-{len(stack.events):04d}"
        stack.events.append(StackEvent(self.now(), logical_id, kind, status, reason, physical_id, identifier))


def difference(old: Resource, properties: dict[str, Any]) -> str | None:
    """``Modify``, ``Replace``, or None when the properties are what they were."""
    names = {name for name in {*old.properties, *properties} if old.properties.get(name) != properties.get(name)}
    if not names:
        return None
    return "Replace" if names & TYPES[old.type].replaced_by else "Modify"


def deletion_order(resources: dict[str, Resource]) -> list[str]:
    """Dependents before what they depend on."""
    waiting = list(reversed(resources))
    done: list[str] = []
    while waiting:
        free = [
            name
            for name in waiting
            if not any(name in resources[other].depends_on for other in waiting if other != name)
        ] or waiting[:1]
        done += free
        waiting = [name for name in waiting if name not in free]
    return done


def _undeleted(kept: list[str]) -> str | None:
    return f"The following resource(s) failed to delete: [{', '.join(kept)}]." if kept else None


def _words(error: Exception) -> str:
    """A failure in the words that CloudFormation gives as a reason."""
    if isinstance(error, ClientError):
        service = error.operation_name
        details = error.response["Error"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return (
            f'Resource handler returned message: "{details.get("Message", "")} '
            f'(Service: {service}, Status Code: {status}, Error Code: {details.get("Code", "")})"'
        )
    return error.what if isinstance(error, CloudError) else str(error)


def deploy_error(stack: Stack, plan: Plan | None, engine: Engine, first_event: int) -> DeployError:
    """What ``cloud.deploy`` raises when an operation has failed and was rolled back."""
    logical_id, reason = engine.failure() or (stack.name, stack.reason or stack.status)
    where, line = plan.where(logical_id) if plan and logical_id in plan.sources else (None, stack.line_of(logical_id))
    return DeployError(
        f"Stack {stack.name} is {stack.status}: {logical_id}: {reason}",
        where,
        logical_id=logical_id,
        reason=reason,
        line=line,
        events=stack.events[first_event:],
    )
