"""``grader exercise new``: the beginning of an exercise of one's own."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.text import Text

from grader.commands.command import Command
from grader.grading.course import Course


def new(options: argparse.Namespace, console: Console) -> int:
    """Make a new exercise, and say which files it has and what comes next."""
    from grader.classroom.exercise_scaffold import NewExercise, new_exercise, title_of

    course = Course.find(options.course)
    exercise = NewExercise(options.id, options.slug, options.title or title_of(options.slug), options.minutes)
    chapter = course.chapter(options.chapter)
    for path in new_exercise(chapter, exercise):
        console.print(Text(f"written  {path.as_posix()}"), soft_wrap=True)
    console.print(Text("It works as it is. Write what says TODO; this lists it:"))
    console.print(Text(f"  grader build {chapter.stem[:4]} && grader verify {exercise.id}"), soft_wrap=True)
    return 0


def exercise_command(options: argparse.Namespace, console: Console) -> int:
    """Run what stands after ``exercise``."""
    return int(options.act(options, console))


def _options(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act_name", required=True, metavar="WHAT")
    one = acts.add_parser("new", help="make everything that a new exercise needs, ready to be built and judged")
    one.add_argument("chapter", metavar="CHAPTER", help="for example ch09")
    one.add_argument("id", metavar="ID", help="its number, for example 9.7")
    one.add_argument("slug", metavar="SLUG", help="its folder, for example 9_7_back_off")
    one.add_argument("--title", metavar="TEXT", help="what learners read (default: from the slug)")
    one.add_argument("--minutes", type=int, default=10, help="how long a newcomer takes (default: 10)")
    one.set_defaults(act=new)


COMMANDS = (Command("exercise", "begin an exercise of your own", _options, exercise_command),)
