"""What a state asks of whoever runs it; until that is done, it stands still."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from grader.cloud.workflows.failures import StateFailed


@dataclass(frozen=True)
class Until:
    """Wait for a moment of the clock, seconds since 1970."""

    moment: float


@dataclass(frozen=True)
class TaskDone:
    """What became of a task, and when; ``failure`` if it did not succeed."""

    result: Any
    ended: float
    failure: StateFailed | None = None


@dataclass(frozen=True)
class Perform:
    """Have a task done.

    Attributes
    ----------
    task
        Does it, without any lock held, and says how it ended.
    deadline
        When the state gives it up; None when it never does.
    """

    task: Callable[[], TaskDone]
    deadline: float | None = None


@dataclass(frozen=True)
class Token:
    """Wait for somebody to send the token back: SendTaskSuccess or SendTaskFailure.

    Attributes
    ----------
    heartbeat
        Seconds within which a SendTaskHeartbeat must come.
    """

    token: str
    deadline: float | None = None
    heartbeat: float | None = None


@dataclass(frozen=True)
class Ended:
    """Wait for another execution to end; the answer is its description."""

    execution_arn: str


Strand = Generator[Any, Any, Any]


@dataclass(frozen=True)
class Branches:
    """Run strands side by side; the answer is the list of their outputs, or the first failure ends them all."""

    strands: tuple[Callable[[], Strand], ...]
    at_most: int = 0


Operation = Until | Perform | Token | Ended | Branches
