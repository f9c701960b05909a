"""Change sets: an update that is looked at before it is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.cloud.stacks.capabilities import check_capabilities
from grader.cloud.stacks.errors import DeployError, TransformError
from grader.cloud.stacks.nested import parameters_of
from grader.cloud.stacks.options import PACKAGED, Options
from grader.cloud.stacks.preview import UNKNOWN, Change, says_the_same
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.templates.template import Template

EMPTY = "The submitted information didn't contain changes. Submit different information to create a change set."
STACK = "AWS::CloudFormation::Stack"


@dataclass
class ChangeSet:
    """What an update would do.

    Attributes
    ----------
    kind
        ``CREATE`` or ``UPDATE``.
    parent, root
        The ids of the change sets around it, when it is about a nested stack.
    nested
        Its change sets of nested stacks, by logical id; None when they were not asked for.
    """

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
    options: Options = PACKAGED
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"
    shown: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    parent: str | None = None
    root: str | None = None
    nested: dict[str, ChangeSet] | None = None

    def everything(self) -> list[ChangeSet]:
        """The change set and all that belong to it."""
        inner = [one for child in (self.nested or {}).values() for one in child.everything()]
        return [self, *inner]


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
        options: Options = PACKAGED,
        include_nested: bool = False,
    ) -> ChangeSet:
        """Compute the changes; a template that the transform refuses, or no change, makes a ``FAILED`` change set."""
        stack = self._stacks.prepare(stack_name) if kind == "CREATE" else self._stacks.get(stack_name)
        if kind != "CREATE":
            self._stacks.refuse_unless_updatable(stack)
        if any(item.name == name for item in self.of(stack)):
            raise DeployError(f"ChangeSet {name} already exists", code="AlreadyExistsException")
        made = ChangeSet(
            name, self._arn(name), stack, kind, template, dict(parameters), tuple(capabilities),
            dict(tags) if tags is not None else None, description, self._stacks.clock.timestamp(), options,
        )  # fmt: skip
        made.nested = {} if include_nested else None
        self._fill(made)
        if kind == "CREATE":
            self._stacks.review(stack)
        self._all |= {one.id: one for one in made.everything()}
        return made

    def _arn(self, name: str) -> str:
        account = self._stacks.account
        return (
            f"arn:aws:cloudformation:{account.region}:{account.account_id}:changeSet/{name}/{self._stacks.ids.uuid()}"
        )

    def _fill(self, made: ChangeSet) -> None:
        stack = made.stack
        try:
            plan = self._stacks.plan(stack, made.template, made.parameters, made.tags, made.options.notifications)
        except TransformError as error:
            made.status, made.reason, made.execution = "FAILED", error.what, "UNAVAILABLE"
            return
        check_capabilities(plan, made.capabilities, direct=made.parent is not None)
        made.changes, made.shown = self._stacks.changes(stack, plan), plan.shown
        if made.nested is not None:
            made.nested = {one.logical_id: child for one in made.changes if (child := self._inner(made, one))}
        if made.kind != "CREATE" and not made.changes and says_the_same(stack, plan) and made.parent is None:
            made.status, made.reason, made.execution = "FAILED", EMPTY, "UNAVAILABLE"

    def _inner(self, outer: ChangeSet, change: Change) -> ChangeSet | None:
        """The change set of a nested stack, when its template is known already."""
        properties = change.properties or {}
        url = str(properties.get("TemplateURL", UNKNOWN))
        if change.type != STACK or change.action == "Remove" or UNKNOWN in url:
            return None
        stack = self._stacks.find(change.physical_id) if change.physical_id else None
        kind = "CREATE" if stack is None else "UPDATE"
        stack = stack or self._stacks.prepare(f"{outer.stack.name}-{change.logical_id}-{self._stacks.ids.suffix()}")
        name = f"{outer.name}-{change.logical_id}"
        made = ChangeSet(
            name, self._arn(name), stack, kind, self._stacks.addresses.template(url),
            parameters_of(properties.get("Parameters") or {}), outer.capabilities, outer.tags, None, outer.created,
            outer.options, execution="UNAVAILABLE", parent=outer.id, root=outer.root or outer.id, nested={},
        )  # fmt: skip
        self._fill(made)
        return made

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

    def execute(
        self, made: ChangeSet, disable_rollback: bool = False, token: str | None = None, retain: bool = False
    ) -> None:
        """Carry it out; afterwards the stack has no change sets."""
        if made.parent is not None:
            raise DeployError(f"ChangeSet [{made.id}] is nested: execute its root change set {made.root}.")
        if made.execution != "AVAILABLE":
            raise DeployError(
                f"ChangeSet [{made.id}] cannot be executed in its current status of [{made.status}]",
                code="InvalidChangeSetStatus",
            )
        for other in self.of(made.stack):
            self.delete(other)
        options = replace(
            made.options, disable_rollback=disable_rollback or made.options.disable_rollback, token=token,
            retain_except_on_create=retain,
        )  # fmt: skip
        act = self._stacks.create if made.kind == "CREATE" else self._stacks.update
        arguments = (made.stack.name, made.template, made.parameters, made.capabilities, made.tags, options)
        self._stacks.operations.start(lambda: act(*arguments))  # goes on by itself
        made.execution = "EXECUTE_COMPLETE"

    def delete(self, made: ChangeSet) -> None:
        """Forget it; a stack that was only reviewed stays ``REVIEW_IN_PROGRESS``, as in AWS."""
        for one in made.everything():
            self._all.pop(one.id, None)
