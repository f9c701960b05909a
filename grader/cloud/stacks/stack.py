"""A stack, its resources and its events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.templates.template import Template


@dataclass
class Resource:
    """One resource of a stack.

    Attributes
    ----------
    physical_id
        What ``Ref`` gives: a name, an ARN, a URL or an id, as AWS decides for each type.
    properties
        The properties it was made with, every intrinsic resolved.
    attributes
        What ``Fn::GetAtt`` gives.
    update_policy
        The UpdatePolicy of the update that changes it, every intrinsic resolved.
    deletion_policy
        ``Delete``, ``Retain`` or ``RetainExceptOnCreate``.
    """

    logical_id: str
    type: str
    physical_id: str = ""
    status: str = "CREATE_IN_PROGRESS"
    reason: str | None = None
    arn: str | None = None
    properties: dict[str, Any] = field(default_factory=dict, repr=False)
    attributes: dict[str, Any] = field(default_factory=dict, repr=False)
    deletion_policy: str = "Delete"
    update_policy: dict[str, Any] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()
    updated: float = 0.0
    stack_id: str = ""


@dataclass(frozen=True)
class StackEvent:
    """Something that happened to a stack or to one of its resources; ``timestamp`` in seconds since 1970."""

    timestamp: float
    logical_id: str
    type: str
    status: str
    reason: str | None
    physical_id: str
    id: str
    token: str | None = None
    operation: str = ""


@dataclass(frozen=True)
class OperationRecord:
    """One operation on a stack: what CloudFormation calls it, and where its events begin."""

    id: str
    type: str
    first_event: int


@dataclass(frozen=True)
class StackState:
    """What a stack is, and goes back to when an update fails."""

    template: Template | None
    expanded: dict[str, Any]
    sources: Mapping[str, str]
    parameters: dict[str, str]
    given: dict[str, str]
    tags: dict[str, str]
    capabilities: tuple[str, ...]
    outputs: dict[str, str]
    exports: dict[str, str]
    imports: frozenset[str]
    resources: dict[str, Resource]


@dataclass
class Stack:
    """A deployed template: what it made, what it says, and what happened on the way.

    Attributes
    ----------
    outputs
        Values of the Outputs section by name.
    expanded
        The template after the SAM transform: pure CloudFormation.
    parameters
        The values in force, defaults included; NoEcho ones as ``****``.
    parent_id, root_id
        The stack that this one is nested in, and the outermost one.
    notifications
        The topics that are told of every event.
    token
        The ClientRequestToken of the last operation.
    operations
        Every operation so far, oldest first.
    triggers, monitoring_minutes
        Alarms that take an operation back while it is carried out, and for so long afterwards.
    under_way
        An update that is not finished: it waits for the stack that this one is nested in, or it failed.
    """

    name: str
    id: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    template: Template | None = None
    expanded: dict[str, Any] = field(default_factory=dict, repr=False)
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict, repr=False)
    outputs: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict, repr=False)
    imports: frozenset[str] = field(default=frozenset(), repr=False)
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list, repr=False)
    capabilities: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    created: float = 0.0
    updated: float | None = None
    deleted: float | None = None
    protected: bool = False
    disable_rollback: bool = False
    parent_id: str | None = None
    root_id: str | None = None
    notifications: tuple[str, ...] = ()
    token: str | None = None
    operations: list[OperationRecord] = field(default_factory=list, repr=False, compare=False)
    triggers: tuple[str, ...] = ()
    monitoring_minutes: int = 0
    timeout_minutes: int | None = None
    retain_except_on_create: bool = False
    express: bool = False
    under_way: Any = field(default=None, repr=False, compare=False)
    failure: DeployError | None = field(default=None, repr=False, compare=False)
    lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    remove: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    @property
    def in_progress(self) -> bool:
        """Whether an operation on the stack is under way, one that waits for the clock included."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def first_event(self) -> int:
        """The number of the first event of the last operation."""
        return self.operations[-1].first_event if self.operations else 0

    def state(self) -> StackState:
        """What the stack is now."""
        values = {name: getattr(self, name) for name in StackState.__dataclass_fields__}
        return StackState(**{**values, "resources": dict(self.resources)})

    def restore(self, state: StackState) -> None:
        """Be again what the stack was."""
        for name in StackState.__dataclass_fields__:
            setattr(self, name, getattr(state, name))
        self.resources = dict(state.resources)

    def line_of(self, logical_id: str) -> int | None:
        """The line of the learner's template that declares this resource, or the SAM resource it came from."""
        if self.template is None:
            return None
        return self.template.line_of("Resources", self.sources.get(logical_id, logical_id))

    def delete(self) -> None:
        """Delete the stack and everything in it.

        Raises
        ------
        DeployError
            When a resource refuses, for example a bucket that is not empty.
        """
        if self.remove is not None:
            self.remove()

    def diagram(self) -> object:
        """Draw the resources and what refers to what."""
        from grader.cloud.drawing import draw_stack  # drawing knows stacks; a stack only asks to be drawn

        return draw_stack(self)
