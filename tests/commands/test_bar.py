"""How far the grading is: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from grader.commands.bar import GradingBar


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def graded(console: Console, lines: io.StringIO, number: int, seconds: float) -> None:
    clock = Clock()
    with GradingBar(console, lines, clock) as bar:
        task = bar.add_task("grading", total=number)
        for _ in range(number):
            clock.now += seconds
            bar.advance(task)
        bar.refresh()


def test_in_a_log_each_tenth_is_a_line_with_rate_and_remaining_time() -> None:
    lines, printed = io.StringIO(), io.StringIO()
    graded(Console(file=printed), lines, 40, 3)
    said = lines.getvalue().splitlines()
    assert len(said) == 10
    assert said[1] == "grading: 8 of 40, 20 a minute, 0:01:36 left"
    assert said[-1] == "grading: 40 of 40, 20 a minute"
    assert printed.getvalue() == ""


def test_few_notebooks_have_a_line_each() -> None:
    lines = io.StringIO()
    graded(Console(file=io.StringIO()), lines, 3, 90)
    assert lines.getvalue().splitlines()[0].startswith("grading: 1 of 3, 1 a minute")
    assert len(lines.getvalue().splitlines()) == 3


def test_in_a_terminal_a_bar_moves_and_nothing_else_is_said() -> None:
    lines, printed = io.StringIO(), io.StringIO()
    graded(Console(file=printed, force_terminal=True, width=120), lines, 40, 3)
    assert "40/40" in printed.getvalue()
    assert "20 a minute" in printed.getvalue()
    assert lines.getvalue() == ""


def test_work_whose_size_is_found_on_the_way_is_said_too() -> None:
    lines = io.StringIO()
    with GradingBar(Console(file=io.StringIO()), lines, Clock()) as bar:
        task = bar.add_task("judging answers", total=None)
        bar.update(task, total=2, completed=1)
        bar.update(task, total=2, completed=2)
    assert lines.getvalue().splitlines() == ["judging answers: 1 of 2", "judging answers: 2 of 2"]
