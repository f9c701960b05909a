"""What ends a state: an error's name and its cause, as Retry and Catch see them."""

from __future__ import annotations

from collections.abc import Sequence

from grader.cloud.door.responder import ApiError

# Whoever catches or retries everything does not get these.
NOT_IN_ALL = frozenset({"States.DataLimitExceeded", "States.Runtime"})
# AWS: 256 KiB of input or result.
LARGEST_PAYLOAD = 262_144


class StateFailed(Exception):
    """A state failed.

    Attributes
    ----------
    error
        ``States.Timeout``, ``ValueError`` …
    cause
        What is to be told of it.
    """

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause

    def named_in(self, names: Sequence[str]) -> bool:
        """Whether a retrier or catcher that lists these error names is meant."""
        if self.error in names:
            return True
        if "States.ALL" in names:
            return self.error not in NOT_IN_ALL
        return "States.TaskFailed" in names and not self.error.startswith("States.")


class InvalidDefinition(ApiError):
    """The definition is not in the Amazon States Language."""

    def __init__(self, code: str, message: str, place: str) -> None:
        super().__init__("InvalidDefinition", f"Invalid State Machine Definition: '{code}: {message} at {place}'")


class NoSuchMachine(ApiError):
    """There is no such state machine."""

    def __init__(self, arn: str) -> None:
        super().__init__("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


class NoSuchExecution(ApiError):
    """There is no such execution."""

    def __init__(self, arn: str) -> None:
        super().__init__("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
