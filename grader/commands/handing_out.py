"""``grader handout``: chapters and workshops on paper."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from grader.commands.command import Command
from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.files import write_atomically

if TYPE_CHECKING:
    from grader.classroom.handouts import Document, Edition

FOLDER = "handouts"


def handout(options: argparse.Namespace, console: Console) -> int:
    """Write the handouts that are asked for, and say where they are."""
    from grader.classroom.handouts import html_page, pdf  # reads the whole course; no other command needs it

    folder: Path = options.output or Path(FOLDER)
    for document in _documents(options):
        file = folder / f"{document.file_name}.html"
        write_atomically(file, html_page(document))
        console.print(Text(f"written  {file}"), soft_wrap=True)
        if options.pdf:
            printed = file.with_suffix(".pdf")
            printed.write_bytes(pdf(document, options.paper))
            console.print(Text(f"written  {printed}"), soft_wrap=True)
    return 0


def _documents(options: argparse.Namespace) -> list[Document]:
    from grader.classroom.handouts import chapter_document, plan_document, plans, workshop_document

    course = Course.find(options.course)
    edition: Edition = "instructor" if options.instructor else "learner"
    if options.plan and options.chapters:
        raise CourseError("A plan names its chapters itself.", f"--plan {options.plan}", "Leave out the chapters.")
    if options.plan:
        known = plans(course)
        if options.plan not in known:
            raise CourseError(
                f"There is no plan {options.plan!r}.",
                "solutions/workshops.toml",
                f"Known: {', '.join(known) or 'none'}.",
            )
        return [plan_document(course, known[options.plan], edition)]
    if options.chapters:
        return [chapter_document(course.chapter(name), edition) for name in options.chapters]
    return [workshop_document(course, edition)]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "chapters", nargs="*", metavar="CH", help="chapters, one handout each (default: all of them in one)"
    )
    parser.add_argument("--plan", metavar="NAME", help="a workshop with its timetable: half-day or two-day")
    parser.add_argument("--instructor", action="store_true", help="with solutions, hidden checks, hints and notes")
    parser.add_argument("--pdf", action="store_true", help="as PDF, too")
    parser.add_argument("--paper", choices=("a4", "letter"), default="a4", help="for the PDF (default: a4)")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help=f"where to write (default: {FOLDER}/)")


COMMANDS = (Command("handout", "print chapters or a workshop, for learners or for the trainer", _options, handout),)
