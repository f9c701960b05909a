"""What begins with ``grader class``: a private course, and what is made from it."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.commands.command import Command
from grader.grading.course import Course


def new(options: argparse.Namespace, console: Console) -> int:
    """Make a private course."""
    from grader.classroom.private_course import new_course

    source = Course.find(options.course)
    new_course(options.folder, source)
    console.print(Text(f"A private course is in {options.folder}: its own history, its own seed in class.toml."))
    console.print(
        Text(f"Next: cd {options.folder} && make class. docs/teaching.md says how to add checks of your own.")
    )
    return 0


def package(options: argparse.Namespace, console: Console) -> int:
    """Write the archive for students."""
    from grader.classroom.private_course import student_package

    number = student_package(Course.find(options.course), options.output)
    console.print(Text(f"{number} files, without solutions and hidden checks, are in {options.output}"))
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


COMMANDS = (Command("class", "make a private course, pack it for students", _options, class_command),)
