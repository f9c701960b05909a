"""``grader verify --coverage`` for people: each idea with the section that teaches it, each number with its fact."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.facts import SOURCES
from grader.grading.course import Course
from grader.grading.verify import Coverage, Finding, coverage_of, verify_coverage


def print_coverage(console: Console, course: Course, chapter: str | None, *, as_json: bool) -> int:
    """Print the tables of one chapter, or of all that have a list; returns the exit status, 1 when an idea is missing.

    Raises
    ------
    CourseError
        When a chapter has no list, or it does not say what it must.
    """
    chosen = [course.chapter(chapter)] if chapter else [one for one in course.chapters if one.number]
    covered = [coverage_of(one) for one in chosen]
    findings = [verify_coverage(one) for one in chosen]
    if as_json:
        print(json.dumps({"schema": 1, "chapters": [_as_data(one) for one in covered]}, indent=1))
    else:
        for coverage, finding in zip(covered, findings, strict=True):
            _print_chapter(console, coverage, finding)
    return 0 if all(finding.holds for finding in findings) else 1


def _print_chapter(console: Console, coverage: Coverage, finding: Finding) -> None:
    ideas = Table("idea", "taught in", "line", title=f"{coverage.stem}: what it teaches", title_justify="left")
    for taught in coverage.taught:
        places = "\n".join(section.heading for section in taught.sections)
        lines = "\n".join(str(section.first) for section in taught.sections)
        ideas.add_row(Text(taught.idea.idea), Text(places or "nowhere", "" if places else "bold red"), lines)
    numbers = Table("number", title="its numbers", title_justify="left")
    for head in ("fact", "from", "checked", "lines"):
        numbers.add_column(head, overflow="fold")
    for row in _number_rows(coverage):
        numbers.add_row(*map(Text, row))
    console.print(ideas, numbers)
    for problem in finding.problems:
        console.print(Text("✗ ", "bold red") + Text(problem))


def _number_rows(coverage: Coverage) -> list[tuple[str, str, str, str, str]]:
    lines: dict[str, list[int]] = {}
    for number in coverage.numbers:
        lines.setdefault(number.fact.key, []).append(number.line)
    known = {number.fact.key: number.fact for number in coverage.numbers}
    return [
        (fact.text, key, SOURCES.get(fact.source, fact.source), fact.dated, ", ".join(map(str, lines[key])))
        for key, fact in known.items()
    ]


def _as_data(coverage: Coverage) -> dict[str, Any]:
    return {
        "chapter": coverage.stem,
        "ideas": [
            {
                "key": taught.idea.key,
                "idea": taught.idea.idea,
                "sections": [{"heading": one.heading, "line": one.first} for one in taught.sections],
                "missing_words": list(taught.missing_words),
            }
            for taught in coverage.taught
        ],
        "numbers": [
            {
                "fact": number.fact.key,
                "text": number.fact.text,
                "source": number.fact.source,
                "dated": number.fact.dated,
                "confidence": number.fact.confidence,
                "section": number.section,
                "line": number.line,
            }
            for number in coverage.numbers
        ],
    }
