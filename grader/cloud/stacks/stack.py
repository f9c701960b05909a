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
    """

    logical_id: str
    type: str
    physical_id: str = ""
    status: str = "CREATE_IN_PROGRESS"
    reason: str | None = None
    arn: str | None = None
    properties: dict[str, Any] = field(default_factory=dict, repr=False)
    attributes: dict[str, Any] = field(default_factory=dict, repr=False)
    retain: bool = False
    update_policy: dict[str, Any] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()
    updated: float = 0.0


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
    failure: DeployError | None = field(default=None, repr=False, compare=False)
    first_event: int = field(default=0, repr=False, compare=False)
    lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    remove: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    @property
    def in_progress(self) -> bool:
        """Whether an operation on the stack is under way, one that waits for the clock included."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

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
