"""A class from the sources to exported grades, with nbgrader's own commands, no environment activated."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.notebooks.tree import files_below
from tests.a_class import the_class
from tests.students import answered, answers_of, course_of_a_class, released

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


# test_nbgrader_every_chapter has right answers to all the others: nbgrader grades one notebook after the other.
STEM = "ch03_web_service"


def test_a_class_from_the_sources_to_exported_grades(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    course = course_of_a_class(folder, [STEM])
    root, chapter = course.root, course.chapter(STEM)
    built = files_below(course.generated)
    run(root, "nbgrader", "generate_assignment", STEM, "--force")
    assert files_below(course.generated) == built
    run(root, "nbgrader", "release_assignment", STEM)

    pool = answers_of(chapter)
    students = the_class(chapter, pool)
    assert len(students) == 30
    for student in students:
        student.hand_in(root / "submitted", STEM)
    notebook = answered(released(chapter), chapter, pool.solution)
    submitter = a_student_submits(tmp_path / "student", root / "exchange", STEM, notebook)
    run(root, "nbgrader", "collect", STEM)
    assert (root / "submitted" / submitter / STEM / f"{STEM}.ipynb").is_file()

    run(root, "nbgrader", "autograde", STEM)
    run(root, "nbgrader", "generate_feedback", STEM)
    run(root, "nbgrader", "release_feedback", STEM)
    run(root, "nbgrader", "export", "--to", "grades.csv")
    run(root, "grader", "grade", "submitted", "--hidden", "--json", "report.json")

    rows = (root / "grades.csv").read_text().splitlines()
    exported = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(rows)}
    report = json.loads((root / "report.json").read_text())
    graded = {one["student"]: float(one["score"]) for one in report["submissions"]}
    assert exported == graded
    everything = sum(chapter.points(exercise) for exercise in chapter.exercises)
    assert len(exported) == len(students) + 1
    assert exported["ben"] == 0 < exported["m02_points"] < everything == exported["ada"] == exported[submitter]
    said = {one["student"]: json.dumps(one).replace('"line": ', "line ") for one in report["submissions"]}
    promised = [(student.name, json.dumps(words)[1:-1]) for student in students for words in student.says]
    assert [(name, words) for name, words in promised if words not in said[name]] == []
    pages = sorted(path.parts[-3] for path in (root / "feedback").glob(f"*/{STEM}/{STEM}.html"))
    assert pages == sorted(exported)
    assert not [page for page in pages if "<script>alert" in feedback(root, page, STEM)]


def feedback(root: Path, student: str, chapter: str) -> str:
    """A student's feedback page."""
    return (root / "feedback" / student / chapter / f"{chapter}.html").read_text("utf-8")


def a_student_submits(folder: Path, exchange: Path, chapter: str, notebook: object) -> str:
    """Fetch the chapter as a student, answer it, submit it; returns the name that the exchange knows the student by."""
    folder.mkdir()
    options = (f"--Exchange.root={exchange}", "--course", COURSE)
    run(folder, "nbgrader", "fetch_assignment", chapter, *options)
    (folder / chapter / f"{chapter}.ipynb").write_text(json.dumps(notebook), "utf-8")
    run(folder, "nbgrader", "submit", chapter, *options)
    (record,) = (exchange / COURSE / "inbound").iterdir()
    return record.name.split("+")[0]
