"""The learner's copy meets a new version of the course, and no answer is lost."""

from __future__ import annotations

import io
from typing import Any

import nbformat
import pytest

from grader.grading.course import Course
from grader.notebooks.build import build_course
from grader.notebooks.work import bring_course

pytest.importorskip("nbgrader", reason="building needs the class packages")

NOTEBOOK = "ch90_doubling/ch90_doubling.ipynb"
APP = "ch90_doubling/90_1_double/src/app.py"
MINE = "def double(n):\n    return n + n\n"


@pytest.fixture
def brought(course: Course) -> Course:
    """The course, built and laid into ``work/``."""
    build_course(course=course)
    bring_course(course)
    return course


def read(course: Course) -> Any:
    return nbformat.read(io.StringIO(text(course, NOTEBOOK)), as_version=4)


def write(course: Course, notebook: Any) -> None:
    (course.root / "work" / NOTEBOOK).write_text(nbformat.writes(notebook), "utf-8")


def text(course: Course, path: str) -> str:
    return (course.root / "work" / path).read_text("utf-8")


def cell(notebook: Any, name: str) -> Any:
    [found] = [cell for cell in notebook.cells if cell.id == name]
    return found


def answer(course: Course, body: str = MINE) -> None:
    """What a learner does: edit the cell, run it, save."""
    notebook = read(course)
    mine = cell(notebook, "answer-90-1-src-app-py")
    mine.source = "%%writefile 90_1_double/src/app.py\n" + body.rstrip("\n")
    mine.outputs = [nbformat.v4.new_output("stream", text="Writing 90_1_double/src/app.py\n")]
    write(course, notebook)
    (course.root / "work" / APP).write_text(body, "utf-8")


def edit_source(course: Course, name: str, old: str, new: str) -> None:
    """What a teacher does, with the build after it."""
    file = course.solutions / "ch90_doubling" / name
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    build_course(course=course)


def all_bytes(course: Course) -> dict[str, bytes]:
    folder = course.root / "work"
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_first_run_lays_every_file(brought: Course) -> None:
    generated = {
        str(f.relative_to(brought.generated)): f.read_bytes() for f in brought.generated.rglob("*") if f.is_file()
    }
    laid = {name: data for name, data in all_bytes(brought).items() if not name.startswith(".course")}
    assert laid == generated


def test_second_run_changes_nothing(brought: Course) -> None:
    answer(brought)
    before = all_bytes(brought)
    update = bring_course(brought)
    assert (update.laid, update.replaced, update.notes) == ([], [], [])
    assert all_bytes(brought) == before


def test_answer_survives_a_new_lesson(brought: Course) -> None:
    answer(brought)
    edit_source(brought, "chapter.md", "Well done.", "Very well done.")
    bring_course(brought)
    notebook = read(brought)
    assert cell(notebook, "answer-90-1-src-app-py").source.endswith("return n + n")
    assert cell(notebook, "answer-90-1-src-app-py").outputs
    assert text(brought, APP) == MINE
    assert "Very well done." in text(brought, NOTEBOOK)
    assert '"Well done."' not in text(brought, NOTEBOOK)
    assert "Well done." in text(brought, f".backup/1/{NOTEBOOK}")


def test_answer_survives_a_new_starter(brought: Course) -> None:
    answer(brought)
    edit_source(brought, "90_1_double/src/app.py", "def double(n):", "def double(number):")
    bring_course(brought)
    assert text(brought, APP) == MINE
    assert cell(read(brought), "answer-90-1-src-app-py").source.endswith("return n + n")


def test_untouched_answer_gets_the_new_starter(brought: Course) -> None:
    edit_source(brought, "90_1_double/src/app.py", "def double(n):", "def double(number):")
    bring_course(brought)
    assert text(brought, APP).startswith("def double(number):")
    assert "def double(number):" in cell(read(brought), "answer-90-1-src-app-py").source


def test_own_cells_stay_behind_the_cell_that_they_followed(brought: Course) -> None:
    notebook = read(brought)
    at = [cell.id for cell in notebook.cells].index("check-90-1")
    notebook.cells.insert(at + 1, nbformat.v4.new_code_cell("# mine\n1 + 1", id="mine"))
    write(brought, notebook)
    edit_source(brought, "chapter.md", "## Do it", "## Now do it")
    bring_course(brought)
    names = [cell.id for cell in read(brought).cells]
    assert names[names.index("check-90-1") + 1] == "mine"


def test_changed_given_file_makes_room_and_is_kept(brought: Course) -> None:
    given = brought.root / "work/ch90_doubling/demo_hello/app.py"
    given.write_text("hello = 'mine'\n")
    edit_source(brought, "demo_hello/app.py", "hello = 1", "hello = 2")
    update = bring_course(brought)
    assert given.read_text() == "hello = 2\n"
    assert text(brought, ".backup/1/ch90_doubling/demo_hello/app.py") == "hello = 'mine'\n"
    assert update.notes == [
        "ch90_doubling/demo_hello/app.py has a new version; yours is kept as .backup/1/ch90_doubling/demo_hello/app.py."
    ]


def test_changed_given_file_stays_while_the_course_is_the_same(brought: Course) -> None:
    given = brought.root / "work/ch90_doubling/demo_hello/app.py"
    given.write_text("hello = 'mine'\n")
    bring_course(brought)
    assert given.read_text() == "hello = 'mine'\n"


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"cells": [{}]}', "<<<<<<< HEAD\n"])
def test_broken_notebook_is_kept_aside_and_answers_come_from_the_files(brought: Course, rubbish: str) -> None:
    answer(brought)
    (brought.root / "work" / NOTEBOOK).write_text(rubbish)
    update = bring_course(brought)
    assert text(brought, f".backup/1/{NOTEBOOK}") == rubbish
    assert cell(read(brought), "answer-90-1-src-app-py").source.endswith("return n + n")
    assert update.notes == [
        f"{NOTEBOOK} is not a notebook any more. It is kept as .backup/1/{NOTEBOOK}; a fresh one is in its place."
    ]
    before = all_bytes(brought)
    bring_course(brought)
    assert all_bytes(brought) == before


def test_deleted_file_comes_back(brought: Course) -> None:
    (brought.root / "work" / APP).unlink()
    (brought.root / "work" / NOTEBOOK).unlink()
    bring_course(brought)
    assert text(brought, APP).startswith("def double(n):")
    assert cell(read(brought), "check-90-1")


def test_withdrawn_file_goes_unless_it_was_changed(brought: Course) -> None:
    (brought.root / "work/ch90_doubling/demo_hello/app.py").write_text("mine\n")
    (brought.solutions / "ch90_doubling/demo_hello/app.py").unlink()
    (brought.solutions / "ch90_doubling/90_1_double/events/one.json").unlink()
    build_course(course=brought)
    bring_course(brought)
    assert text(brought, "ch90_doubling/demo_hello/app.py") == "mine\n"
    assert not (brought.root / "work/ch90_doubling/90_1_double/events/one.json").exists()


def test_answers_survive_when_the_memory_of_the_last_version_is_gone(brought: Course) -> None:
    import shutil

    answer(brought)
    shutil.rmtree(brought.root / "work/.course")
    edit_source(brought, "chapter.md", "Well done.", "Very well done.")
    bring_course(brought)
    assert text(brought, APP) == MINE
    assert cell(read(brought), "answer-90-1-src-app-py").source.endswith("return n + n")
