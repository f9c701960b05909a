"""A class report as tables for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.classroom.class_report.figures import ClassFigures
from grader.classroom.class_report.likeness import Alike
from grader.classroom.spreadsheet import sheet_text
from grader.grading.report import Submission
from grader.grading.wording import NAMES, amount


def tables(found: ClassFigures, alike: Sequence[Alike]) -> Mapping[str, str]:
    """The tables of one chapter by the file's name; no cell can be taken for a formula."""
    return {
        "students.csv": _students(found),
        "exercises.csv": sheet_text(
            ("exercise", "title", "class", "tried", "passed", "percent_of_points"),
            [(one.id, one.title, one.class_size, one.tried, one.passed, round(100 * one.share, 1))
             for one in found.exercises],
        ),
        "first-failures.csv": sheet_text(("times", "exercise", "check"), found.failures),
        "alike.csv": sheet_text(
            ("exercise", "percent_alike", "students"),
            [(one.exercise, round(100 * one.likeness, 1), ", ".join(one.students)) for one in alike],
        ),
    }  # fmt: skip


def _students(found: ClassFigures) -> str:
    names = [one.id for one in found.exercises]
    headings = ("student", "score", "max_score", *names, *(f"{name} outcome" for name in names), "notebook")
    return sheet_text(headings, [_student(one, names) for one in found.submissions])


def _student(submission: Submission, names: Sequence[str]) -> list[object]:
    reports = {report.id: report for report in submission.exercises}
    scores = [_points(found.score) if (found := reports.get(name)) else "" for name in names]
    outcomes = [NAMES[found.outcome] if (found := reports.get(name)) else "" for name in names]
    score, most = _points(submission.score), _points(submission.max_score)
    return [submission.student, score, most, *scores, *outcomes, submission.notebook]


def _points(points: float | None) -> str:
    return "" if points is None else amount(points)
