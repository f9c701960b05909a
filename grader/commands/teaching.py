"""What a teacher and CI type: grade, build, verify, doctor."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from grader.checks.failure import readable
from grader.classroom.class_file import ClassFile
from grader.commands.bar import grading_bar
from grader.commands.command import Command, count, seconds
from grader.commands.doctor import findings, proof
from grader.commands.judges import CLUSTER_HELP, chapters_of, judges_for, reusing
from grader.errors import CourseError
from grader.grading.batch import find_jobs, grade_all
from grader.grading.course import Chapter, Course, names_exercise
from grader.grading.files import require_place, write_atomically
from grader.grading.json_report import grades_json
from grader.grading.junit import junit_xml
from grader.grading.report import Grades
from grader.grading.table import grades_csv
from grader.grading.terminal import grades_table, print_exercise, print_problems

if TYPE_CHECKING:
    from grader.checks.exercise import Exercise
    from grader.grading.verify import Verified

RESULTS = "build/grading.jsonl"
SHOWN = 5


def grade(options: argparse.Namespace, console: Console) -> int:
    """Grade notebooks, with a bar that moves and a table at the end."""
    course = Course.find(options.course)
    if options.hidden and not course.solutions.is_dir():
        next_step = "Grade in your own course, or leave out --hidden."
        raise CourseError("This course comes without hidden checks.", str(course.root), next_step)
    jobs = find_jobs(options.paths, course)
    for place in filter(None, (options.json, options.csv, options.junit, options.results)):
        require_place(place)
    terms = ClassFile.read(course.root).terms(options.seed, hidden=options.hidden, limit=options.limit)
    with contextlib.ExitStack() as ending:
        bar = ending.enter_context(grading_bar(console))
        task = bar.add_task("grading", total=len(jobs), start=False)  # getting warm is no part of the rate
        results = options.results or course.root / RESULTS
        judges = ending.enter_context(judges_for(jobs, course, options, hidden=options.hidden))
        chapters, folder = chapters_of(jobs, course), results.absolute().parent
        bar.start_task(task)
        with _saying_how_to_go_on(console, results):
            grades = grade_all(
                jobs,
                course,
                terms,
                zygotes=reusing(judges, chapters, folder, hidden=options.hidden, fresh=options.fresh),
                results=results,
                resume=options.resume,
                on_graded=lambda submission: bar.advance(task),
            )
    _write_outputs(grades, options)
    _show(grades, console)
    return 2 if grades.has_grader_error else 0


@contextlib.contextmanager
def _saying_how_to_go_on(console: Console, results: Path) -> Iterator[None]:
    """Where the block is interrupted, say what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        words = f"Interrupted. What was graded is in {results}; the same command with --resume goes on from there."
        console.print(Text(words, "yellow"))
        raise


def build(options: argparse.Namespace, console: Console) -> int:
    """Make the course from its sources, or say where it differs."""
    from grader.notebooks.build import build_course, write_sources  # brings nbgrader with it

    course = Course.find(options.course)
    names = [options.chapter] if options.chapter else None
    result = build_course(names, check=options.check, course=course)
    if not options.check:
        write_sources(names, course=course)  # what nbgrader generate_assignment takes
    console.print(Text(str(result)))
    return 1 if options.check and not result.is_fresh else 0


def verify(options: argparse.Namespace, console: Console) -> int:
    """Let the course, a chapter or an exercise check itself."""
    from grader.commands.covering import print_coverage
    from grader.commands.verifying import print_verified, verify_build
    from grader.grading.verify import Verified

    course = Course.find(options.course)
    if not course.solutions.is_dir():
        raise CourseError("This course comes without solutions: there is nothing to verify.", str(course.root))
    one = course.exercise(options.what) if options.what and names_exercise(options.what) else None
    chapter = one[0].stem if one else options.what
    if options.coverage:
        return print_coverage(console, course, chapter, as_json=options.json)
    verified = _verified(options, console, course, one)
    if not options.without_build:
        verified = Verified((*verified.findings, verify_build(course, chapter)))
    if options.json:
        print(json.dumps(verified.as_json(), indent=1))
    else:
        print_verified(console, verified)
    return verified.status


def _verified(
    options: argparse.Namespace, console: Console, course: Course, one: tuple[Chapter, Exercise] | None
) -> Verified:
    """What is found in one exercise, one chapter or all, with a bar that moves."""
    from grader.grading.verify import verify_course, verify_exercise  # reads the whole course; nobody else needs it

    with grading_bar(console) as bar:
        task = bar.add_task("judging answers", total=None)

        def on_judged(waiting: int) -> None:
            total = bar.tasks[0].total or waiting
            bar.update(task, total=total, completed=total - waiting)

        workers, with_sam = options.workers or os.cpu_count() or 1, not options.without_sam
        if one:
            return verify_exercise(*one, workers=workers, with_sam=with_sam, on_judged=on_judged)
        return verify_course(course, options.what, workers=workers, with_sam=with_sam, on_judged=on_judged)


def doctor(options: argparse.Namespace, console: Console) -> int:
    """Say what this machine has and lacks."""
    found = findings(options.course)
    if options.code:
        console.print(Text(proof(found)), soft_wrap=True)
        return 1 if any(finding.is_needed and not finding.is_good for finding in found) else 0
    for finding in found:
        console.print(Text(f"{finding.mark} {finding.name}: ", finding.style) + Text(finding.text, "not bold default"))
    return 1 if any(finding.is_needed and not finding.is_good for finding in found) else 0


def _write_outputs(grades: Grades, options: argparse.Namespace) -> None:
    if options.json:
        write_atomically(options.json, json.dumps(grades_json(grades), indent=1) + "\n")
    if options.csv:
        write_atomically(options.csv, grades_csv(grades))
    if options.junit:
        write_atomically(options.junit, junit_xml(grades))


def _show(grades: Grades, console: Console) -> None:
    console.print(grades_table(grades))
    for submission in grades.submissions:
        print_problems(console, tuple(f"{submission.student}: {problem}" for problem in submission.problems))
    if len(grades.submissions) == 1:
        for report in grades.submissions[0].exercises:
            console.print()
            print_exercise(console, report)
    elif grades.submissions:
        console.print("Why a score is what it is: grade one notebook alone, or write reports with --json or --junit.")
    if grades.reused:
        total = sum(len(submission.exercises) for submission in grades.submissions)
        console.print(f"{grades.reused} of {total} answers were judged before, by the same checks; --fresh judges all.")
    if grades.has_grader_error:
        console.print(Text("Some scores are missing, because the grader itself failed. Nobody was given 0.", "magenta"))
        for (exercise, title, because), times in _errors(grades).most_common(SHOWN):
            again = f" ({times} times)" if times > 1 else ""
            console.print(Text(readable(f"  {exercise} {title} {because}{again}"), "magenta"), soft_wrap=True)


def _errors(grades: Grades) -> Counter[tuple[str, str, str]]:
    """What failed of ours: exercise, check and reason, and how often."""
    return Counter(
        (report.id, check.title, check.because or "")
        for submission in grades.submissions
        for report in submission.exercises
        for check in report.checks
        if check.outcome == "grader_error"
    )


def _grade_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a notebook, a folder, or submitted/")
    parser.add_argument("--hidden", action="store_true", help="run the hidden checks, too")
    parser.add_argument("--workers", type=count, default=0, help="processes (default: one per core)")
    parser.add_argument("--cluster", metavar="ADDRESS", help=CLUSTER_HELP)
    parser.add_argument("--json", type=Path, metavar="F", help="write the report as JSON (schema 1)")
    parser.add_argument("--csv", type=Path, metavar="F", help="write a table for a spreadsheet")
    parser.add_argument("--junit", type=Path, metavar="F", help="write JUnit XML")
    parser.add_argument("--resume", action="store_true", help="take the results of a run that was cut off as they are")
    parser.add_argument("--fresh", action="store_true", help="judge also what was judged before by the same checks")
    parser.add_argument("--results", type=Path, metavar="F", help=f"where results are kept (default: {RESULTS})")
    parser.add_argument("--seed", type=int, help="decides what is drawn at random (default: class.toml's, else 0)")
    parser.add_argument("--limit", type=seconds, default=60.0, help="seconds for one answer (default: 60)")
    parser.add_argument("--allow-weak-isolation", action="store_true", help="grade below isolation level 2")


def _build_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapter", nargs="?", metavar="CH", help="one chapter (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing; say what differs")


def _verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="CH|ID", help="one chapter, or one exercise (default: all)")
    parser.add_argument(
        "--coverage", action="store_true", help="only this: where each idea is taught, where each number comes from"
    )
    parser.add_argument("--workers", type=count, default=0, help="processes (default: one per core)")
    parser.add_argument("--without-sam", action="store_true", help="leave out `sam validate --lint`")
    parser.add_argument("--without-build", action="store_true", help="leave out `build --check`")
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def _doctor_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code", action="store_true", help="one short line to send to your trainer beforehand")


COMMANDS = (
    Command("grade", "grade notebooks: files, folders, or nbgrader's submitted/", _grade_options, grade),
    Command("build", "make the course from its sources", _build_options, build),
    Command("verify", "let the course check itself", _verify_options, verify),
    Command("doctor", "say what this machine has and lacks", _doctor_options, doctor),
)
