"""The bar that moves while a class is graded; where nothing can move, a line at each tenth."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

PARTS = 10
PERIOD = 300.0  # seconds that the remaining time is estimated from: one answer may take a minute


class Rate(ProgressColumn):
    """Notebooks a minute so far."""

    def render(self, task: Task) -> Text:
        """One cell of the bar."""
        return Text(rate(task))


class GradingBar(Progress):
    """What is being done, how far it is, how fast, and how long it will still take.

    Where ``console`` is no terminal, that is said in plain lines on ``lines`` (default: standard error), one at each
    tenth: in a log of CI, or beside a report that goes to a file.
    """

    def __init__(
        self, console: Console, lines: TextIO | None = None, get_time: Callable[[], float] = time.monotonic
    ) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
        self._lines = None if console.is_terminal else lines or sys.stderr
        self._said: dict[TaskID, int] = {}
        super().__init__(
            *columns, console=console, transient=True, disable=self._lines is not None,
            speed_estimate_period=PERIOD, get_time=get_time,
        )  # fmt: skip

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """One more is done."""
        super().advance(task_id, advance)
        self._say(task_id)

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """Something about the work has changed."""
        super().update(task_id, **changes)
        self._say(task_id)

    def _say(self, task_id: TaskID) -> None:
        task = self._tasks[task_id]
        part = int(PARTS * task.completed / task.total) if task.total else 0
        if self._lines is not None and part > self._said.get(task_id, 0):
            self._said[task_id] = part
            print(line(task), file=self._lines, flush=True)


def grading_bar(console: Console) -> GradingBar:
    """The bar for work of many pieces."""
    return GradingBar(console)


def rate(task: Task) -> str:
    """Pieces a minute so far; empty before the first."""
    return f"{60 * task.completed / task.elapsed:.0f} a minute" if task.elapsed and task.completed else ""


def line(task: Task) -> str:
    """The bar in words."""
    left = "" if task.finished or task.time_remaining is None else f"{_clock(task.time_remaining)} left"
    words = [f"{task.description}: {task.completed:.0f} of {task.total or 0:.0f}", rate(task), left]
    return ", ".join(filter(None, words))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
