"""The report as data: what was asked, what came out, what it is worth. Schema 1 of ``grader grade --json``.

The renderings stand beside it: ``terminal.py``, ``html_page.py``, ``junit.py``, ``json_report.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from grader.checks.outcome import CheckResult, Outcome, Place, TraceReport

__all__ = ["CheckResult", "ExerciseReport", "Grades", "Outcome", "Place", "Submission", "TraceReport"]

SCHEMA = 1
HIDDEN = "hidden"
HIDDEN_TITLE = "A hidden check."


@dataclass(frozen=True)
class ExerciseReport:
    """The checks of one exercise on one answer."""

    id: str
    title: str
    checks: tuple[CheckResult, ...]

    @property
    def score(self) -> float | None:
        """The points earned; None when the grader itself failed anywhere."""
        return total(check.points for check in self.checks)

    @property
    def max_score(self) -> float:
        """The points that could be earned."""
        return sum(check.max_points for check in self.checks)

    @property
    def outcome(self) -> Outcome:
        """The exercise in one word: the gravest outcome among its checks."""
        found = {check.outcome for check in self.checks}
        order: tuple[Outcome, ...] = ("grader_error", "failed", "not_attempted", "skipped")
        return next((outcome for outcome in order if outcome in found), "passed")

    @property
    def first_failure(self) -> CheckResult | None:
        """The check to look at first."""
        return next((check for check in self.checks if check.outcome in ("failed", "grader_error")), None)

    def for_learner(self) -> ExerciseReport:
        """The same without what hidden checks ask, expected and found."""
        return replace(self, checks=tuple(_say_little(check) for check in self.checks))


@dataclass(frozen=True)
class Submission:
    """One student's answers to one chapter.

    Attributes
    ----------
    reused
        The exercises whose report is that of the same answer, judged before by the same checks.
    """

    student: str
    chapter: str
    notebook: str
    exercises: tuple[ExerciseReport, ...]
    problems: tuple[str, ...] = ()
    isolation: int | None = None
    course_version: str = ""
    checks_digest: str = ""
    answers_digest: str = ""
    seed: int = 0
    reused: tuple[str, ...] = ()

    @property
    def score(self) -> float | None:
        """The points earned; None when the grader failed in any exercise."""
        return total(exercise.score for exercise in self.exercises)

    @property
    def max_score(self) -> float:
        """The points that could be earned."""
        return sum(exercise.max_score for exercise in self.exercises)


@dataclass(frozen=True)
class Grades:
    """What ``grader grade`` found: all submissions."""

    submissions: tuple[Submission, ...]

    @property
    def has_grader_error(self) -> bool:
        """Whether any score is missing because the grader failed."""
        return any(submission.score is None for submission in self.submissions)

    @property
    def isolation(self) -> int | None:
        """The lowest isolation level that an answer was judged with; None when none is known."""
        return min((one.isolation for one in self.submissions if one.isolation is not None), default=None)

    @property
    def reused(self) -> int:
        """How many answers were not judged again."""
        return sum(len(submission.reused) for submission in self.submissions)


def total(points: Iterable[float | None]) -> float | None:
    """The sum, or None when any part of it is unknown."""
    amounts = list(points)
    return None if any(amount is None for amount in amounts) else sum(filter(None, amounts))


def _say_little(check: CheckResult) -> CheckResult:
    if not check.hidden:
        return check
    blank = replace(check, name=HIDDEN, title=HIDDEN_TITLE, expected="", found="", hint="", location=None, trace=None)
    return blank if check.outcome == "grader_error" else replace(blank, because="")
