"""The starting files of one exercise again, after a copy of the learner's was put aside."""

from __future__ import annotations

from pathlib import Path

from grader.checks.exercise import Exercise
from grader.grading.course import Chapter
from grader.notebooks.predictions import write_bytes_in_one_step
from grader.notebooks.released import exercise_files
from grader.notebooks.tree import files_below
from grader.notebooks.work import BACKUP, counting


def lay_starter(chapter: Chapter, exercise: Exercise, folder: Path, work: Path) -> str | None:
    """Put an exercise's files back to the start.

    Parameters
    ----------
    folder
        The learner's folder of the exercise.
    work
        Where the backup goes, below ``.backup/``.

    Returns
    -------
    str or None
        Where the old files are kept, from ``work``; nothing when they were as at the start.
    """
    wanted, found = exercise_files(chapter, exercise), files_below(folder)
    changed = {name: data for name, data in found.items() if wanted.get(name) != data}
    kept = None
    if changed:
        number = next(n for n in counting() if not (work / BACKUP / str(n) / exercise.slug).exists())
        kept = f"{BACKUP}/{number}/{exercise.slug}"
        for name, data in changed.items():
            write_bytes_in_one_step(work / kept / name, data)
    for name, data in wanted.items():
        if found.get(name) != data:
            write_bytes_in_one_step(folder / name, data)
    return kept
