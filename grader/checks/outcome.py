"""What became of one check, as plain data that can cross a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "not_attempted", "skipped", "grader_error"]


@dataclass(frozen=True)
class Place:
    """``{"file", "line"}`` in the report's schema; the label is for people and stays out of it."""

    file: str
    line: int | None = None
    label: str = ""


@dataclass(frozen=True)
class TraceReport:
    """The path of a request, in words and, where it could be drawn, as a picture."""

    text: str
    svg: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check.

    Attributes
    ----------
    points
        What the answer earned; None when the grader itself failed.
    because
        Title of the check that has to pass first, for a skipped one; what broke, for a grader error.
    """

    name: str
    title: str
    outcome: Outcome
    points: float | None
    max_points: float
    expected: str = ""
    found: str = ""
    hint: str = ""
    because: str = ""
    location: Place | None = None
    hidden: bool = False
    trace: TraceReport | None = None
