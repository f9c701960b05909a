"""The program ``grader``: what learners, teachers and CI type.

Exit statuses: 0 all is well, 1 something failed or is not attempted, 2 it could not run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.commands import (
    Command,
    authoring,
    classes,
    handing_out,
    learning,
    marking,
    packing,
    replaying,
    serving,
    teaching,
)
from grader.errors import CloudError, CourseError
from grader.grading.course import Course
from grader.grading.files import mendable

COMMANDS: tuple[Command, ...] = (
    *learning.COMMANDS,
    *teaching.COMMANDS,
    *marking.COMMANDS,
    *replaying.COMMANDS,
    *classes.COMMANDS,
    *authoring.COMMANDS,
    *handing_out.COMMANDS,
    *packing.COMMANDS,
    *serving.COMMANDS,
)


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Run one command; returns its exit status. What a person can mend is said in words, without a traceback."""
    console = console or Console(highlight=False, soft_wrap=False)
    try:
        chosen = parser().parse_args(arguments)
    except SystemExit as end:
        return 0 if end.code in (0, None) else 2
    try:
        return _run(chosen, console)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read us has gone, for example `head`
        return 1
    except OSError as problem:  # not even what is wrong could be printed
        print(f"grader: cannot print: {problem.strerror}", file=sys.stderr)
        return 2


def _run(chosen: argparse.Namespace, console: Console) -> int:
    """Run a command, and say what is wrong."""
    try:
        if chosen.course is not None:
            _require_course(chosen.course)
        return int(chosen.run(chosen, console))
    except (CourseError, CloudError) as problem:
        return _refused(problem, console)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        raise
    except OSError as problem:
        words = mendable(problem)
        if words is None:
            return _failed(problem, console)
        return _refused(words, console)
    except Exception as problem:  # the last line of defence: ours, and said so
        return _failed(problem, console)


def _require_course(folder: Path) -> None:
    """A course that somebody names is never replaced by the one that the grader came with."""
    whole = folder.resolve()
    if not whole.exists() or Course.find(whole).root not in (whole, *whole.parents):
        raise CourseError("There is no course here.", str(folder), "Name the course's folder: the one with README.md.")


def _refused(problem: Exception, console: Console) -> int:
    """Say what a person can mend; a path stays in one piece, to be copied."""
    for line in str(problem).splitlines():
        console.print(Text(line, "red"), soft_wrap=line.startswith("where: "))
    return 2


def _failed(problem: Exception, console: Console) -> int:
    """Say that it is our fault."""
    if os.environ.get("GRADER_DEBUG"):
        raise problem
    console.print(Text(f"The grader itself failed: {type(problem).__name__}: {problem}", "bold magenta"))
    console.print(Text("Please report it; GRADER_DEBUG=1 shows where it happened."))
    return 2


def parser() -> argparse.ArgumentParser:
    """The command line: one subcommand a command."""
    top = argparse.ArgumentParser(prog="grader", description="Running Serverless, the notebook course.")
    top.add_argument("--course", type=Path, help="a folder of the course (default: where you are)")
    subcommands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = subcommands.add_parser(command.name, help=command.help, description=command.help)
        command.options(sub)
        sub.set_defaults(run=command.run)
    return top
