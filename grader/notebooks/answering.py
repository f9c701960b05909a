"""Judge, hint, solve and reset an exercise from a cell. Whatever goes wrong is said in words, never as a traceback."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.client import shared_zygote
from grader.grading.course import Chapter, Course
from grader.grading.html_page import exercise_html
from grader.grading.record import HONEST_TRIES, Record
from grader.grading.report import ExerciseReport
from grader.grading.terminal import print_exercise
from grader.notebooks.page import Page, card, escape, note, show
from grader.notebooks.places import chapter_folder, work_folder
from grader.notebooks.saved_notebook import Agreements, disagreement_page, session_notebook, settled
from grader.notebooks.sources import COLOURS, numbered, section
from grader.notebooks.starting_over import lay_starter

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


@in_words
def check(exercise_id: str) -> None:
    """Judge the exercise's files on disk and show the report; nothing is judged while the saved cells differ.

    Parameters
    ----------
    exercise_id
        For example ``3.1``.
    """
    chapter, exercise = Course.find().exercise(exercise_id)
    folder = answer_folder(chapter, exercise)
    agreements = Agreements(work_folder(chapter.course) / AGREEMENTS)
    found = settled(session_notebook(), exercise, folder, cells_that_ran(), agreements)
    show(disagreement_page(exercise, found) if found else judged_page(chapter, exercise, folder))


def judged_page(chapter: Chapter, exercise: Exercise, folder: Path) -> Page:
    """The report, after the try was noted in the learner's record."""
    files = answer_texts(exercise, folder)
    verdict = shared_zygote().judge(chapter, exercise, files)
    Record(work_folder(chapter.course)).note_try(verdict.report, files)
    report = verdict.report.for_learner()
    return Page(exercise_html(report, exercise), terminal_text(report, exercise))


@in_words
def hint(exercise_id: str) -> None:
    """Open the next hint; those that are open already stay above it."""
    chapter, exercise = Course.find().exercise(exercise_id)
    record = Record(work_folder(chapter.course))
    level = min(record.of(exercise.id).hints + 1, len(exercise.hints))
    record.open_hint(exercise.id, level)
    show(hint_page(exercise, level))


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
    chapter, exercise = Course.find().exercise(exercise_id)
    record = Record(work_folder(chapter.course))
    known = record.of(exercise.id)
    if known.may_see_solution:
        record.show_solution(exercise.id)
        show(solution_page(chapter, exercise))
        return
    tries = "one more try" if known.tries_left == 1 else f"{known.tries_left} more tries"
    show(
        note(
            f"The solution of {exercise.id} opens after a pass, or after {tries}.",
            [f'A try is a check of an answer that you changed. hint("{exercise.id}") helps you on.'],
        )
    )


def solution_page(chapter: Chapter, exercise: Exercise) -> Page:
    """Our files with line numbers, and a word on other ones."""
    sources = chapter.sources(exercise)
    if sources.solution == sources.starter:
        raise CourseError("This course comes without solutions.", None, "Ask your teacher.")
    texts = [(name, sources.solution[name].decode().rstrip("\n")) for name in exercise.files]
    other = "One right answer among many: whatever passes the checks is right."
    body = f'{COLOURS}<p class="soft">{other}</p>' + "".join(section(name, text) for name, text in texts)
    plain = "\n\n".join([other, *(f"── {name}\n{numbered(text)}" for name, text in texts)])
    return card(body, plain, f"Solution of exercise {exercise.id}")


@in_words
def reset(exercise_id: str) -> None:
    """Lay the starting files again; what was there is kept in a backup."""
    chapter, exercise = Course.find().exercise(exercise_id)
    folder = answer_folder(chapter, exercise)
    kept = lay_starter(chapter, exercise, folder, work_folder(chapter.course))
    show(reset_page(chapter, exercise, kept))


def reset_page(chapter: Chapter, exercise: Exercise, kept: str | None) -> Page:
    """Where the old files are, and what to put into the cells."""
    starter = chapter.sources(exercise).starter
    cells = [f"%%writefile {exercise.slug}/{name}\n{starter[name].decode().rstrip()}" for name in exercise.files]
    first = f"Your files are kept in {kept}." if kept else "The files were as at the start."
    then = "The cells still hold your text. To start over there, too, put this in place of it and run the cell:"
    body = f"<h4>{escape(exercise.id)} starts over</h4><p>{escape(first)} {escape(then)}</p>"
    body += "".join(f"<pre>{escape(cell)}</pre>" for cell in cells)
    return card(body, "\n\n".join([first, then, *cells]), f"Exercise {exercise.id} starts over")


def answer_folder(chapter: Chapter, exercise: Exercise) -> Path:
    """The exercise's folder beside the notebook; elsewhere in the course, the one in ``work/``."""
    here = Path.cwd() / exercise.slug
    return here if here.is_dir() else chapter_folder(work_folder(chapter.course), chapter.stem) / exercise.slug


def answer_texts(exercise: Exercise, folder: Path) -> dict[str, str]:
    """The learner's files, those that are there."""
    files = {name: folder / name for name in exercise.files}
    return {name: file.read_text("utf-8", "replace") for name, file in files.items() if file.is_file()}


def cells_that_ran() -> dict[str, str]:
    """The text of each ``%%writefile`` cell as this kernel ran it last, by the path that it writes."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    history = shell.history_manager.input_hist_raw if shell and shell.history_manager else []
    return {found[1]: found[2] for source in history if (found := WRITES.match(source))}


def terminal_text(report: ExerciseReport, exercise: Exercise) -> str:
    """The report for a front end without HTML."""
    stream = io.StringIO()
    print_exercise(Console(file=stream, width=100, color_system=None, force_jupyter=False), report, exercise)
    return stream.getvalue().rstrip("\n")
