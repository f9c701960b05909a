"""What a learner types: learn, check, hint, solution, reset, progress."""

from __future__ import annotations

import argparse
import json

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from grader.checks.exercise import Exercise
from grader.commands.command import Command
from grader.errors import CourseError
from grader.grading import wording
from grader.grading.course import Chapter, Course
from grader.grading.json_report import exercise_json
from grader.grading.record import ExerciseRecord
from grader.grading.terminal import print_exercise, print_problems
from grader.grading.workbench import Checked, Workbench


def check(options: argparse.Namespace, console: Console) -> int:
    """Judge the learner's own files."""
    bench = workbench(options)
    if not bench.work.is_dir():
        raise CourseError("There is no work folder yet.", str(bench.work), "Run: grader learn")
    chosen = [pair for name in options.ids for pair in bench.course.select(name)]
    if not chosen:
        raise CourseError("There is no exercise in this chapter.")
    checked = []
    for chapter, exercise in chosen:
        checked.append(bench.check(chapter, exercise))
        if not options.json:
            print_exercise(console, checked[-1].report, exercise)
            print_problems(console, checked[-1].problems)
            console.print()
    if options.json:
        print(json.dumps({"schema": 1, "exercises": [exercise_json(one.report) for one in checked]}, indent=1))
    return _status(checked)


def hint(options: argparse.Namespace, console: Console) -> int:
    """Open hints one after another."""
    _, exercise = one_exercise(options)
    for number, text in enumerate(workbench(options).hints(exercise, options.level), start=1):
        console.print(Text(f"Hint {number} of {len(exercise.hints)}: ", "bold") + Text(text, "not bold"))
    return 0


def solution(options: argparse.Namespace, console: Console) -> int:
    """Show our answer, when it is time."""
    chapter, exercise = one_exercise(options)
    for name, text in workbench(options).solution(chapter, exercise).items():
        console.rule(f"{exercise.slug}/{name}", align="left")
        lexer = {"py": "python", "yaml": "yaml", "json": "json"}.get(name.rpartition(".")[2], "text")
        console.print(Syntax(text, lexer, theme="ansi_light", word_wrap=True, background_color="default"))
    return 0


def reset(options: argparse.Namespace, console: Console) -> int:
    """Put the starting files back."""
    chapter, exercise = one_exercise(options)
    bench = workbench(options)
    backup = bench.reset(chapter, exercise)
    kept = f" What you had is in {backup.relative_to(bench.course.root)}." if backup else ""
    console.print(Text(f"Exercise {exercise.id} is as it was at the start.{kept}"))
    return 0


def progress(options: argparse.Namespace, console: Console) -> int:
    """Show what is done."""
    bench = workbench(options)
    records = bench.record.all()
    table = Table("exercise", "", "state", "points", "tries", "hints")
    for chapter in bench.course.chapters:
        if chapter.exercises:
            table.add_section()
        for exercise in chapter.exercises:
            table.add_row(*_progress_row(exercise, records.get(exercise.id, ExerciseRecord())))
    console.print(table)
    done = sum(record.passed for record in records.values())
    console.print(Text(f"{done} of {sum(1 for _ in bench.course.exercises())} exercises passed."))
    return 0


def learn(options: argparse.Namespace, console: Console) -> int:
    """Open JupyterLab at the start page or a chapter."""
    from grader.notebooks.learn import learn as open_jupyterlab  # brings half of Jupyter with it

    course = Course.find(options.course)
    return open_jupyterlab(options.chapter, course=course, browser=not options.no_browser, port=options.port)


def workbench(options: argparse.Namespace) -> Workbench:
    """The learner's files in the course that is meant."""
    return Workbench(Course.find(options.course))


def one_exercise(options: argparse.Namespace) -> tuple[Chapter, Exercise]:
    """The exercise that is named."""
    return Course.find(options.course).exercise(options.id)


def _status(checked: list[Checked]) -> int:
    outcomes = {one.report.outcome for one in checked}
    if "grader_error" in outcomes:
        return 2
    return 0 if outcomes == {"passed"} else 1


def _progress_row(exercise: Exercise, record: ExerciseRecord) -> list[Text]:
    state = "passed" if record.passed else "tried" if record.tries else "open"
    style = {"passed": "green", "tried": "yellow", "open": "dim"}[state]
    points = f"{wording.amount(record.best)}/{wording.amount(exercise.points)}"
    cells = [
        exercise.id,
        exercise.title,
        state,
        points,
        str(len(record.tries)),
        f"{record.hints}/{len(exercise.hints)}",
    ]
    return [Text(cell, style if cell == state else "") for cell in cells]


def _ids(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help="an exercise (6.1), a chapter (ch06) or all")
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="an exercise, for example 6.1")


def _hint(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("level", nargs="?", type=int, help="open the hints up to this one (default: the next)")


def _learn(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapter", nargs="?", metavar="CH", help="for example ch06 (default: the start page)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--port", type=int, help="JupyterLab's port")


def _nothing(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


COMMANDS = (
    Command("learn", "open JupyterLab at the start page or a chapter", _learn, learn),
    Command("check", "check your own files of exercises", _ids, check),
    Command("hint", "open the next hint of an exercise", _hint, hint),
    Command("solution", "show the solution, after a pass or three honest tries", _one, solution),
    Command("reset", "put an exercise's starting files back; a backup is kept", _one, reset),
    Command("progress", "show what you have done", _nothing, progress),
)
