"""A class from the sources to exported grades, with nbgrader's own commands, no environment activated."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.grading.course import Course
from grader.notebooks.tree import files_below
from tests.students import CHAPTER, answered, answers_of, course_of_a_class, released, the_class

BINARIES = Path(sys.executable).parent
COURSE = "running-serverless"
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(os.name == "nt", reason="nbgrader's exchange needs Linux or macOS"),
]


def run(folder: Path, *command: str) -> str:
    """Run a program of the environment by its full name; returns what it said."""
    surroundings = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "LANG": "C.UTF-8", "NO_COLOR": "1"}
    done = subprocess.run(
        [str(BINARIES / command[0]), *command[1:]], cwd=folder, env=surroundings, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The course of a class, as `grader build` leaves it."""
    folder = tmp_path / "course"
    folder.mkdir()
    return course_of_a_class(folder)


def test_thirty_students_from_the_sources_to_exported_grades(course: Course, tmp_path: Path) -> None:
    root, chapter = course.root, course.chapter(CHAPTER)
    built = files_below(course.generated)
    run(root, "nbgrader", "generate_assignment", CHAPTER, "--force")
    assert files_below(course.generated) == built
    run(root, "nbgrader", "release_assignment", CHAPTER)

    pool = answers_of(chapter, only=("3.1",), most=3)
    for student in the_class(chapter, pool):
        student.hand_in(root / "submitted")
    submitter = a_student_submits(
        tmp_path / "student", root / "exchange", answered(released(chapter), chapter, pool.solution)
    )
    run(root, "nbgrader", "collect", CHAPTER)
    assert (root / "submitted" / submitter / CHAPTER / f"{CHAPTER}.ipynb").is_file()

    run(root, "nbgrader", "autograde", CHAPTER)
    run(root, "nbgrader", "generate_feedback", CHAPTER)
    run(root, "nbgrader", "release_feedback", CHAPTER)
    run(root, "nbgrader", "export", "--to", "grades.csv")
    run(root, "grader", "grade", "submitted", "--hidden", "--json", "report.json")

    rows = (root / "grades.csv").read_text().splitlines()
    exported = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(rows)}
    report = json.loads((root / "report.json").read_text())
    graded = {one["student"]: float(one["score"]) for one in report["submissions"]}
    assert exported == graded
    assert len(exported) == 31 and exported[submitter] == 7
    pages = sorted(path.parts[-3] for path in (root / "feedback").glob(f"*/{CHAPTER}/{CHAPTER}.html"))
    assert pages == sorted(exported)
    assert not [page for page in pages if "<script>alert" in feedback(root, page)]


def feedback(root: Path, student: str) -> str:
    """A student's feedback page."""
    return (root / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text("utf-8")


def a_student_submits(folder: Path, exchange: Path, notebook: object) -> str:
    """Fetch the chapter as a student, answer it, submit it; returns the name that the exchange knows the student by."""
    folder.mkdir()
    options = (f"--Exchange.root={exchange}", "--course", COURSE)
    run(folder, "nbgrader", "fetch_assignment", CHAPTER, *options)
    (folder / CHAPTER / f"{CHAPTER}.ipynb").write_text(json.dumps(notebook), "utf-8")
    run(folder, "nbgrader", "submit", CHAPTER, *options)
    (record,) = (exchange / COURSE / "inbound").iterdir()
    return record.name.split("+")[0]
