"""What a learner types: learn, check, hint, solution, reset, catchup, progress."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from grader.notebooks.standing import Standing


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


def catchup(options: argparse.Namespace, console: Console) -> int:
    """Fill in our answers to the exercises before one, and say what was left alone."""
    from grader.notebooks.catching_up import catch_up  # brings nbformat with it

    found = catch_up(Course.find(options.course), options.id)
    for one in found.exercises:
        because = f": {one.because}" if one.because else ""
        console.print(Text(f"{one.exercise.id} {one.exercise.title}: {one.became}{because}."), soft_wrap=True)
    if not found.exercises:
        console.print(Text(f"Nothing comes before {options.id} in its chapter."))
    elif found.filled:
        console.print(Text("Filled in is not done: it counts as no progress."))
        console.print(Text("If the chapter is open in JupyterLab: File → Reload Notebook from Disk."))
    print_problems(console, found.notes)
    return 0


def progress(options: argparse.Namespace, console: Console) -> int:
    """Show the chapters and where to go on, or the exercises of one chapter."""
    from grader.notebooks.overview import STATES, next_text
    from grader.notebooks.standing import standing_in

    bench = workbench(options)
    standing = standing_in(bench.course)
    if options.json:
        print(json.dumps(_standing_json(standing), indent=1))
        return 0
    if options.chapter:
        _print_exercises(bench, bench.course.chapter(options.chapter), console)
        return 0
    table = Table("", "chapter", "minutes", "exercises", "done")
    for one in standing.chapters:
        marks = Text("".join(STATES[exercise.state] for exercise in one.exercises))
        row = (str(one.number or ""), one.heading, str(one.minutes), marks, f"{one.passed} of {len(one.exercises)}")
        table.add_row(*row, style="green" if one.next is None else "")
    console.print(table)
    console.print(Text(f"{standing.headline}. ● passed  ◐ tried  ◇ caught up  ○ open"))
    console.print(Text(next_text(standing), "bold"), soft_wrap=True)
    return 0


def _print_exercises(bench: Workbench, chapter: Chapter, console: Console) -> None:
    records = bench.record.all()
    table = Table("exercise", "", "state", "points", "tries", "hints")
    for exercise in chapter.exercises:
        table.add_row(*_progress_row(exercise, records.get(exercise.id, ExerciseRecord())))
    console.print(table)


def _standing_json(standing: Standing) -> dict[str, Any]:
    return {
        "schema": 1,
        "passed": standing.passed,
        "total": standing.total,
        "next": standing.next[1].id if standing.next else None,
        "chapters": [
            {
                "chapter": chapter.stem,
                "title": chapter.title,
                "minutes": chapter.minutes,
                "exercises": [{"id": one.id, "title": one.title, "state": one.state} for one in chapter.exercises],
            }
            for chapter in standing.chapters
        ],
    }


def learn(options: argparse.Namespace, console: Console) -> int:
    """Open JupyterLab at the start page or a chapter."""
    from grader.notebooks.learn import learn as open_jupyterlab  # brings half of Jupyter with it
    from grader.notebooks.learn import serve_hub_user

    if options.hub and (options.port is not None or options.no_browser):
        next_step = "Leave out --port and --no-browser."
        raise CourseError("With --hub it is the hub that says where to listen; it opens no browser.", None, next_step)
    course = Course.find(options.course)
    chapter = _where_to_go_on(course) if options.resume else options.chapter
    if options.hub:
        serve_hub_user(chapter, course=course)
    return open_jupyterlab(chapter, course=course, browser=not options.no_browser, port=options.port)


def _where_to_go_on(course: Course) -> str | None:
    """The chapter of the next exercise; the start page when there is none, or it is there."""
    from grader.notebooks.standing import standing_in

    following = standing_in(course).next
    return following[0].stem if following and following[0].number else None


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
    from grader.notebooks.standing import state_of

    state = state_of(record)
    style = {"passed": "green", "tried": "yellow", "caught up": "cyan", "open": "dim"}[state]
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
    parser.add_argument("--resume", action="store_true", help="open the chapter where you stopped")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--port", type=int, help="JupyterLab's port")
    hub = "be the server that a JupyterHub starts for each user; the hub says where it listens"
    parser.add_argument("--hub", action="store_true", help=hub)


def _progress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapter", nargs="?", metavar="CH", help="its exercises with points, tries and hints")
    parser.add_argument("--json", action="store_true", help="everything as JSON")


COMMANDS = (
    Command("learn", "open JupyterLab at the start page or a chapter", _learn, learn),
    Command("check", "check your own files of exercises", _ids, check),
    Command("hint", "open the next hint of an exercise", _hint, hint),
    Command("solution", "show the solution, after a pass or three honest tries", _one, solution),
    Command("reset", "put an exercise's starting files back; a backup is kept", _one, reset),
    Command("catchup", "fill in our answers to the exercises before one, without counting them", _one, catchup),
    Command("progress", "show what you have done, and where to go on", _progress, progress),
)
