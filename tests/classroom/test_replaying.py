"""A grade that somebody doubts: the answer judged again on the same terms, and what has changed since."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.replaying import Term, find_graded, lay_answer, replay, with_other_seeds
from grader.cli import main
from grader.errors import CourseError
from grader.grading.batch import Terms, find_jobs, grade_all
from grader.grading.client import shared_zygote
from grader.grading.course import Course
from grader.grading.json_report import grades_json
from grader.grading.report import Grades
from tests.a_trial_course import FILES, STEM, write_notebook


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The trial course with two students."""
    for name, text in FILES.items():
        path = tmp_path / "trial" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))
    for student, number in (("ada", "7"), ("ben", "8")):
        write_notebook(tmp_path / "trial" / "submitted" / student / STEM / f"{STEM}.ipynb", number)
    return Course.find(tmp_path / "trial")


@pytest.fixture
def grades(course: Course) -> Grades:
    """What they were graded with, hidden checks included."""
    jobs = find_jobs([course.root / "submitted"], course)
    return grade_all(jobs, course, Terms(hidden=True, seed=11), zygotes=[shared_zygote()])


def changed(terms: tuple[Term, ...]) -> list[str]:
    return [term.name for term in terms if not term.is_same]


def test_the_same_answer_ends_as_it_did(course: Course, grades: Grades) -> None:
    found = replay(find_graded(grades, course, "ben", "5.1"), shared_zygote())

    assert (found.is_same, found.after.score, changed(found.terms)) == (True, 2, [])
    assert {term.name: term.now for term in found.terms}["seed"] == "11"
    assert [check.name for check in found.after.checks if check.hidden] == ["note_is_short"]


def change_checks(course: Course) -> None:
    path = course.root / "checks" / f"{STEM}.py"
    path.write_text(path.read_text().replace("equals(7)", "equals(8)"))


def change_answer(course: Course) -> None:
    write_notebook(course.root / "submitted" / "ben" / STEM / f"{STEM}.ipynb", "7")


@pytest.mark.parametrize(("change", "term"), [(change_checks, "checks"), (change_answer, "answers in the notebook")])
def test_what_has_changed_since_is_named(
    course: Course, grades: Grades, change: Callable[[Course], None], term: str
) -> None:
    change(course)
    found = replay(find_graded(grades, Course.find(course.root), "ben", "5_1_number"), shared_zygote())

    assert changed(found.terms) == [term]
    assert found.differing == ("is_seven was failed then, and is passed now",)


def test_other_seeds_tell_an_accident(course: Course, grades: Grades) -> None:
    found = with_other_seeds(find_graded(grades, course, "ben", "5.1"), shared_zygote(), 2)

    assert [(seed, report.score) for seed, report in found] == [(12, 2), (13, 2)]


def test_the_answer_is_laid_out_as_it_was_judged(course: Course, grades: Grades, tmp_path: Path) -> None:
    graded = find_graded(grades, course, "ada", "5.2")
    folder = lay_answer(graded, tmp_path / "look")

    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "hello.txt": "hello\n",
        "given.txt": "given\n",
    }
    with pytest.raises(CourseError, match="something here already"):
        lay_answer(graded, tmp_path / "look")


def test_who_or_what_is_not_in_the_report_is_said(course: Course, grades: Grades) -> None:
    with pytest.raises(CourseError, match="nobody called 'zoe'"):
        find_graded(grades, course, "zoe", "5.1")
    with pytest.raises(CourseError, match="There is no exercise"):
        find_graded(grades, course, "ada", "5.9")
    with pytest.raises(CourseError, match="2 grades of ada"):
        find_graded(Grades(grades.submissions * 2), course, "ada", "5.1")
    (course.root / "submitted" / "ada" / STEM / f"{STEM}.ipynb").unlink()
    with pytest.raises(CourseError, match="cannot be read any more"):
        find_graded(grades, course, "ada", "5.1")


def test_the_command_shows_the_terms_the_report_and_a_page_without_secrets(
    course: Course, grades: Grades, tmp_path: Path
) -> None:
    report, page = tmp_path / "grades.json", tmp_path / "ben.html"
    report.write_text(json.dumps(grades_json(grades)))
    console = Console(file=io.StringIO(), width=120, color_system=None, highlight=False)
    words = ["replay", str(report), "ben", "5.1", "--html", str(page), "--allow-weak-isolation"]
    status = main(["--course", str(course.root), *words], console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()

    assert status == 0
    for part in (
        grades.submissions[1].answers_digest,
        "found      8",
        "every check ended as it did then",
        "note is short",
    ):
        assert part in text
    assert "The number is seven." in page.read_text() and "note is short" not in page.read_text()
