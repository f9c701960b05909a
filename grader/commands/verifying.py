"""``grader verify`` for people: a table, and every problem in words."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.verify import Finding, Verified


def verify_build(course: Course, chapter: str | None) -> Finding:
    """Whether ``course/`` is what ``grader build`` makes."""
    from grader.notebooks.build import build_course  # brings nbgrader with it

    try:
        result = build_course([chapter] if chapter else None, check=True, course=course)
    except CourseError as problem:
        return Finding("course", "build --check", (str(problem),))
    return Finding("course", "build --check", () if result.is_fresh else (str(result),))


def print_verified(console: Console, verified: Verified) -> None:
    """One row for each exercise and chapter, then the problems."""
    table = Table("what", "looked at", "holds", "does not")
    looked = Counter(finding.subject for finding in verified.findings)
    wrong = Counter(finding.subject for finding in verified.problems)
    for subject in looked:
        bad = wrong[subject]
        table.add_row(subject, str(looked[subject]), str(looked[subject] - bad), Text(str(bad or ""), "bold red"))
    console.print(table)
    for finding in verified.problems:
        for problem in finding.problems:
            console.print(
                Text(f"✗ {finding.subject}, {finding.what}: ", "bold red") + Text(problem, "not bold default")
            )
    holds = len(verified.findings) - len(verified.problems)
    style = "bold red" if verified.problems else "bold green"
    console.print(Text(f"{holds} of {len(verified.findings)} hold.", style))
