"""Every chapter runs from top to bottom without anybody in front of it, and below it our first answer passes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.checks.exercise import Exercise
from grader.grading.course import Course
from grader.notebooks.work import bring_course
from tests.journeys.patient_client import PatientManager

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.relative_to(ROOT / "course").as_posix() for path in (ROOT / "course").rglob("*.ipynb"))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The course in a folder of its own, laid for a learner."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in ("course", "solutions"):
        (tmp_path / name).symlink_to(ROOT / name)
    found = Course.find(tmp_path)
    bring_course(found)
    return found


def executed(course: Course, path: Path) -> Any:
    """The notebook after a run, our answers below its end; a cell that raises stops it with its traceback."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    notebook.cells += solved_cells(course, notebook, path.stem)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    client = NotebookClient(
        notebook,
        timeout=90,
        kernel_name="python3",
        kernel_manager_class=PatientManager,
        resources={"metadata": {"path": path.parent}},
    )
    client.execute(env=environment)
    return notebook


def solved_cells(course: Course, notebook: Any, stem: str) -> list[Any]:
    """The first exercise's answer cells with our answers in them, and its check; that all pass is for ``verify``."""
    found = []
    for exercise in course.chapter(stem).exercises[:1]:
        files = course.chapter(stem).sources(exercise).solution
        found += [f"{first_line(exercise, name)}\n{files[name].decode().rstrip()}" for name in exercise.files]
        found.append(f'check("{exercise.id}")')
    return [nbformat.v4.new_code_cell(source) for source in found]


def first_line(exercise: Exercise, name: str) -> str:
    """What an answer cell begins with."""
    return f"%%writefile {exercise.slug}/{name}"


def summaries(cells: list[Any]) -> dict[str, str]:
    """What each check cell shows, as text."""
    checks = [cell for cell in cells if cell.cell_type == "code" and cell.source.startswith("check(")]
    return {cell.source: "".join(output.data["text/plain"] for output in cell.outputs) for cell in checks}


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_cell_runs_and_checks_tell_starting_files_from_answers(course: Course, notebook: str) -> None:
    path = course.root / "work" / notebook
    length = len(nbformat.read(path, as_version=4).cells)
    cells = executed(course, path).cells
    untouched, solved = summaries(cells[:length]), summaries(cells[length:])

    exercises = course.chapter(path.stem).exercises
    begun = [cell.source.split("\n")[0] for cell in cells[:length]]
    assert list(untouched) == [f'check("{exercise.id}")' for exercise in exercises]
    wanted = [first_line(exercise, name) for exercise in exercises for name in exercise.files]
    assert {line: begun.count(line) for line in wanted} == dict.fromkeys(wanted, 1)
    assert list(solved) == list(untouched)[:1] != []
    assert {name: text for name, text in untouched.items() if "Not attempted yet" not in text} == {}
    assert {name: text for name, text in solved.items() if "✗" in text or "! " in text or "passed" not in text} == {}
