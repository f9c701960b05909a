"""Timetables: they hold what they promise, and say what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.classroom.handouts import plan_document, plans
from grader.errors import CourseError
from grader.grading.course import Course

COURSE = Course.find()


def course_with(tmp_path: Path, text: str) -> Course:
    (tmp_path / "workshops.toml").write_text(text, "utf-8")
    return Course(tmp_path, COURSE.generated, tmp_path, COURSE.checks)


def one_slot(slot: str, begins: str = "09:00") -> str:
    day = f'title = "d"\nbegins = "{begins}"\nslots = [{slot}]\n'
    return f'[w]\ntitle = "t"\naudience = "a"\n[[w.days]]\n{day}'


def test_the_half_day_and_the_two_days_fit() -> None:
    found = plans(COURSE)

    assert {name: [day.minutes for day in plan.days] for name, plan in found.items()} == {
        "half-day": [210],
        "two-day": [450, 450],
    }
    assert [slot.clock for slot in found["half-day"].days[0].slots][-1] == "12:20–12:30"


def test_a_plans_handout_has_its_chapters_in_order() -> None:
    document = plan_document(COURSE, plans(COURSE)["half-day"], "learner")

    assert [chapter.number for chapter in document.chapters] == [0, 1, 3, 6, 9]
    assert document.file_name == "half-day.learner"


def test_a_course_without_the_file_has_no_plans(tmp_path: Path) -> None:
    assert plans(Course(tmp_path, tmp_path, tmp_path, COURSE.checks)) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[w", "is not TOML"),
        ('[w]\ntitle = "t"\n', "is not complete"),
        (one_slot('{minutes = 10, what = "x", exercises = ["3.1", "3.2"]}'), "has 10 minutes; its exercises need 25"),
        (one_slot('{minutes = 90, what = "x", exercises = ["3.1", "4.1"]}'), "Exercise 4.1 is not of ch03"),
        (one_slot('{minutes = 90, what = "x", exercises = ["3.99"]}'), "3.99"),
        (one_slot('{minutes = 90, what = "x", chapter = "99"}'), "There is no chapter '99'"),
        (one_slot('{minutes = 90, what = "x"}', "23:00"), "ends after midnight"),
        (one_slot('{minutes = 90, what = "x"}', "nine"), "is not complete"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        plans(course_with(tmp_path, text))
