"""A course of a class's own, and what its students get of it."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from grader.classroom.class_file import ClassFile
from grader.classroom.private_course import FOR_STUDENTS, PARTS, files_of, new_course, student_package
from grader.errors import CourseError
from grader.grading.course import CLASS_CHECKS, Course

ROOT = Path(__file__).resolve().parents[2]
# what docs/teaching.md calls the files in which students are named
NAMED = ("grades.json", "grades.json.before", "report.json", "ada.json", "ada.html", "gradebook.csv", "for-canvas.csv",
         "grades.csv", "grades.db")  # fmt: skip
OWN = '''
from grader.checks import check, expect, hidden

@hidden("3.1")
class Mine:
    @check(points=3)
    def is_ours(folder):
        """It is ours."""
        expect(True).equals(True)
'''


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("teacher") / "private"
    new_course(folder, Course.find(ROOT))
    return Course.find(folder)


def git(course: Course, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=course.root, capture_output=True, text=True, check=True).stdout.strip()


def test_it_has_a_history_a_seed_and_a_version_of_its_own(private: Course) -> None:
    public = Course.find(ROOT)
    assert git(private, "log", "--format=%s") == f"A private course, from Running Serverless {public.version}"
    assert git(private, "status", "--porcelain") == "" and git(private, "remote") == ""
    assert private.version == f"{public.version}+private.1"
    assert ClassFile.read(private.root).seed > 0
    assert [one.stem for one in private.chapters] == [one.stem for one in public.chapters]
    assert (
        dict(files_of(private.root, ("solutions", "course"))).keys()
        == dict(files_of(ROOT, ("solutions", "course"))).keys()
    )


def test_git_keeps_no_grades(private: Course) -> None:
    made = (
        "submitted/ada/x.ipynb",
        "collected/ch03.json",
        "feedback.zip",
        "class-report/report.html",
        "look/3_1_hello/app.py",
    )
    assert [name for name in NAMED if name not in (ROOT / "docs" / "teaching.md").read_text("utf-8")] == []
    for name in (*made, *NAMED):
        (private.root / name).parent.mkdir(parents=True, exist_ok=True)
        (private.root / name).write_text("secret")
    assert git(private, "status", "--porcelain") == ""


def test_a_class_adds_checks_of_its_own(private: Course) -> None:
    before = private.chapter("ch03")
    digest, points = private.checks_digest(before, hidden=True), before.points(before.exercises[0])
    (before.folder / CLASS_CHECKS).write_text(OWN)
    chapter = Course.find(private.root).chapter("ch03")
    assert [check.name for check in chapter.hidden_checks()["3.1"]][-1] == "is_ours"
    assert chapter.points(chapter.exercises[0]) == points + 3
    assert private.checks_digest(chapter, hidden=True) != digest
    (before.folder / CLASS_CHECKS).unlink()


def test_students_get_no_solution_no_hidden_check_and_no_seed(private: Course, tmp_path: Path) -> None:
    number = student_package(private, tmp_path / "for-students.zip")
    with zipfile.ZipFile(tmp_path / "for-students.zip") as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert number == len(names) and {name.split("/")[0] for name in names} == {"for-students"}
    tops = {name.split("/")[1] for name in names}
    assert tops == set(FOR_STUDENTS) and not tops & {"solutions", "tests", "class.toml", ".git"}
    assert not [name for name in names if "hidden_checks" in name or CLASS_CHECKS in name]
    given = Course.find(tmp_path / "for-students")
    chapter, exercise = given.exercise("3.1")
    assert chapter.hidden_checks() == {} and "BEGIN SOLUTION" not in str(chapter.sources(exercise))


def test_a_stale_course_is_not_packed_and_nothing_is_overwritten(private: Course, tmp_path: Path) -> None:
    page = private.generated / "ch03_web_service" / "3_1_hello" / "app.py"
    text = page.read_text()
    page.write_text("old")
    with pytest.raises(CourseError, match="not what its sources make"):
        student_package(private, tmp_path / "x.zip")
    page.write_text(text)
    with pytest.raises(CourseError, match="something here already"):
        new_course(private.root, Course.find(ROOT))
    assert set(FOR_STUDENTS) < set(PARTS)
