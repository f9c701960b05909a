"""The words of a report, the same in every rendering."""

from __future__ import annotations

from grader.checks.exercise import Exercise
from grader.grading.report import CheckResult, ExerciseReport, Place

MARKS = {"passed": "✓", "failed": "✗", "not_attempted": "○", "skipped": "–", "grader_error": "!"}
NAMES = {
    "passed": "passed",
    "failed": "failed",
    "not_attempted": "not attempted",
    "skipped": "skipped",
    "grader_error": "grader error",
}
OUR_FAULT = "This is not your fault: the course's own checks broke. Your score is not touched. Please report it."
_ORDER = {"grader_error": 0, "failed": 1, "skipped": 2, "not_attempted": 3, "passed": 4}


def in_reading_order(report: ExerciseReport) -> list[CheckResult]:
    """What failed first, then what waits for it, then what passed."""
    return sorted(report.checks, key=lambda check: _ORDER[check.outcome])


def amount(points: float) -> str:
    """Points without a needless ``.0``."""
    return f"{points:g}"


def of_points(points: float | None, max_points: float) -> str:
    """``1 of 2 points``; without a score, ``no score``."""
    unit = "point" if max_points == 1 else "points"
    return (
        f"no score of {amount(max_points)} {unit}"
        if points is None
        else f"{amount(points)} of {amount(max_points)} {unit}"
    )


def isolation(level: int | None) -> str:
    """How well answers' code was kept apart; nothing when it is not known."""
    if level is None:
        return ""
    return f"isolation level {level}" if level > 1 else f"isolation level {level} (weak: answers could read files)"


def place(location: Place) -> str:
    """``template.yaml line 31, ConvertFunction``."""
    words = location.file if location.line is None else f"{location.file} line {location.line}"
    return f"{words}, {location.label}" if location.label else words


def details(check: CheckResult) -> list[tuple[str, str]]:
    """The labelled lines below a check that did not pass."""
    if check.outcome == "grader_error":
        return [("grader", check.because), ("", OUR_FAULT)]
    if check.outcome == "skipped":
        return [("after", check.because)] if check.because else []
    if check.outcome == "failed" and check.hidden and not check.found:
        return [("hidden", "It stays secret what was asked; the task says all that is needed.")]
    where = place(check.location) if check.location else ""
    lines = [("expected", check.expected), ("found", check.found), ("hint", check.hint), ("where", where)]
    return [(label, text) for label, text in lines if text]


def summary(report: ExerciseReport) -> str:
    """One sentence over all checks."""
    passed = sum(check.outcome == "passed" for check in report.checks)
    match report.outcome:
        case "passed":
            return f"All {len(report.checks)} checks passed." if len(report.checks) != 1 else "The check passed."
        case "not_attempted":
            return "Not attempted yet: the files are as they were at the start."
        case "grader_error":
            return "The grader itself failed."
        case _:
            return f"{passed} of {len(report.checks)} checks passed."


def next_step(report: ExerciseReport, exercise: Exercise | None) -> list[str]:
    """What to read after the checks: what was proved and where to go on, or where help is."""
    if exercise is None or report.outcome == "grader_error":
        return []
    if report.outcome == "passed":
        further = f"Next: exercise {exercise.next}." if exercise.next else "That was the last exercise here."
        return [exercise.passed, further] if exercise.passed else [further]
    if report.outcome == "not_attempted":
        return [f"Write your answer into {' and '.join(exercise.files)}, then check again."]
    return [f'Stuck? hint("{exercise.id}") opens one hint at a time.']
