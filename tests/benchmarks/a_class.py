"""Grading a class: ``grader grade`` beside stock ``nbgrader autograde``, which runs the same checks in the kernel.

Stock nbgrader is measured twice: with the very notebooks that were handed in, which it runs from top to bottom, lesson
and all, and with what is left of them when only answers and checks remain, which is as quick as it can be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.checks.exercise import Exercise
from grader.grading.answers import answers_in
from grader.grading.course import Chapter, Course
from grader.notebooks.build import write_source_folder
from grader.notebooks.cells import dashed, writing
from tests.benchmarks.cores import bound_to
from tests.benchmarks.row import Row, timed
from tests.students import Student, answers_of, edited, grade_id, honest

CHAPTERS = ("ch03_web_service", "ch09_events")
STUDENTS = 30
FEW = 3
TIMES_FASTER = 20.0
RUN_CHECKS = """
from pathlib import Path
from grader.grading.course import Course
from grader.grading.judging import judge_answer
chapter, exercise = Course.find(Path({root!r})).exercise({exercise!r})
files = {{name: Path(exercise.slug, name).read_text() for name in exercise.files}}
report = judge_answer(chapter, exercise, files).report
assert report.score == report.max_score, report.first_failure
"""


Lay = Callable[[Chapter, Sequence[Student], Path], None]


def measure(course: Course, number: int = STUDENTS) -> Iterator[Row]:
    """Submissions a minute of both, in one run, everything bound to one core."""
    for name in CHAPTERS:
        chapter = course.chapter(name)
        students = list(honest(chapter, answers_of(chapter), number=number))
        few, half = students[:: max(1, number // FEW)][:FEW], number // 2
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, bound_to(1):
            whole = nbgrader_seconds(chapter, students[:half], Path(folder, "whole-before"), lay_whole)
            reduced = nbgrader_seconds(chapter, few, Path(folder, "before"), lay_reduced)
            ours = grader_seconds(chapter, students, Path(folder, "ours"))
            # the machine may have been busier meanwhile
            reduced += nbgrader_seconds(chapter, few, Path(folder, "after"), lay_reduced)
            whole += nbgrader_seconds(chapter, students[half:], Path(folder, "whole-after"), lay_whole)
        yield from beside_each_other(name, ours, whole, reduced)


def beside_each_other(
    name: str, ours: tuple[float, ...], whole: tuple[float, ...], reduced: tuple[float, ...]
) -> Iterator[Row]:
    """All throughputs, and how many times as much ours is."""
    number = len(whole)
    a_minute = tuple(60 * number / one for one in ours)
    how = f"grader grade --fresh, {number} notebooks of {name}, one core, its start included"
    yield Row("submissions a minute and core", how, a_minute, "a minute")
    for theirs, what, target in (
        (whole, "the same notebooks", TIMES_FASTER),
        (reduced, "only their answers and checks", None),
    ):
        mean = sum(theirs) / len(theirs)
        peer = f"stock nbgrader autograde: {60 / mean:.3g} a minute (mean of {len(theirs)}, before and after)"
        times = tuple(one * mean / 60 for one in a_minute)
        yield Row("times as many as nbgrader", f"{name}, nbgrader: {what}", times, "×", target,
                  is_less_better=False, peer=peer)  # fmt: skip


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


def nbgrader_seconds(chapter: Chapter, students: Sequence[Student], root: Path, lay: Lay) -> tuple[float, ...]:
    """nbgrader's part of each submission, without the 4 s that its command line needs to start."""
    lay(chapter, students, root)
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


def lay_whole(chapter: Chapter, students: Sequence[Student], root: Path) -> None:
    """The notebooks as they were handed in; in the source, each check cell raises when a check does not pass."""
    folder = write_source_folder(chapter, root / "source")
    path = folder / f"{chapter.stem}.ipynb"
    sources = {check_name(exercise): run_checks(chapter, exercise) for exercise in chapter.exercises}

    def raise_instead(cell: dict[str, Any]) -> None:
        cell["source"] = sources.get(grade_id(cell), cell["source"])

    path.write_text(json.dumps(edited(json.loads(path.read_text("utf-8")), raise_instead)), "utf-8")
    for student in students:
        student.hand_in(root / "submitted", chapter.stem)


def lay_reduced(chapter: Chapter, students: Sequence[Student], root: Path) -> None:
    """The notebooks as nbgrader likes them best."""
    reduce_to(root / "source" / chapter.stem, chapter, {})
    for student in students:
        answers = answers_in(student.content, chapter.exercises).files
        reduce_to(root / "submitted" / student.name / chapter.stem, chapter, answers)


def reduce_to(folder: Path, chapter: Chapter, answers: Any) -> None:
    """Answer cells and check cells that raise, and nothing else."""
    slugs = [exercise.slug for exercise in chapter.exercises]
    cells = [new_code_cell(f"from pathlib import Path\nfor slug in {slugs}:\n    Path(slug).mkdir(exist_ok=True)")]
    for exercise in chapter.exercises:
        starter = {name: chapter.sources(exercise).starter[name].decode() for name in exercise.files}
        for name, text in {**starter, **answers.get(exercise.id, {})}.items():
            cells.append(cell(f"answer-{dashed(exercise.id)}-{dashed(name)}", writing(f"{exercise.slug}/{name}", text)))
        cells.append(cell(check_name(exercise), run_checks(chapter, exercise), exercise.points))
    folder.mkdir(parents=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / f"{chapter.stem}.ipynb").write_text(json.dumps(new_notebook(cells=cells, metadata=kernel)))


def check_name(exercise: Exercise) -> str:
    """nbgrader's name of an exercise's check cell."""
    return f"check-{dashed(exercise.id)}"


def run_checks(chapter: Chapter, exercise: Exercise) -> str:
    """A cell's source that runs an exercise's checks in the kernel, on the files that lie there."""
    return RUN_CHECKS.format(root=str(chapter.course.root), exercise=exercise.id).strip()


def cell(name: str, source: str, points: float | None = None) -> Any:
    """A cell that nbgrader knows: an answer, or a locked check with points."""
    is_check = points is not None
    marks = {"grade_id": name, "grade": is_check, "locked": is_check, "solution": not is_check, "schema_version": 3}
    marks |= {"task": False, **({"points": points} if is_check else {})}
    return new_code_cell(source, metadata={"nbgrader": marks})
