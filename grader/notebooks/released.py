"""The files that a chapter gives to learners beside its notebook: starters, given files, demonstrations, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.course import Chapter
from grader.grading.sources import has_region
from grader.notebooks.tree import files_below


@dataclass(frozen=True)
class AnswerFile:
    """A file that the learner writes, as our answer (markers included) and as the start."""

    name: str
    finished: str
    starter: str


def answer_files(chapter: Chapter, exercise: Exercise) -> tuple[AnswerFile, ...]:
    """The files of an exercise's answer cells.

    Raises
    ------
    CourseError
        When a file is not there, or its start is empty (IPython writes no empty file) or equal to the answer.
    """
    starters = chapter.sources(exercise).starter
    return tuple(answer_file(chapter, exercise, name, starters) for name in exercise.files)


def answer_file(chapter: Chapter, exercise: Exercise, name: str, starters: dict[str, bytes]) -> AnswerFile:
    """One file of an exercise's answer."""
    path = chapter.solution_folder(exercise) / name
    where = f"{chapter.stem}/{exercise.slug}/{name}"
    if not path.is_file():
        raise CourseError(f"Exercise {exercise.id} has no file {name}.", where, "Write it, or correct `files`.")
    finished, starter = path.read_text("utf-8"), starters[name].decode()
    if not starter.strip():
        raise CourseError("The starting file is empty.", where, "Leave at least a comment in it.")
    return AnswerFile(name, finished, starter)


def released_files(chapter: Chapter) -> dict[str, bytes]:
    """What lies beside the notebook, by path in the chapter's folder: exercises cut, other folders as they are.

    Files at the top of the chapter's source folder stay with the teacher.

    Raises
    ------
    CourseError
        When a folder that is no exercise's, or a file that is no answer, holds a solution: learners would get it.
    """
    slugs = {exercise.slug: exercise for exercise in chapter.exercises}
    found = {}
    for folder in sorted(path for path in chapter.folder.iterdir() if path.is_dir()):
        files = exercise_files(chapter, slugs[folder.name]) if folder.name in slugs else other_files(chapter, folder)
        found.update({f"{folder.name}/{name}": data for name, data in files.items()})
    return found


def other_files(chapter: Chapter, folder: Path) -> dict[str, bytes]:
    """A folder that is copied as it is; one that an exercise left behind would give its solution away."""
    files = files_below(folder)
    for name, data in files.items():
        if has_region(data.decode("utf-8", "replace")):
            where = f"{chapter.stem}/{folder.name}/{name}"
            raise CourseError("No exercise has this folder, and it holds a solution.", where, "Remove the folder.")
    return files


def exercise_files(chapter: Chapter, exercise: Exercise) -> dict[str, bytes]:
    """An exercise's folder as a learner gets it; answer files end with one line feed, as their cells write them."""
    files = dict(chapter.sources(exercise).starter)
    for name, data in files.items():
        if name not in exercise.files and has_solution(chapter, exercise, name):
            where = f"{chapter.stem}/{exercise.slug}/{name}"
            raise CourseError("A file with solution markers is not an answer file.", where, "List it in `files`.")
        if name in exercise.files:
            files[name] = data.rstrip(b"\n") + b"\n"
    return files


def has_solution(chapter: Chapter, exercise: Exercise, name: str) -> bool:
    """Whether our finished file has something to be cut."""
    path = chapter.solution_folder(exercise) / name
    try:
        return path.is_file() and has_region(path.read_text("utf-8"))
    except UnicodeDecodeError:
        return False


def cell_points(chapter: Chapter, exercise: Exercise) -> int:
    """Visible and hidden points of the locked cell; nbgrader's feedback wants whole numbers.

    Raises
    ------
    CourseError
        When they are no whole number.
    """
    points = chapter.points(exercise)
    if points != int(points):
        raise CourseError(f"Exercise {exercise.id} is worth {points} points.", None, "Make the sum a whole number.")
    return int(points)
