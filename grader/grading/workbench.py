"""A learner's exercises on disk: read, judge, hint, solve, reset. The notebook and the command line both use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.answers import MAX_FILE_CHARACTERS
from grader.grading.client import AnswerZygote, Verdict, shared_zygote
from grader.grading.course import START_PAGE, Chapter, Course
from grader.grading.files import write_atomically
from grader.grading.record import ExerciseRecord, Record
from grader.grading.report import ExerciseReport

BACKUP = ".backup"


@dataclass(frozen=True)
class Checked:
    """What came of a check.

    Attributes
    ----------
    problems
        What the learner should know besides, one sentence each.
    record
        The learner's record after it.
    """

    exercise: Exercise
    report: ExerciseReport
    problems: tuple[str, ...]
    record: ExerciseRecord


class Workbench:
    """The exercises of a course in a learner's work folder.

    Parameters
    ----------
    work
        The learner's copy of the course, default ``course.work``.
    zygote
        Judges; default the one that this process shares.
    """

    def __init__(self, course: Course, work: Path | None = None, zygote: AnswerZygote | None = None) -> None:
        self.course = course
        self.work = work or course.work
        self.record = Record(self.work)
        self._zygote = zygote

    def folder(self, chapter: Chapter, exercise: Exercise) -> Path:
        """Where the learner's files of an exercise lie."""
        return (self.work if chapter.stem == START_PAGE else self.work / chapter.stem) / exercise.slug

    def files(self, chapter: Chapter, exercise: Exercise) -> tuple[dict[str, str], list[str]]:
        """The learner's declared files as text, and what is wrong with them."""
        files: dict[str, str] = {}
        problems: list[str] = []
        for name in exercise.files:
            path = self.folder(chapter, exercise) / name
            try:
                files[name] = _read(path)
            except (OSError, ValueError) as problem:
                problems.append(f"{exercise.slug}/{name} {_reason(problem)}; it counts as not written.")
        return files, problems

    def check(self, chapter: Chapter, exercise: Exercise) -> Checked:
        """Judge the files on disk by the visible checks, and note the try in the record."""
        files, problems = self.files(chapter, exercise)
        verdict: Verdict = (self._zygote or shared_zygote()).judge(chapter, exercise, files)
        problems += self._changed_given_files(chapter, exercise)
        record = self.record.note_try(verdict.report, files)
        return Checked(exercise, verdict.report, tuple(problems), record)

    def hints(self, exercise: Exercise, level: int | None = None) -> tuple[str, ...]:
        """Open the next hint, or all up to ``level`` (from 1); returns every open one.

        Raises
        ------
        CourseError
            When there is no such level.
        """
        if level is not None and not 1 <= level <= len(exercise.hints):
            raise CourseError(f"Exercise {exercise.id} has hints 1 to {len(exercise.hints)}.", f"hint {level}")
        wanted = level or min(self.record.of(exercise.id).hints + 1, len(exercise.hints))
        return exercise.hints[: self.record.open_hint(exercise.id, wanted).hints]

    def solution(self, chapter: Chapter, exercise: Exercise) -> dict[str, str]:
        """Our answer, by file.

        Raises
        ------
        CourseError
            Before a pass or three honest tries, unless ``open_solutions = true`` stands in ``[tool.grader]``.
        """
        record = self.record.of(exercise.id)
        if not (record.may_see_solution or self.course.open_solutions):
            tries = "one more honest try" if record.tries_left == 1 else f"{record.tries_left} more honest tries"
            raise CourseError(
                f"The solution of {exercise.id} opens after a pass, or after {tries}.",
                None,
                f'Change your answer and check it; hint("{exercise.id}") opens a hint.',
            )
        solution = chapter.sources(exercise).solution
        self.record.show_solution(exercise.id)
        return {name: solution[name].decode() for name in exercise.files}

    def reset(self, chapter: Chapter, exercise: Exercise) -> Path | None:
        """Put the starting files back; returns the folder with what was there, None when nothing had changed."""
        starter = chapter.sources(exercise).starter
        folder = self.folder(chapter, exercise)
        changed = [name for name, data in starter.items() if _bytes(folder / name) not in (None, data)]
        backup = _keep(folder, changed, self.work / BACKUP) if changed else None
        for name, data in starter.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        if self.record.of(exercise.id).filled:
            self.record.note_filled(exercise.id, {})
        return backup

    def _changed_given_files(self, chapter: Chapter, exercise: Exercise) -> list[str]:
        folder = self.folder(chapter, exercise)
        given = {name: data for name, data in chapter.sources(exercise).starter.items() if name not in exercise.files}
        return [
            f"{exercise.slug}/{name} differs from the file that the course gives; the check used the course's."
            for name, data in given.items()
            if _bytes(folder / name) not in (None, data)
        ]


def _read(path: Path) -> str:
    if path.stat().st_size > 4 * MAX_FILE_CHARACTERS:
        raise ValueError("is too large")
    return path.read_text("utf-8-sig")


def _reason(problem: Exception) -> str:
    match problem:
        case FileNotFoundError():
            return "is not there"
        case UnicodeDecodeError():
            return f"is not UTF-8 text (byte {problem.start + 1})"
        case OSError():
            return f"cannot be read ({problem.strerror})"
        case _:
            return str(problem)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _keep(folder: Path, names: Sequence[str], backups: Path) -> Path:
    """Copy files to a free folder of their own."""
    number = 1
    while (target := backups / f"{folder.name}-{number}").exists():
        number += 1
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((folder / name).read_bytes())
    write_atomically(target / "README.txt", f"What stood in {folder.name} before it was reset.\n")
    return target
