"""What was judged once is not judged again, and everything that must be is."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.cli import main
from grader.grading.batch import Terms, find_jobs, grade_all
from grader.grading.client import AnswerJudge, Replies
from grader.grading.course import Course
from grader.grading.edition import edition_of
from grader.grading.report import Grades
from grader.grading.request import AnswerRequest
from grader.grading.reuse import KeptReplies, ReusingJudge
from tests.a_trial_course import STEM, write_notebook


class Judge(AnswerJudge):
    """Says the same of every answer, and remembers what it was asked."""

    def __init__(self, course: Course, level: int | None = 3, outcome: str = "failed", **more: Any) -> None:
        self.asked: list[str] = []
        self._exercises = {exercise.id: exercise for exercise in course.chapter(STEM).exercises}
        self._level, self._outcome, self._more = level, outcome, more

    def isolation(self) -> int | None:
        return self._level

    def replies_to(self, request: AnswerRequest) -> Replies:
        self.asked += request.answers
        return {name: {"results": self._results(name), "warnings": ["odd"], "isolation": self._level, **self._more}
                for name in request.answers}  # fmt: skip

    def _results(self, name: str) -> list[dict[str, Any]]:
        points = None if self._outcome == "grader_error" else 0
        blank = {"expected": "", "found": "", "hint": "", "because": "", "location": None, "hidden": False}
        return [
            {"name": check.name, "title": check.title, "outcome": self._outcome, "points": points,
             "max_points": check.points, "trace": None, **blank}
            for check in self._exercises[name].checks
        ]  # fmt: skip


def graded(course: Course, judge: AnswerJudge, *, seed: int = 0, fresh: bool = False, other: str = "") -> Grades:
    """Grade the class once with what was kept in the course's folder."""
    chapter = course.chapter(STEM)
    editions = {STEM: {**edition_of(chapter, hidden=False), "other": other}}
    reusing = ReusingJudge(judge, KeptReplies(course.root / "kept"), editions, fresh=fresh)
    return grade_all(find_jobs([course.root / STEM], course), course, Terms(seed=seed), zygotes=[reusing])


@pytest.fixture
def a_class(course: Course) -> Course:
    """Anna and ben answer alike; carl answers one exercise as they do."""
    for name, number in (("anna", "7"), ("ben", "7"), ("carl", "8")):
        write_notebook(course.root / STEM / f"{name}.ipynb", number)
    return course


def test_equal_answers_are_judged_once_and_the_report_says_so(a_class: Course) -> None:
    judge = Judge(a_class)
    grades = graded(a_class, judge)
    assert judge.asked == ["5.1", "5.2", "5.1"]
    assert [one.reused for one in grades.submissions] == [(), ("5.1", "5.2"), ("5.2",)]
    assert grades.reused == 3
    anna, ben, _ = grades.submissions
    assert (anna.exercises, anna.problems, anna.isolation) == (ben.exercises, ben.problems, ben.isolation)
    again = Judge(a_class)
    assert graded(a_class, again).reused == 6
    assert again.asked == []


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"other": "checks"}, {"fresh": True}], ids=["seed", "edition", "fresh"]
)
def test_another_seed_another_edition_and_fresh_judge_again(a_class: Course, change: dict[str, Any]) -> None:
    graded(a_class, Judge(a_class))
    judge = Judge(a_class)
    graded(a_class, judge, **change)
    assert "5.1" in judge.asked


def test_another_level_of_isolation_judges_again(a_class: Course) -> None:
    graded(a_class, Judge(a_class, level=3))
    judge = Judge(a_class, level=2)
    graded(a_class, judge)
    assert judge.asked == ["5.1", "5.2", "5.1"]


@pytest.mark.parametrize(
    "judge", [{"outcome": "grader_error"}, {"outcome": "not_attempted"}, {"stopped": True}, {"died": 1}, {"level": 1}]
)
def test_what_may_end_otherwise_and_what_weak_walls_let_through_is_not_kept(
    a_class: Course, judge: dict[str, Any]
) -> None:
    first = Judge(a_class, **judge)
    assert graded(a_class, first).reused == 0
    assert first.asked == ["5.1", "5.2"] * 3
    assert not (a_class.root / "kept").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"results": 3}', '{"results": [{}], "warnings": []}'])
def test_what_was_kept_and_cannot_be_read_is_judged_again(a_class: Course, content: str) -> None:
    whole = graded(a_class, Judge(a_class))
    for path in (a_class.root / "kept").rglob("*.json"):
        path.write_text(content)
    judge = Judge(a_class)
    assert graded(a_class, judge) == whole
    assert judge.asked == ["5.1", "5.2", "5.1"]


def test_command_says_what_was_not_judged_again(a_class: Course, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [
        "--course",
        str(a_class.root),
        "grade",
        str(a_class.root / STEM),
        "--workers",
        "1",
        "--json",
        str(report),
    ]
    for options, words, reused in (
        ([], "3 of 6 answers were judged before", [[], ["5.1", "5.2"], ["5.2"]]),
        (["--fresh"], "", [[], [], []]),
    ):
        said = io.StringIO()
        status = main([*command, *options], Console(file=said, width=200))
        if "isolation level" in said.getvalue():
            pytest.skip("this machine has no walls")
        assert status == 0, said.getvalue()
        assert ("judged before" in said.getvalue()) == bool(words)
        assert words in said.getvalue()
        assert [one["reused"] for one in json.loads(report.read_text())["submissions"]] == reused


def test_weak_walls_are_named_in_every_report(a_class: Course) -> None:
    weak, strong = graded(a_class, Judge(a_class, level=1)), graded(a_class, Judge(a_class), fresh=True)
    words = "Graded at isolation level 1: the answer could have read the grader's files."
    assert [words in one.problems for one in weak.submissions] == [True] * 3
    assert [words in one.problems for one in strong.submissions] == [False] * 3
    assert (weak.isolation, strong.isolation) == (1, 3)
