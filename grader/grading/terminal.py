"""The report in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.checks.exercise import Exercise
from grader.checks.failure import readable
from grader.grading import wording
from grader.grading.report import CheckResult, ExerciseReport, Grades, Submission

STYLES = {
    "passed": "green",
    "failed": "bold red",
    "not_attempted": "yellow",
    "skipped": "dim",
    "grader_error": "bold magenta",
}
_INDENT = 4
_LABEL = 11


def print_exercise(console: Console, report: ExerciseReport, exercise: Exercise | None = None) -> None:
    """Print the report of one exercise; ``exercise`` adds what a pass proves and where help is."""
    heading = f"{report.id} {report.title}"
    _print_pair(console, Text(heading, "bold"), wording.of_points(report.score, report.max_score))
    for check in wording.in_reading_order(report):
        _print_check(console, check)
    console.print(Text(wording.summary(report), STYLES[report.outcome]))
    for line in wording.next_step(report, exercise):
        console.print(Text(line))


def print_problems(console: Console, problems: tuple[str, ...]) -> None:
    """Print what a person should know besides the checks."""
    for problem in problems:
        console.print(Text(f"! {readable(problem)}", "yellow"))


def grades_table(grades: Grades) -> Table:
    """One line a submission; what is wrong with a notebook as a whole is said below it, by ``print_problems``."""
    title = ", ".join(filter(None, (f"{len(grades.submissions)} submissions", wording.isolation(grades.isolation))))
    table = Table(title=title)
    table.add_column("student", overflow="fold", min_width=8)
    table.add_column("chapter")
    table.add_column("score", no_wrap=True)
    table.add_column("exercises", overflow="fold", min_width=5)
    for submission in grades.submissions:
        table.add_row(*_row(submission))
    return table


def _row(submission: Submission) -> list[Text]:
    score = "grader error" if submission.score is None else wording.amount(submission.score)
    marks = Text(" ").join(
        Text(f"{report.id}{wording.MARKS[report.outcome]}", STYLES[report.outcome]) for report in submission.exercises
    )
    total = Text(f"{score}/{wording.amount(submission.max_score)}", justify="right")
    return [Text(readable(submission.student)), Text(submission.chapter), total, marks]


def _print_check(console: Console, check: CheckResult) -> None:
    title = Text(f"{wording.MARKS[check.outcome]} {check.title}", STYLES[check.outcome])
    _print_pair(console, title, f"({wording.of_points(check.points, check.max_points)})")
    for label, text in wording.details(check):
        _print_detail(console, label, text)
    if check.trace is not None:
        _print_detail(console, "trace", check.trace.text)


def _print_pair(console: Console, left: Text, right: str) -> None:
    """Left and right end of a line; on narrow terminals, below each other."""
    gap = console.width - left.cell_len - len(right)
    console.print(left + Text(" " * gap + right, "default not bold")) if gap >= 2 else console.print(left, Text(right))


def _print_detail(console: Console, label: str, text: str) -> None:
    grid = Table.grid(padding=0)
    grid.add_column(width=_INDENT + _LABEL, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(" " * _INDENT + label, "dim"), Text(text))
    console.print(grid)
