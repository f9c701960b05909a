"""What happened to a stack: an event for each step, and the first thing that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.stack import Resource, Stack, StackEvent

STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Failure:
    """A resource that failed.

    Attributes
    ----------
    cause
        Why a stack in it failed.
    next_step
        What to do about it, when the service said so.
    """

    logical_id: str
    reason: str
    cause: DeployError | None = None
    next_step: str | None = None


@dataclass
class History:
    """Writes the events of one operation.

    Attributes
    ----------
    now
        Gives the moment of the next event, later than the one before.
    tell
        Is given each event with its stack, for the stack's notification topics.
    first_failure
        The first resource that failed in this operation.
    """

    now: Callable[[], float]
    tell: Callable[[Stack, StackEvent], None] = lambda stack, event: None
    first_failure: Failure | None = field(default=None, init=False)

    def stack(self, stack: Stack, status: str, reason: str | None = None) -> None:
        """The stack itself enters a status."""
        stack.status, stack.reason = status, reason
        self._note(stack, stack.name, STACK, status, reason, stack.id)

    def resource(self, stack: Stack, resource: Resource, status: str, reason: str | None = None) -> None:
        """One of its resources enters a status."""
        resource.status, resource.reason = status, reason
        self._note(stack, resource.logical_id, resource.type, status, reason, resource.physical_id)
        resource.updated = stack.events[-1].timestamp

    def failed(self, failure: Failure) -> None:
        """Remember the first failure: those that follow are mostly its consequences."""
        self.first_failure = self.first_failure or failure

    def _note(
        self, stack: Stack, logical_id: str, kind: str, status: str, reason: str | None, physical_id: str
    ) -> None:
        identifier = f"{logical_id}-{status}-{len(stack.events):04d}"
        operation = stack.operations[-1].id if stack.operations else ""
        event = StackEvent(
            self.now(), logical_id, kind, status, reason, physical_id, identifier, stack.token, operation
        )
        stack.events.append(event)
        self.tell(stack, event)
