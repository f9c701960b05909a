"""One execution: its strands, what each of them waits for, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.cloud.clock import Timer
from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.history import History, failure_details, shown
from grader.cloud.workflows.operations import Branches, Strand

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(eq=False)
class Running:
    """A strand on its way.

    Attributes
    ----------
    parent, place
        Whose branch it is, and which.
    group
        Its own branches, while it waits for them.
    token, heartbeat
        What it waits for, if that is a token.
    """

    strand: Strand
    execution: Execution
    parent: Running | None = None
    place: int = 0
    group: Group | None = None
    timer: Timer | None = None
    token: str | None = None
    heartbeat: float | None = None
    deadline: float | None = None
    over: bool = False

    def __getstate__(self) -> dict[str, Any]:
        """A strand lives in this process only: in a kept account it is over."""
        return {**self.__dict__, "strand": None, "over": True}

    def stop_waiting(self) -> None:
        """Whatever it waits for is of no interest any more."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.token = None

    def end(self) -> None:
        """Go no further, nor any of its branches."""
        self.over = True
        self.stop_waiting()
        if self.group is not None:
            for child in self.group.children:
                child.end()


@dataclass(eq=False)
class Group:
    """Branches side by side, and what they have given so far."""

    branches: Branches
    children: list[Running] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    left: int = 0


@dataclass(eq=False)
class Execution:
    """One run of a state machine.

    Attributes
    ----------
    started, stopped
        Seconds since 1970 on the clock.
    waiters
        Told when it has ended.
    """

    arn: str
    name: str
    machine_arn: str
    express: bool
    input: str
    started: float
    history: History
    status: Status = "RUNNING"
    stopped: float | None = None
    output: str | None = None
    failure: StateFailed | None = None
    root: Running | None = None
    waiters: list[Callable[[], None]] = field(default_factory=list)

    def __getstate__(self) -> dict[str, Any]:
        """What is kept of an execution when the account is."""
        return {**self.__dict__, "root": None, "waiters": []}

    def succeed(self, output: Any) -> None:
        """The last state has given its output."""
        self.output = shown(output)
        self._end("SUCCEEDED", {"output": self.output})

    def fail(self, failure: StateFailed, status: Status = "FAILED") -> None:
        """A failure that nothing caught, or somebody's wish."""
        self.failure = failure
        self._end(status, failure_details(failure))

    def _end(self, status: Status, details: dict[str, str]) -> None:
        self.status, self.stopped = status, self.history.now()
        kinds = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "ABORTED": "Aborted", "TIMED_OUT": "TimedOut"}
        self.history.add(f"Execution{kinds[status]}", len(self.history.events), details)
        if self.root is not None:
            self.root.end()
        while self.waiters:
            self.waiters.pop()()

    def description(self) -> dict[str, Any]:
        """The execution as DescribeExecution tells it."""
        told: dict[str, Any] = {
            "executionArn": self.arn,
            "stateMachineArn": self.machine_arn,
            "name": self.name,
            "status": self.status,
            "startDate": self.started,
            "input": self.input,
            "inputDetails": {"included": True},
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        if self.stopped is not None:
            told["stopDate"] = self.stopped
        if self.output is not None:
            told |= {"output": self.output, "outputDetails": {"included": True}}
        return told | (failure_details(self.failure) if self.failure is not None else {})
