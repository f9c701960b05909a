"""The report as JSON: schema 1, for ``grader grade --json`` and for the results file that ``--resume`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.grading.report import (
    SCHEMA,
    CheckResult,
    ExerciseReport,
    Grades,
    Place,
    Submission,
    TraceReport,
)

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def grades_json(grades: Grades) -> dict[str, Any]:
    """Everything, as the schema says."""
    return {"schema": SCHEMA, "submissions": [submission_json(one) for one in grades.submissions]}


def submission_json(submission: Submission) -> dict[str, Any]:
    """One submission."""
    return {
        "student": submission.student,
        "chapter": submission.chapter,
        "notebook": submission.notebook,
        "score": submission.score,
        "max_score": submission.max_score,
        "isolation": submission.isolation,
        "exercises": [exercise_json(one) for one in submission.exercises],
        "problems": list(submission.problems),
        "course_version": submission.course_version,
        "checks_digest": submission.checks_digest,
        "answers_digest": submission.answers_digest,
        "seed": submission.seed,
        "reused": list(submission.reused),
    }


def exercise_json(report: ExerciseReport) -> dict[str, Any]:
    """One exercise."""
    return {
        "id": report.id,
        "title": report.title,
        "score": report.score,
        "max_score": report.max_score,
        "checks": [check_json(one) for one in report.checks],
    }


def check_json(check: CheckResult) -> dict[str, Any]:
    """One check; ``trace`` is its text and, when it could be drawn, its picture."""
    location, trace = check.location, check.trace
    return {
        "name": check.name,
        "title": check.title,
        "outcome": check.outcome,
        "points": check.points,
        "max_points": check.max_points,
        "expected": check.expected,
        "found": check.found,
        "hint": check.hint,
        "because": check.because,
        "location": None if location is None else {"file": location.file, "line": location.line},
        "hidden": check.hidden,
        "trace": None if trace is None else {"text": trace.text, "svg": trace.svg},
    }


def grades_from(data: Mapping[str, Any]) -> Grades:
    """Read back what ``grades_json`` wrote."""
    if data.get("schema") != SCHEMA:
        raise ValueError(f"This is a report of schema {data.get('schema')!r}; schema {SCHEMA} is read here.")
    return Grades(tuple(submission_from(one) for one in data["submissions"]))


def submission_from(data: Mapping[str, Any]) -> Submission:
    """Read back one submission."""
    plain = {key: data[key] for key in ("student", "chapter", "notebook", "isolation", "seed", "course_version")}
    digests = {key: data[key] for key in ("checks_digest", "answers_digest")}
    exercises = tuple(exercise_from(one) for one in data["exercises"])
    problems, reused = tuple(data["problems"]), tuple(data.get("reused", ()))  # older reports do not speak of reuse
    return Submission(**plain, **digests, exercises=exercises, problems=problems, reused=reused)


def exercise_from(data: Mapping[str, Any]) -> ExerciseReport:
    """Read back one exercise."""
    return ExerciseReport(data["id"], data["title"], tuple(check_from(one) for one in data["checks"]))


def check_from(data: Mapping[str, Any]) -> CheckResult:
    """Read back one check."""
    plain = {key: value for key, value in data.items() if key not in ("location", "trace")}
    location, trace = data["location"], data["trace"]
    return CheckResult(
        **plain,
        location=None if location is None else Place(**location),
        trace=None if trace is None else TraceReport(**trace),
    )
