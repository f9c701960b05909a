"""Moves strands on: does what they ask for, and comes back to them when it is done."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.workflows.execution import Execution, Group, Running
from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.operations import Branches, Ended, Perform, Strand, TaskDone, Token, Until
from grader.cloud.workflows.task_state import timed_out


@dataclass(frozen=True)
class Step:
    """A strand that can go on, with the answer to what it asked for."""

    running: Running
    answer: Any = None
    failure: StateFailed | None = None


class Runner:
    """Runs the strands of every execution.

    A strand that waits costs nothing: it is a timer on the clock, a token that somebody holds, or a place in a group.

    Parameters
    ----------
    find
        The execution with an ARN; None when there is none.
    """

    def __init__(self, clock: Clock, find: Callable[[str], Execution | None]) -> None:
        self._clock, self._find = clock, find
        self._ready: deque[Step] = deque()
        self._lock = threading.Lock()
        self._tokens: dict[str, Running] = {}

    def begin(self, execution: Execution, strand: Strand) -> None:
        """Let an execution run; its first state runs at the next drain."""
        execution.root = Running(strand, execution)
        self._put(Step(execution.root))

    def drain(self, only: Execution | None = None) -> bool:
        """Move everything on that can go on now, or the strands of one execution; False when there was nothing."""
        moved = False
        while (step := self._next(only)) is not None:
            if not step.running.over and step.running.execution.status == "RUNNING":
                self._advance(step)
            moved = True
        return moved

    def waiting_until(self, execution: Execution) -> float | None:
        """The next moment at which a strand of an execution goes on by itself; None when none does."""
        return min((running.timer.due for running in _all_of(execution) if running.timer is not None), default=None)

    def holder_of(self, token: str) -> Running | None:
        """The strand that waits for a token."""
        running = self._tokens.get(token)
        return running if running is not None and not running.over and running.token == token else None

    def answer_token(self, running: Running, done: TaskDone) -> None:
        """Somebody sent a token back."""
        self._tokens.pop(str(running.token), None)
        running.stop_waiting()
        self._put(Step(running, done))

    def beat(self, running: Running) -> None:
        """Somebody says that a task is still being worked on."""
        if running.timer is not None:
            running.timer.cancel()
        self._watch_token(running)

    def _put(self, step: Step) -> None:
        with self._lock:
            self._ready.append(step)

    def _next(self, only: Execution | None) -> Step | None:
        with self._lock:
            for step in self._ready:
                if only is None or step.running.execution is only:
                    self._ready.remove(step)
                    return step
        return None

    def _advance(self, step: Step) -> None:
        running = step.running
        try:
            if step.failure is not None:
                operation = running.strand.throw(step.failure)
            else:
                operation = running.strand.send(step.answer)
        except StopIteration as finished:
            self._finished(running, finished.value)
        except StateFailed as failure:
            self._failed(running, failure)
        else:
            self._carry_out(running, operation)

    def _carry_out(self, running: Running, operation: Any) -> None:
        if isinstance(operation, Until):
            self._wait(running, operation.moment, None)
        elif isinstance(operation, Perform):
            self._perform(running, operation)
        elif isinstance(operation, Token):
            self._await_token(running, operation)
        elif isinstance(operation, Ended):
            self._await_end(running, operation)
        else:
            self._fork(running, operation)

    def _wait(self, running: Running, moment: float, answer: Any) -> None:
        if running.timer is not None:
            running.timer.cancel()
        if moment <= self._clock.timestamp():
            self._put(Step(running, answer))
        else:
            running.timer = self._clock.at(moment, partial(self._time_has_come, running, answer), "a state machine")

    def _time_has_come(self, running: Running, answer: Any) -> None:
        running.timer = None
        if running.token is not None:
            self._tokens.pop(running.token, None)
            running.token = None
        self._put(Step(running, answer))

    def _perform(self, running: Running, operation: Perform) -> None:
        done = operation.task()
        if operation.deadline is not None and done.ended > operation.deadline:
            done = timed_out(operation.deadline)
        self._wait(running, done.ended, done)

    def _await_token(self, running: Running, operation: Token) -> None:
        running.token, running.heartbeat, running.deadline = operation.token, operation.heartbeat, operation.deadline
        self._tokens[operation.token] = running
        self._watch_token(running)

    def _watch_token(self, running: Running) -> None:
        """Give the token up at the deadline, or when no heartbeat comes."""
        moments = []
        if running.deadline is not None:
            moments.append((running.deadline, timed_out(running.deadline)))
        if running.heartbeat is not None:
            due = self._clock.timestamp() + running.heartbeat
            moments.append((due, TaskDone(None, due, StateFailed("States.HeartbeatTimeout", ""))))
        if moments:
            due, answer = min(moments, key=lambda pair: pair[0])
            running.timer = self._clock.at(due, partial(self._time_has_come, running, answer), "a task token")

    def _await_end(self, running: Running, operation: Ended) -> None:
        other = self._find(operation.execution_arn)
        if other is None:
            self._put(Step(running, failure=StateFailed("States.TaskFailed", "The execution is gone.")))
        elif other.status != "RUNNING":
            self._put(Step(running, other.description()))
        else:
            other.waiters.append(lambda: self._put(Step(running, other.description())))

    def _fork(self, running: Running, branches: Branches) -> None:
        count = len(branches.strands)
        group = running.group = Group(branches, [], [None] * count, count)
        if not count:
            self._put(Step(running, []))
        for _ in range(min(count, branches.at_most or count)):
            self._start_branch(running, group)

    def _start_branch(self, parent: Running, group: Group) -> None:
        place = len(group.children)
        if place < len(group.branches.strands):
            child = Running(group.branches.strands[place](), parent.execution, parent, place)
            group.children.append(child)
            self._put(Step(child))

    def _finished(self, running: Running, output: Any) -> None:
        running.over = True
        if running.parent is None:
            running.execution.succeed(output)
            return
        group = running.parent.group
        assert group is not None
        group.outputs[running.place] = output
        group.left -= 1
        if group.left == 0:
            running.parent.group = None
            self._put(Step(running.parent, group.outputs))
        else:
            self._start_branch(running.parent, group)

    def _failed(self, running: Running, failure: StateFailed) -> None:
        """A branch that fails ends its siblings."""
        running.over = True
        parent = running.parent
        if parent is None:
            running.execution.fail(failure)
            return
        if parent.group is not None:
            for child in parent.group.children:
                child.end()
        parent.group = None
        self._put(Step(parent, failure=failure))


def _all_of(execution: Execution) -> list[Running]:
    found, waiting = [], [execution.root] if execution.root else []
    while waiting:
        running = waiting.pop()
        found.append(running)
        waiting += running.group.children if running.group is not None else []
    return found
