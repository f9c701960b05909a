"""``grader replay``: why one grade is what it is."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.checks.failure import readable
from grader.commands.command import Command, count
from grader.commands.marking import read_report
from grader.grading import wording
from grader.grading.client import AnswerZygote
from grader.grading.course import Course
from grader.grading.files import write_atomically
from grader.grading.html_page import exercise_html, page
from grader.grading.isolation import require_isolation
from grader.grading.report import ExerciseReport
from grader.grading.terminal import STYLES, print_exercise, print_problems

if TYPE_CHECKING:
    from grader.classroom.replaying import Graded, Replay


def replay(options: argparse.Namespace, console: Console) -> int:
    """Judge one answer again, and show everything that is known; 1 when it ends otherwise than then."""
    from grader.classroom import replaying

    course = Course.find(options.course)
    graded = replaying.find_graded(read_report(options.report), course, options.student, options.id)
    with contextlib.closing(AnswerZygote()) as zygote:
        require_isolation(zygote, "--allow-weak-isolation", options.allow_weak_isolation)
        found = replaying.replay(graded, zygote)
        others = replaying.with_other_seeds(graded, zygote, options.other_seeds)
    _print_terms(console, found)
    print_exercise(console, found.after)
    print_problems(console, (*graded.answers.problems, *found.warnings))
    _print_comparison(console, found)
    _print_others(console, others)
    if options.html:
        write_atomically(options.html, _page(graded, found))
        console.print(Text(f"written  {options.html}"), soft_wrap=True)
    if options.lay:
        console.print(
            Text(
                f"The answer as a project is in {replaying.lay_answer(graded, options.lay)}; read it before you run it."
            ),
            soft_wrap=True,
        )
    return 2 if found.after.score is None else 0 if found.is_same else 1


def _print_terms(console: Console, found: Replay) -> None:
    table = Table("", "graded then", "now", title=_title(found), title_justify="left")
    for term in found.terms:
        table.add_row(term.name, term.then, Text(term.now, "" if term.is_same else "bold yellow"))
    console.print(table)


def _print_comparison(console: Console, found: Replay) -> None:
    before, after = (wording.of_points(report.score, report.max_score) for report in (found.graded.before, found.after))
    if found.is_same:
        console.print(Text(f"Then {before}, now {after}: every check ended as it did then.", "green"), soft_wrap=True)
        return
    console.print(Text(f"Then {before}, now {after}:", "bold yellow"), soft_wrap=True)
    for line in found.differing:
        console.print(Text(f"  {line}"), soft_wrap=True)
    changed = [term.name for term in found.terms if not term.is_same]
    console.print(Text(f"  What has changed since: {', '.join(changed) or 'nothing that is known'}."), soft_wrap=True)


def _print_others(console: Console, others: list[tuple[int, ExerciseReport]]) -> None:
    for seed, report in others:
        failed = ", ".join(check.name for check in report.checks if check.outcome in ("failed", "grader_error"))
        words = (
            f"Seed {seed}: {wording.of_points(report.score, report.max_score)}{f'; fails: {failed}' if failed else ''}"
        )
        console.print(Text(words, STYLES[report.outcome]), soft_wrap=True)


def _page(graded: Graded, found: Replay) -> str:
    """What a student may see: the report without what hidden checks ask, with the request drawn gate by gate."""
    return page([exercise_html(found.after.for_learner(), graded.exercise)], _title(found))


def _title(found: Replay) -> str:
    return f"{readable(found.graded.submission.student)}, exercise {found.after.id}: {found.after.title}"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="REPORT", help="what grader grade --json wrote")
    parser.add_argument("student", metavar="STUDENT", help="whose answer, as the report names them")
    parser.add_argument("id", metavar="ID", help="an exercise, for example 6.1")
    parser.add_argument("--other-seeds", type=count, default=0, metavar="N", help="judge it with N other seeds, too")
    parser.add_argument("--html", type=Path, metavar="F", help="write a page that the student may see")
    parser.add_argument("--lay", type=Path, metavar="DIR", help="write the answer as a project, to look at it yourself")
    parser.add_argument("--allow-weak-isolation", action="store_true", help="judge below isolation level 2")


COMMANDS = (Command("replay", "judge one answer of a report again, with its trace", _options, replay),)
