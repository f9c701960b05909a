"""What a teacher types around the grading: collect, scores, return, regrade, and what begins with ``class``."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.checks.failure import readable
from grader.commands.bar import grading_bar
from grader.commands.command import Command, count
from grader.commands.judges import CLUSTER_HELP, judges_for
from grader.errors import CourseError
from grader.grading import wording
from grader.grading.course import Chapter, Course
from grader.grading.files import require_place, write_atomically
from grader.grading.json_report import grades_from, grades_json
from grader.grading.report import Grades

if TYPE_CHECKING:
    from grader.classroom.collecting import Collected
    from grader.classroom.regrading import Change
    from grader.classroom.roster import Roster

HEADS = {
    "taken": "Taken",
    "unchanged": "There already",
    "kept": "Another notebook is there; --replace takes the new one",
    "repeated": "Handed in besides",
    "unmatched": "Of nobody in the class list",
    "refused": "Not taken",
    "missing": "Handed in nothing",
}
KINDS = ("canvas", "moodle")
COUNTED = ("taken", "unchanged")


def collect(options: argparse.Namespace, console: Console) -> int:
    """Take an LMS's download apart; 1 when a person must look at something."""
    from grader.classroom.class_file import ClassFile
    from grader.classroom.collecting import Intake
    from grader.classroom.collecting import collect as collect_download
    from grader.classroom.roster import Roster

    course = Course.find(options.course)
    chapter = course.chapter(options.chapter)
    zone = ClassFile.read(course.root).zone
    intake = Intake(course.root, chapter.stem, options.source, options.replace, options.dry_run, zone)
    roster = Roster.read(options.roster)
    found = collect_download(options.download, roster, intake)
    names = {one.student: f"{one.student} ({one.name})" if one.name else one.student for one in roster.people}
    found.missing = [names[student] for student in found.missing]
    _say_collected(console, found)
    return 1 if found.kept or found.unmatched or found.refused else 0


def scores(options: argparse.Namespace, console: Console) -> int:
    """Write scores for an LMS; 1 when a score is missing or nobody's."""
    from grader.classroom.roster import Roster
    from grader.classroom.score_sheets import canvas_doubts, score_sheet, without_place
    from grader.classroom.scores import scores_in_gradebook, scores_in_report

    course = Course.find(options.course)
    roster = Roster.read(options.roster)
    if options.gradebook:
        chapter = course.chapter(options.gradebook)
        found = scores_in_gradebook(course.root, chapter.stem)
    else:
        grades = read_report(options.report)
        chapter = _one_chapter(course, grades, options.chapter)
        found = scores_in_report(grades, course.root, chapter.stem)
    column = options.column or f"Chapter {chapter.number}: {chapter.title}"
    text = score_sheet(options.system or roster.kind, roster, found, column, absent_as_zero=options.absent_as_zero)
    write_atomically(options.output, text)
    strangers = without_place(roster, found)
    _list(console, "Not in the class list, and so not in the table", strangers)
    doubts = canvas_doubts(roster, found, column) if (options.system or roster.kind) == "canvas" else []
    doubts += [f"class.toml speaks of {one}, who is not in the class list" for one in _unknown(course, roster)]
    _list(console, "Look at", [*(f"{one.student}: {one.note}" for one in found if one.note), *doubts])
    written = [one for one in found if one.points is not None and one.student not in strangers]
    console.print(Text(f"{len(written)} scores are in {options.output}"))
    return 1 if strangers or any(one.points is None for one in found) else 0


def _unknown(course: Course, roster: Roster) -> list[str]:
    """Whose dates the class file holds, without their being in the class."""
    from grader.classroom.class_file import ClassFile

    known = ClassFile.read(course.root)
    return sorted({*known.extensions, *known.handed_in} - {one.student for one in roster.people})


def give_back(options: argparse.Namespace, console: Console) -> int:
    """Write the feedback archive; 1 when somebody's feedback is not in it."""
    from grader.classroom.returning import feedback_archive

    course = Course.find(options.course)
    grades = read_report(options.report)
    returned = feedback_archive(
        grades, _one_chapter(course, grades, options.chapter), from_nbgrader=options.from_nbgrader
    )
    write_atomically(options.output, returned.archive)
    _list(console, "Came by no download, and so not in the archive", returned.left_out)
    console.print(f"The feedback of {len(returned.students)} students is in {options.output}")
    return 1 if returned.left_out else 0


def regrade(options: argparse.Namespace, console: Console) -> int:
    """Grade a report's notebooks again; with ``--diff`` only say whose score would change, and end with 1 if any."""
    from grader.classroom.regrading import changes, graded_again, jobs_of, terms_of

    course = Course.find(options.course)
    before = read_report(options.report)
    if not options.diff:
        require_place(options.report)
    jobs = jobs_of(before, course)
    with contextlib.ExitStack() as ending:
        bar = ending.enter_context(grading_bar(console))
        task = bar.add_task("grading again", total=len(jobs), start=False)
        hidden = any(terms_of(submission).hidden for submission in before.submissions)
        judges = ending.enter_context(judges_for(jobs, course, options, hidden=hidden))
        bar.start_task(task)
        after = graded_again(before, course, judges, lambda submission: bar.advance(task))
    found = changes(before, after)
    _print_changes(console, found)
    if options.diff:
        return 1 if found else 0
    kept = _not_there_yet(options.report.with_name(f"{options.report.name}.before"))
    write_atomically(kept, options.report.read_text("utf-8"))
    write_atomically(options.report, json.dumps(grades_json(after), indent=1) + "\n")
    console.print(Text(f"{options.report} holds the new scores, {kept.name} the old ones."))
    return 2 if after.has_grader_error else 0


def _not_there_yet(path: Path) -> Path:
    """The path, with a number after it when there is something already."""
    names = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], names) if not name.exists())


def read_report(path: Path) -> Grades:
    """A report that ``grader grade --json`` wrote.

    Raises
    ------
    CourseError
        When it is none.
    """
    try:
        return grades_from(json.loads(path.read_text("utf-8")))
    except OSError as problem:
        raise CourseError(f"The report cannot be read: {problem.strerror}.", str(path)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        next_step = "Write one with: grader grade ... --json"
        raise CourseError("This is no report of grader grade, schema 1.", str(path), next_step) from None


def _one_chapter(course: Course, grades: Grades, named: str | None) -> Chapter:
    """The chapter that is meant: the one that is named, else the only one in the report."""
    stems = sorted({one.chapter for one in grades.submissions if one.chapter})
    if named:
        chapter = course.chapter(named)
        if chapter.stem not in stems:
            raise CourseError(
                f"The report has no grades of {chapter.stem}.", f"it is about {', '.join(stems) or 'none'}"
            )
        return chapter
    if len(stems) != 1:
        raise CourseError(f"The report is about {len(stems)} chapters.", ", ".join(stems), "Name one with --chapter.")
    return course.chapter(stems[0])


def _say_collected(console: Console, found: Collected) -> None:
    for kind, head in HEADS.items():
        names: list[str] = getattr(found, kind)
        if kind in COUNTED and names:
            console.print(Text(f"{head}: {len(names)}"))
        else:
            _list(console, head, names)


def _list(console: Console, head: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        console.print(Text(f"{head} ({len(lines)}):", "yellow"))
    for line in lines:
        console.print(Text(f"  {readable(line)}"))


def _print_changes(console: Console, rows: list[Change]) -> None:
    table = Table("student", "exercise", "before", "after", "why")
    for one in rows:
        amounts = ["–" if points is None else wording.amount(points) for points in (one.before, one.after)]
        table.add_row(Text(readable(one.student)), one.exercise, *amounts, Text(one.because))
    students = len({(one.student, one.chapter) for one in rows})
    console.print(table if rows else "No score changes.")
    if rows:
        console.print(f"{len(rows)} scores of {students} submissions differ.")


def _collect_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("download", type=Path, metavar="ZIP", help="all submissions of one assignment, as downloaded")
    parser.add_argument("--from", dest="source", choices=KINDS, required=True, help="whose download it is")
    parser.add_argument("--chapter", required=True, metavar="CH", help="the chapter that the assignment is about")
    parser.add_argument("--roster", type=Path, required=True, metavar="F", help="the class list, as the LMS exports it")
    parser.add_argument("--replace", action="store_true", help="replace notebooks that are there already")
    parser.add_argument("--dry-run", action="store_true", help="write nothing; say what would happen")


def _report_options(parser: argparse.ArgumentParser, *, is_needed: bool = True) -> None:
    parser.add_argument("report", type=Path, metavar="REPORT", nargs=None if is_needed else "?",
                        help="what grader grade --json wrote")  # fmt: skip
    parser.add_argument("--chapter", metavar="CH", help="one chapter, when the report is about several")


def _scores_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--report", type=Path, metavar="F", help="scores from what grader grade --json wrote")
    source.add_argument("--gradebook", metavar="CH", help="scores of a chapter from nbgrader's gradebook")
    parser.add_argument("--chapter", metavar="CH", help="one chapter, when the report is about several")
    parser.add_argument("--roster", type=Path, required=True, metavar="F", help="the class list, as the LMS exports it")
    parser.add_argument("--for", dest="system", choices=("canvas", "moodle", "gradescope"),
                        help="whose table (default: as the class list)")  # fmt: skip
    parser.add_argument("--column", metavar="NAME", help="the assignment's name in Canvas")
    parser.add_argument("--absent-as-zero", action="store_true", help="0 for whoever handed in nothing")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="F", help="the CSV file")


def _return_options(parser: argparse.ArgumentParser) -> None:
    _report_options(parser)
    parser.add_argument("--from-nbgrader", action="store_true", help="take the pages of nbgrader generate_feedback")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="ZIP", help="the archive to be uploaded")


def _regrade_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="REPORT", help="what grader grade --json wrote")
    parser.add_argument("--diff", action="store_true", help="write nothing; say whose score would change")
    parser.add_argument("--workers", type=count, default=0, help="processes (default: one per core)")
    parser.add_argument("--cluster", metavar="ADDRESS", help=CLUSTER_HELP)
    parser.add_argument("--allow-weak-isolation", action="store_true", help="grade below isolation level 2")


COMMANDS = (
    Command("collect", "take a download of Canvas's or Moodle's apart", _collect_options, collect),
    Command("scores", "write scores as Canvas, Moodle or Gradescope read them", _scores_options, scores),
    Command("return", "pack the feedback as Canvas or Moodle takes it", _return_options, give_back),
    Command("regrade", "grade a report's notebooks again and compare", _regrade_options, regrade),
)
