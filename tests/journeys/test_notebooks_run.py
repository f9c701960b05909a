"""Every chapter runs from top to bottom without anybody in front of it: from the start, and with our answers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.grading.course import Course
from grader.notebooks.work import bring_course

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


def executed(course: Course, notebook: str, *, solved: bool) -> Any:
    """The notebook after a run; a cell that raises stops it with its traceback."""
    from nbclient import NotebookClient

    path = course.root / "work" / notebook
    parsed = nbformat.read(path, as_version=4)
    if solved:
        put_solutions(course, parsed, path.stem)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    client = NotebookClient(parsed, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    client.execute(env=environment)
    return parsed


def put_solutions(course: Course, notebook: Any, stem: str) -> None:
    """Our answers into the answer cells."""
    chapter = course.chapter(stem)
    for exercise in chapter.exercises:
        files = chapter.sources(exercise).solution
        for name in exercise.files:
            first = f"%%writefile {exercise.slug}/{name}"
            [cell] = [cell for cell in notebook.cells if cell.source.split("\n")[0] == first]
            cell.source = f"{first}\n{files[name].decode().rstrip()}"


def summaries(notebook: Any) -> dict[str, str]:
    """What each check cell shows, as text."""
    checks = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.startswith("check(")]
    return {cell.source: "".join(output.data["text/plain"] for output in cell.outputs) for cell in checks}


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_with_starting_files_every_check_says_not_attempted(course: Course, notebook: str) -> None:
    shown = summaries(executed(course, notebook, solved=False))
    assert shown
    assert {name: text for name, text in shown.items() if "Not attempted yet" not in text} == {}


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_with_our_answers_every_check_passes(course: Course, notebook: str) -> None:
    shown = summaries(executed(course, notebook, solved=True))
    assert shown
    assert {name: text for name, text in shown.items() if "✗" in text or "! " in text or "passed" not in text} == {}
