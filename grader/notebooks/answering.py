"""Judge, hint, solve and reset an exercise from a cell. Whatever goes wrong is said in words, never as a traceback."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.course import Chapter, Course
from grader.grading.html_page import exercise_html
from grader.grading.record import HONEST_TRIES
from grader.grading.report import ExerciseReport
from grader.grading.terminal import print_exercise, print_problems
from grader.grading.workbench import Workbench
from grader.notebooks.page import Page, card, escape, head, note, show
from grader.notebooks.saved_notebook import Agreements, disagreement_page, session_notebook, settled
from grader.notebooks.sources import COLOURS, numbered, section

AGREEMENTS = ".agreed.json"
WRITES = re.compile(r"\s*%%writefile[ \t]+(\S+)[ \t]*\n(.*)\Z", re.S)


def in_words(action: Callable[[str], None]) -> Callable[[str], None]:
    """Show the course's own errors as a card."""

    @functools.wraps(action)
    def told(exercise_id: str) -> None:
        try:
            action(str(exercise_id))
        except CourseError as problem:
            show(note(problem.what, [text for text in (problem.where, problem.next_step) if text]))

    return told


class Bench(Workbench):
    """The learner's exercises as seen from a notebook: beside it, where they lie there."""

    def folder(self, chapter: Chapter, exercise: Exercise) -> Path:
        """The exercise's folder beside the notebook; elsewhere in the course, the one in ``work/``."""
        here = Path.cwd() / exercise.slug
        return here if here.is_dir() else super().folder(chapter, exercise)


def found(exercise_id: str) -> tuple[Bench, Chapter, Exercise]:
    """The exercise, and the bench that it lies on."""
    course = Course.find()
    return (Bench(course), *course.exercise(exercise_id))


@in_words
def check(exercise_id: str) -> None:
    """Judge the exercise's files on disk and show the report; nothing is judged while the saved cells differ.

    Parameters
    ----------
    exercise_id
        For example ``3.1``.
    """
    bench, chapter, exercise = found(exercise_id)
    starter = chapter.sources(exercise).starter
    starts = {f"{exercise.slug}/{name}": starter[name].decode() for name in exercise.files}
    agreements = Agreements(bench.work / AGREEMENTS, starts)
    apart = settled(session_notebook(), exercise, bench.folder(chapter, exercise), cells_that_ran(), agreements)
    show(disagreement_page(exercise, apart) if apart else judged_page(bench, chapter, exercise))


def judged_page(bench: Bench, chapter: Chapter, exercise: Exercise) -> Page:
    """The report; the try is in the learner's record."""
    checked = bench.check(chapter, exercise)
    report = checked.report.for_learner()
    return Page(exercise_html(report, exercise, checked.problems), terminal_text(report, exercise, checked.problems))


@in_words
def hint(exercise_id: str) -> None:
    """Open the next hint; those that are open already stay above it."""
    bench, _, exercise = found(exercise_id)
    show(hint_page(exercise, len(bench.hints(exercise))))


def hint_page(exercise: Exercise, level: int) -> Page:
    """The first ``level`` hints, the newest unfolded."""
    total, texts = len(exercise.hints), exercise.hints[:level]
    items = "".join(
        f"<details{' open' if number == level else ''}><summary>Hint {number} of {total}</summary>"
        f"<p>{escape(text)}</p></details>"
        for number, text in enumerate(texts, 1)
    )
    more = (
        "Run the cell again for the next one."
        if level < total
        else f'That was the last. solution("{exercise.id}") shows ours, after a pass or {HONEST_TRIES} different tries.'
    )
    text = "\n".join([*(f"Hint {number} of {total}: {words}" for number, words in enumerate(texts, 1)), more])
    return card(f'{items}<p class="soft">{escape(more)}</p>', text, f"Hints for exercise {exercise.id}")


@in_words
def solution(exercise_id: str) -> None:
    """Show our answer: after a pass, or after three different tries."""
    bench, chapter, exercise = found(exercise_id)
    show(solution_page(exercise, bench.solution(chapter, exercise)))


def solution_page(exercise: Exercise, files: Mapping[str, str]) -> Page:
    """Our files with line numbers, and a word on other ones."""
    other = "One right answer among many: whatever passes the checks is right."
    body = f'{COLOURS}<p class="soft">{other}</p>'
    body += "".join(section(name, text.rstrip("\n")) for name, text in files.items())
    plain = "\n\n".join([other, *(f"── {name}\n{numbered(text)}" for name, text in files.items())])
    return card(body, plain, f"Solution of exercise {exercise.id}")


@in_words
def reset(exercise_id: str) -> None:
    """Lay the starting files again; what was there is kept in a backup."""
    bench, chapter, exercise = found(exercise_id)
    kept = bench.reset(chapter, exercise)
    starter = {name: chapter.sources(exercise).starter[name].decode() for name in exercise.files}
    show(reset_page(exercise, starter, kept.relative_to(bench.work).as_posix() if kept else None))


def reset_page(exercise: Exercise, starter: Mapping[str, str], kept: str | None) -> Page:
    """Where the old files are, and what to put into the cells."""
    cells = [f"%%writefile {exercise.slug}/{name}\n{text.rstrip()}" for name, text in starter.items()]
    first = f"Your files are kept in {kept}." if kept else "The files were as at the start."
    then = "The cells still hold your text. To start over there, too, put this in place of it and run the cell:"
    body = f"{head(f'{exercise.id} starts over')}<p>{escape(first)} {escape(then)}</p>"
    body += "".join(f"<pre>{escape(cell)}</pre>" for cell in cells)
    return card(body, "\n\n".join([first, then, *cells]), f"Exercise {exercise.id} starts over")


def cells_that_ran() -> dict[str, str]:
    """The text of each ``%%writefile`` cell as this kernel ran it last, by the path that it writes."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    history = shell.history_manager.input_hist_raw if shell and shell.history_manager else []
    return {found[1]: found[2] for source in history if (found := WRITES.match(source))}


def terminal_text(report: ExerciseReport, exercise: Exercise, problems: tuple[str, ...]) -> str:
    """The report for a front end without HTML."""
    stream = io.StringIO()
    console = Console(file=stream, width=100, color_system=None, force_jupyter=False)
    print_exercise(console, report, exercise)
    print_problems(console, problems)
    return stream.getvalue().rstrip("\n")
