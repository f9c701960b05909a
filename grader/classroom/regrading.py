"""``grader regrade``: the notebooks of a report graded again on its own terms, and whose score would change."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.checks.failure import readable
from grader.errors import CourseError
from grader.grading.batch import Job, Terms, grade_all
from grader.grading.client import AnswerJudge
from grader.grading.course import Course
from grader.grading.report import ExerciseReport, Grades, Submission

SHOWN = 5


@dataclass(frozen=True)
class Change:
    """One exercise whose score differs.

    Attributes
    ----------
    before, after
        The points; None where the grader failed, or where there is no such exercise.
    because
        Why, as far as the two reports say it: what differs between them, and what fails now.
    """

    student: str
    chapter: str
    exercise: str
    before: float | None
    after: float | None
    because: str


def jobs_of(grades: Grades, course: Course) -> list[Job]:
    """The notebooks that a report is about.

    Raises
    ------
    CourseError
        When one is not there any more: whoever handed it in must not lose a score by it.
    """
    jobs = [Job(one.student, one.chapter, notebook_of(one, course)) for one in grades.submissions]
    gone = [job for job in jobs if not os.path.lexists(job.notebook)]
    if gone:
        number = f"{len(gone)} of the report's {len(jobs)} notebooks are not where they were when they were graded."
        names = ", ".join(readable(job.notebook) for job in gone[:SHOWN]) + (", …" if len(gone) > SHOWN else "")
        raise CourseError(number, names, "Put them back, or type the command in the folder where you graded.")
    return jobs


def notebook_of(submission: Submission, course: Course) -> Path:
    """Where a notebook is; a path that a report tells from elsewhere is looked for in the course, too."""
    named = Path(submission.notebook)
    return named if named.exists() else course.root / named


def graded_again(
    grades: Grades,
    course: Course,
    zygotes: Sequence[AnswerJudge],
    on_graded: Callable[[Submission], None] = lambda submission: None,
) -> Grades:
    """Grade a report's notebooks again, each with the seed, and with or without the hidden checks, as it was graded."""
    jobs = jobs_of(grades, course)
    again: dict[int, Submission] = {}
    for terms in {terms_of(one) for one in grades.submissions}:
        these = [at for at, one in enumerate(grades.submissions) if terms_of(one) == terms]
        graded = grade_all([jobs[at] for at in these], course, terms, zygotes=zygotes, on_graded=on_graded)
        again |= dict(zip(these, graded.submissions, strict=True))
    return Grades(tuple(replace(again[at], notebook=was.notebook) for at, was in enumerate(grades.submissions)))


def changes(before: Grades, after: Grades) -> list[Change]:
    """Every exercise whose score differs, in the order of the report."""
    return [
        change
        for old, new in zip(before.submissions, after.submissions, strict=True)
        for change in _changes_of(old, new)
    ]


def terms_of(submission: Submission) -> Terms:
    """On what terms a submission was graded: its seed, and whether hidden checks were asked."""
    hidden = any(check.hidden for report in submission.exercises for check in report.checks)
    return Terms(hidden, submission.seed)


def _changes_of(old: Submission, new: Submission) -> list[Change]:
    olds = {report.id: report for report in old.exercises}
    news = {report.id: report for report in new.exercises}
    return [
        Change(new.student, new.chapter, name, _score(olds.get(name)), _score(news.get(name)), _why(old, new, name))
        for name in dict.fromkeys((*olds, *news))
        if _score(olds.get(name)) != _score(news.get(name))
    ]


def _score(report: ExerciseReport | None) -> float | None:
    return None if report is None else report.score


def _why(old: Submission, new: Submission, exercise: str) -> str:
    differing = [
        name
        for name, was, now in (
            ("another answer", old.answers_digest, new.answers_digest),
            ("other checks", old.checks_digest, new.checks_digest),
            ("another course version", old.course_version, new.course_version),
        )
        if was != now
    ]
    report = next((one for one in new.exercises if one.id == exercise), None)
    failure = report.first_failure if report else None
    if failure is not None:
        differing.append(f"fails now: {failure.title}")
    return "; ".join(differing) or "the same answer, checks and version"
