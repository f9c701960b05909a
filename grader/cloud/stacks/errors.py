"""Why a deployment cannot begin, or why it failed, in CloudFormation's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.cloud.errors import CloudError

if TYPE_CHECKING:
    from grader.cloud.stacks.stack import StackEvent


class DeployError(CloudError):
    """A deployment that was refused before anything was made, or that failed and was rolled back.

    Parameters
    ----------
    what
        CloudFormation's sentence.
    where
        File, line and logical id, when they are known.
    code
        The error code that the CloudFormation API answers with.
    logical_id, reason, line
        The resource that failed, its own reason, and the line of the learner's template that declares it.
    events
        The stack's events of this operation, oldest first; empty when nothing was begun.
    """

    def __init__(
        self,
        what: str,
        where: str | None = None,
        next_step: str | None = None,
        *,
        code: str = "ValidationError",
        logical_id: str | None = None,
        reason: str | None = None,
        line: int | None = None,
        events: Sequence[StackEvent] = (),
    ) -> None:
        super().__init__(what, where, next_step)
        self.code = code
        self.logical_id = logical_id
        self.reason = reason or what
        self.line = line
        self.events = tuple(events)


class TemplateError(DeployError):
    """A template that cannot be read, or that CloudFormation's own validation refuses."""


class TransformError(DeployError):
    """A template that the SAM translator refuses."""


class NoUpdates(DeployError):
    """The template and the parameters are what the stack already has."""

    def __init__(self) -> None:
        super().__init__("No updates are to be performed.")


class ResourceFailure(Exception):
    """What a provider raises when the service refuses: becomes a ``…_FAILED`` event with this reason.

    Parameters
    ----------
    physical_id
        What was made nevertheless, and has to be deleted.
    cause
        Why a nested stack failed.
    """

    def __init__(self, reason: str, physical_id: str = "", cause: DeployError | None = None) -> None:
        super().__init__(reason)
        self.physical_id, self.cause = physical_id, cause
