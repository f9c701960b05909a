"""The bar that moves while a class is graded."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class Rate(ProgressColumn):
    """Notebooks a minute so far."""

    def render(self, task: Task) -> Text:
        """One cell of the bar."""
        return Text(f"{60 * task.completed / task.elapsed:.0f} a minute" if task.elapsed and task.completed else "")


def grading_bar(console: Console) -> Progress:
    """What is being done, how far it is, how fast, and how long it will still take."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)
