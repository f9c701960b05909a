"""Made-up students of a chapter: good answers, mistakes, half-done notebooks. ``a_class`` adds broken and hostile ones.

The same chapter and seed give the same students, byte for byte. Used by the tests of the classroom, the journeys and
the benchmarks.
"""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.grading.course import Chapter, Course
from grader.grading.verify.answer_file import written_answers
from grader.notebooks.build import build_course, write_sources
from grader.notebooks.cells import dashed, writing

Files = Mapping[str, str]  # the declared files of one exercise
Notebook = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
CHAPTER = "ch03_web_service"


@dataclass(frozen=True)
class Student:
    """One of the class.

    Attributes
    ----------
    notebook
        What was handed in: a notebook, or bytes that are none.
    says
        What the grader must say about it, in the report or beside it; each a part of a sentence.
    size
        Bytes that the file has on disk; what is beyond its content is a hole.
    """

    name: str
    notebook: Notebook | bytes
    says: tuple[str, ...] = ()
    size: int = 0

    @property
    def content(self) -> bytes:
        """The file as it was handed in, without the hole at its end."""
        return self.notebook if isinstance(self.notebook, bytes) else json.dumps(self.notebook, indent=1).encode()

    def hand_in(self, folder: Path, chapter: str = CHAPTER) -> Path:
        """Write the notebook to ``<folder>/<name>/<chapter>/<chapter>.ipynb``, as nbgrader collects it."""
        path = folder / self.name / chapter / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(self.content)
        if self.size:
            with path.open("r+b") as file:
                file.truncate(self.size)
        return path


def course_of_a_class(folder: Path, chapters: Sequence[str] = (CHAPTER,)) -> Course:
    """Chapters in a folder of their own, built, with nbgrader's configuration and source folders."""
    for name in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("solutions", "tests"):
        (folder / name).symlink_to(ROOT / name)
    course = Course.find(folder)
    build_course(list(chapters), course=course)
    write_sources(list(chapters), course=course)
    return course


@dataclass(frozen=True)
class Pool:
    """The answers that students draw from, by exercise id."""

    starter: Mapping[str, Files]
    solution: Mapping[str, Files]
    wrong: Mapping[str, list[Files]]
    right: Mapping[str, list[Files]]


def answers_of(chapter: Chapter, only: tuple[str, ...] | None = None, most: int | None = None) -> Pool:
    """What learners answer, from ``solutions/`` and ``tests/answers/``.

    Parameters
    ----------
    only
        The exercises that anybody answers (default: all); the others are left as they were.
    most
        How many wrong and how many other right answers of each (default: all).
    """
    starter, solution, wrong, right = {}, {}, {}, {}
    for exercise in chapter.exercises:
        sources = chapter.sources(exercise)
        starter[exercise.id] = {name: sources.starter[name].decode() for name in exercise.files}
        if only is not None and exercise.id not in only:
            solution[exercise.id], wrong[exercise.id], right[exercise.id] = starter[exercise.id], [], []
            continue
        solution[exercise.id] = {name: sources.solution[name].decode() for name in exercise.files}
        written = written_answers(chapter, exercise)
        wrong[exercise.id], right[exercise.id] = (
            [one.files for one in written if one.kind == kind][:most] for kind in ("wrong", "right")
        )
    return Pool(starter, solution, wrong, right)


def honest(chapter: Chapter, pool: Pool, seed: int = 0, number: int = 8) -> Iterator[Student]:
    """Those who do what they can: one all, one nothing, the others a mixture."""
    fresh = released(chapter)
    yield Student("ada", answered(fresh, chapter, pool.solution))
    yield Student("ben", fresh)
    draw = random.Random(seed)
    for at in range(3, number + 1):
        answers = {exercise.id: one_answer(pool, exercise.id, draw) for exercise in chapter.exercises}
        yield Student(f"c{at:02}_mixed", answered(fresh, chapter, answers))


def one_answer(pool: Pool, exercise: str, draw: random.Random) -> Files:
    """The starter, the solution, a wrong one or another right one."""
    kinds = [[pool.starter[exercise]], [pool.solution[exercise]], pool.right[exercise], pool.wrong[exercise]]
    return draw.choice(draw.choice([kind for kind in kinds if kind]))


def released(chapter: Chapter) -> Notebook:
    """The chapter's notebook as learners get it."""
    path = chapter.course.generated / chapter.stem / f"{chapter.stem}.ipynb"
    notebook: Notebook = json.loads(path.read_text("utf-8"))
    return notebook


def answered(notebook: Notebook, chapter: Chapter, answers: Mapping[str, Files]) -> Notebook:
    """A copy with answers in its answer cells."""
    cells = {
        f"answer-{dashed(exercise.id)}-{dashed(name)}": writing(f"{exercise.slug}/{name}", text)
        for exercise in chapter.exercises
        for name, text in answers.get(exercise.id, {}).items()
    }

    def write(cell: dict[str, Any]) -> None:
        if grade_id(cell) in cells:
            cell["source"] = cells[grade_id(cell)]

    return edited(notebook, write)


def edited(notebook: Notebook, edit: Callable[[dict[str, Any]], object]) -> Notebook:
    """A copy in which every cell was edited."""
    changed = copy.deepcopy(notebook)
    for cell in changed["cells"]:
        edit(cell)
    return changed


def without(notebook: Notebook, gone: Callable[[str], bool]) -> Notebook:
    """A copy without the cells of some grade ids."""
    return {**notebook, "cells": [cell for cell in notebook["cells"] if not gone(grade_id(cell))]}


def grade_id(cell: Mapping[str, Any]) -> str:
    """nbgrader's name of a cell, empty for cells that it does not know."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
