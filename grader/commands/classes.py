"""What begins with ``grader class``: a private course, and what is made from it or about its class."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.commands.command import Command
from grader.commands.marking import read_report
from grader.grading.course import Course
from grader.grading.files import write_atomically


def new(options: argparse.Namespace, console: Console) -> int:
    """Make a private course."""
    from grader.classroom.private_course import new_course

    source = Course.find(options.course)
    new_course(options.folder, source)
    console.print(Text(f"A private course is in {options.folder}: its own history, its own seed in class.toml."))
    there = shlex.quote(str(options.folder))
    console.print(
        Text(f"Next: cd {there} && make class. docs/teaching.md says how to add checks of your own."), soft_wrap=True
    )
    return 0


def package(options: argparse.Namespace, console: Console) -> int:
    """Write the archive for students."""
    from grader.classroom.private_course import student_package

    number = student_package(Course.find(options.course), options.output)
    console.print(Text(f"{number} files, without solutions and hidden checks, are in {options.output}"))
    return 0


def report(options: argparse.Namespace, console: Console) -> int:
    """Write the class report: a page, and tables for each chapter."""
    from grader.classroom.class_report import alike_answers, figures, report_page, tables

    course = Course.find(options.course)
    shown = []
    for found in figures(read_report(options.report)):
        chapter = course.chapter(found.chapter)
        alike = alike_answers(chapter, found.submissions)
        shown.append((found, f"Chapter {chapter.number}: {chapter.title}", alike))
        for name, text in tables(found, alike).items():
            write_atomically(options.output / found.chapter / name, text)
    write_atomically(options.output / "report.html", report_page(shown))
    console.print(Text(f"{options.output / 'report.html'}, and tables beside it for {len(shown)} chapters"))
    return 0


def class_command(options: argparse.Namespace, console: Console) -> int:
    """Run what stands after ``class``."""
    return int(options.act(options, console))


def _options(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act_name", required=True, metavar="WHAT")
    one = acts.add_parser("new", help="make a private course: own history, own seed, own hidden checks")
    one.add_argument("folder", type=Path, metavar="DIR", help="a folder that is not there yet")
    one.set_defaults(act=new)
    one = acts.add_parser("package", help="pack what students get: no solutions, no hidden checks")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="ZIP", help="the archive")
    one.set_defaults(act=package)
    one = acts.add_parser("report", help="who passed what, what was hard, what fails first, which answers are alike")
    one.add_argument("report", type=Path, metavar="REPORT", help="what grader grade --json wrote")
    one.add_argument("-o", "--output", type=Path, default=Path("class-report"), metavar="DIR",
                     help="the folder for the page and its tables (default: class-report)")  # fmt: skip
    one.set_defaults(act=report)


COMMANDS = (
    Command("class", "make a private course, pack it for students, report on a class", _options, class_command),
)
