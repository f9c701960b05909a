"""Grading a class: ``grader grade`` beside stock ``nbgrader autograde``, which runs the same checks in the kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.grading.answers import answers_in
from grader.grading.course import Chapter, Course
from grader.notebooks.cells import dashed, writing
from tests.benchmarks.cores import bound_to
from tests.benchmarks.row import Row, timed
from tests.students import Student, answers_of, honest

CHAPTERS = ("ch03_web_service", "ch09_events")
STUDENTS = 30
FEW = 3
TIMES_FASTER = 20.0
RUN_CHECKS = """
from grader.grading.judging import judge_answer
chapter, exercise = Course.find(Path({root!r})).exercise({exercise!r})
files = {{name: Path(exercise.slug, name).read_text() for name in exercise.files}}
report = judge_answer(chapter, exercise, files).report
assert report.score == report.max_score, report.first_failure
"""


def measure(course: Course, number: int = STUDENTS) -> Iterator[Row]:
    """Submissions a minute of both, in one run, everything bound to one core."""
    for name in CHAPTERS:
        chapter = course.chapter(name)
        students = list(honest(chapter, answers_of(chapter), number=number))
        few = students[:: max(1, number // FEW)][:FEW]
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, bound_to(1):
            theirs = nbgrader_seconds(chapter, few, Path(folder, "before"))
            ours = grader_seconds(chapter, students, Path(folder, "ours"))
            theirs += nbgrader_seconds(
                chapter, few, Path(folder, "after")
            )  # the machine may have been busier meanwhile
        yield from beside_each_other(name, ours, theirs, number)


def beside_each_other(name: str, ours: tuple[float, ...], theirs: tuple[float, ...], number: int) -> Iterator[Row]:
    """Both throughputs, and how many times as much ours is."""
    a_minute = tuple(60 * number / one for one in ours)
    mean = sum(theirs) / len(theirs)
    peer = f"stock nbgrader autograde: {60 / mean:.3g} a minute (mean of {len(theirs)}, before and after, scaled)"
    how = f"grader grade --fresh, {number} notebooks of {name}, one core, its start included"
    yield Row("submissions a minute and core", how, a_minute, "a minute", peer=peer)
    times = tuple(one * mean / 60 for one in a_minute)
    yield Row("times as many as nbgrader", f"the two figures above, {name}", times, "×", TIMES_FASTER,
              is_less_better=False)  # fmt: skip


def grader_seconds(chapter: Chapter, students: list[Student], folder: Path) -> tuple[float, ...]:
    """The whole command, from its start to the table, on all notebooks, nothing reused."""
    for student in students:
        student.hand_in(folder / "submitted", chapter.stem)
    command = [sys.executable, "-m", "grader", "grade", str(folder / "submitted"), "--workers", "1", "--fresh"]
    command += ["--results", str(folder / "results.jsonl"), "--json", str(folder / "report.json")]

    def grade() -> None:
        subprocess.run(command, cwd=chapter.course.root, stdout=subprocess.DEVNULL, check=True)

    found = timed(grade, 1)
    assert len(json.loads((folder / "report.json").read_text())["submissions"]) == len(students)
    return found


def nbgrader_seconds(chapter: Chapter, students: list[Student], root: Path) -> tuple[float, ...]:
    """nbgrader's part of each submission, without the 4 s that its command line needs to start."""
    reduce_to(root / "source" / chapter.stem, chapter, {})
    for student in students:
        answers = answers_in(student.content, chapter.exercises).files
        reduce_to(root / "submitted" / student.name / chapter.stem, chapter, answers)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
    settings = Config()
    settings.CourseDirectory.root = str(root)
    api = NbGraderAPI(CourseDirectory(config=settings), config=settings)
    told = api.generate_assignment(chapter.stem)
    assert told["success"], told

    def autograde(student: str) -> None:
        told = api.autograde(chapter.stem, student)
        assert told["success"], told

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own, of SQLAlchemy
        return tuple(timed(lambda: autograde(student.name), 1)[0] for student in students)  # noqa: B023


def reduce_to(folder: Path, chapter: Chapter, answers: Any) -> None:
    """The chapter as nbgrader likes it best: answer cells and check cells that raise, and nothing else."""
    slugs = [exercise.slug for exercise in chapter.exercises]
    lay = f"from pathlib import Path\nfrom grader.grading.course import Course\nfor slug in {slugs}:\n"
    cells = [new_code_cell(f"{lay}    Path(slug).mkdir(exist_ok=True)")]
    for exercise in chapter.exercises:
        starter = {name: chapter.sources(exercise).starter[name].decode() for name in exercise.files}
        for name, text in {**starter, **answers.get(exercise.id, {})}.items():
            cells.append(cell(f"answer-{dashed(exercise.id)}-{dashed(name)}", writing(f"{exercise.slug}/{name}", text)))
        source = RUN_CHECKS.format(root=str(chapter.course.root), exercise=exercise.id)
        cells.append(cell(f"check-{dashed(exercise.id)}", source.strip(), exercise.points))
    folder.mkdir(parents=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / f"{chapter.stem}.ipynb").write_text(json.dumps(new_notebook(cells=cells, metadata=kernel)))


def cell(name: str, source: str, points: float | None = None) -> Any:
    """A cell that nbgrader knows: an answer, or a locked check with points."""
    is_check = points is not None
    marks = {"grade_id": name, "grade": is_check, "locked": is_check, "solution": not is_check, "schema_version": 3}
    marks |= {"task": False, **({"points": points} if is_check else {})}
    return new_code_cell(source, metadata={"nbgrader": marks})
