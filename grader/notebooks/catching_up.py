"""``grader catchup``: our answers to what comes before an exercise, for whoever arrives late. They count as nothing.

An exercise's answer lies in two places, the files in ``work/`` and the cells of the chapter's notebook. Both are
filled, or neither: where the learner has written into one of them, the exercise is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.course import Chapter, Course
from grader.grading.record import fingerprint
from grader.grading.workbench import Workbench
from grader.notebooks.cells import writing
from grader.notebooks.merging import written_file
from grader.notebooks.places import chapter_notebook
from grader.notebooks.predictions import write_bytes_in_one_step
from grader.notebooks.saved_notebook import plain
from grader.notebooks.work import bring_course, notebook_text, read_notebook

Became = Literal["filled in", "caught up before", "passed already", "left alone"]
OPENED = "A trainer opens them: open_solutions = true below [tool.grader] in pyproject.toml."


@dataclass(frozen=True)
class Earlier:
    """What became of one earlier exercise.

    Attributes
    ----------
    because
        Why it was left alone.
    """

    exercise: Exercise
    became: Became
    because: str = ""


@dataclass(frozen=True)
class CaughtUp:
    """What became of all of them, in their order.

    Attributes
    ----------
    notes
        What the learner should know of the update that came first, one sentence each.
    """

    exercises: tuple[Earlier, ...]
    notes: tuple[str, ...] = ()

    @property
    def filled(self) -> bool:
        """Whether anything was filled in."""
        return any(one.became == "filled in" for one in self.exercises)


@dataclass(frozen=True)
class _Place:
    """Where an answer lies now: the text of each file, on the disk and in each cell that writes it."""

    files: Mapping[str, str]
    cells: tuple[tuple[str, Any], ...]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text with the file that it is or becomes."""
        yield from self.files.items()
        for name, cell in self.cells:
            yield name, cell.source.partition("\n")[2]


def catch_up(course: Course, exercise_id: str) -> CaughtUp:
    """Fill in the finished answers of every exercise that comes before this one in its chapter.

    The work folder is brought up to date first, as ``grader learn`` does.

    Raises
    ------
    CourseError
        When there is no such exercise, or the solutions are closed or not in this course. Then nothing was written.
    """
    chapter, exercise = course.exercise(exercise_id)
    earlier = chapter.exercises[: chapter.exercises.index(exercise)]
    for one in earlier:
        _require_solution(chapter, one)
    notes = tuple(bring_course(course).notes)
    bench = Workbench(course)
    path = chapter_notebook(bench.work, chapter.stem)
    notebook = read_notebook(path.read_bytes()) if path.is_file() else None
    found = CaughtUp(tuple(_caught_up(bench, chapter, one, notebook) for one in earlier), notes)
    if found.filled and notebook is not None:
        write_bytes_in_one_step(path, notebook_text(notebook))
    return found


def _require_solution(chapter: Chapter, exercise: Exercise) -> None:
    if not chapter.solution_folder(exercise).is_dir():
        raise CourseError(
            "This course comes without solutions, so nothing can be filled in.",
            str(chapter.course.root),
            "Go on with any exercise: each has all of its starting files.",
        )
    if not chapter.course.open_solutions:
        raise CourseError("The solutions of this course are closed.", str(chapter.course.root), OPENED)


def _caught_up(bench: Workbench, chapter: Chapter, exercise: Exercise, notebook: Any | None) -> Earlier:
    record = bench.record.of(exercise.id)
    place = _place(bench.folder(chapter, exercise), exercise, notebook)
    if record.passed:
        return Earlier(exercise, "passed already")
    if record.filled and record.filled == fingerprint(place.files):
        return Earlier(exercise, "caught up before")
    solution, starter = (
        {name: data[name].decode("utf-8", "replace") for name in exercise.files if name in data}
        for data in (chapter.sources(exercise).solution, chapter.sources(exercise).starter)
    )
    if own := [name for name, text in place.texts() if not _is_ours(name, text, starter, solution)]:
        names = ", ".join(dict.fromkeys(f"{exercise.slug}/{name}" for name in own))
        return Earlier(exercise, "left alone", f"you have written in {names}")
    if fingerprint(place.files) == fingerprint(solution):
        return Earlier(exercise, "left alone", "what you wrote is our answer; check it")
    _fill(bench.folder(chapter, exercise), exercise, place, solution)
    bench.record.note_filled(exercise.id, solution)
    return Earlier(exercise, "filled in")


def _place(folder: Path, exercise: Exercise, notebook: Any | None) -> _Place:
    files = {
        name: (folder / name).read_text("utf-8-sig", "replace") for name in exercise.files if (folder / name).is_file()
    }
    paths = {f"{exercise.slug}/{name}": name for name in exercise.files}
    cells = notebook.cells if notebook is not None else ()
    written = ((written_file(cell), cell) for cell in cells if cell.cell_type == "code")
    return _Place(files, tuple((paths[path], cell) for path, cell in written if path in paths))


def _is_ours(name: str, text: str, starter: Mapping[str, str], solution: Mapping[str, str]) -> bool:
    """Whether a text is what the course put there: nothing, the start, or our answer."""
    return not text.strip() or plain(text) in (plain(starter.get(name, "")), plain(solution[name]))


def _fill(folder: Path, exercise: Exercise, place: _Place, solution: Mapping[str, str]) -> None:
    for name, text in solution.items():
        write_bytes_in_one_step(folder / name, text.encode())
    for name, cell in place.cells:
        source = writing(f"{exercise.slug}/{name}", solution[name])
        if cell.source != source:
            cell.source, cell.outputs, cell.execution_count = source, [], None
