"""The four renderings of a report, compared whole with files that people have read.

``REGENERATE=1 pytest tests/grading/test_renderings.py`` writes the files anew; read what changed before you commit it.
"""

from __future__ import annotations

import io
import json
import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from grader.checks.exercise import Exercise
from grader.grading.html_page import exercise_html, page
from grader.grading.json_report import SCHEMA_FILE, grades_from, grades_json
from grader.grading.junit import junit_xml
from grader.grading.report import CheckResult, ExerciseReport, Grades, Place, Submission, TraceReport
from grader.grading.table import grades_csv
from grader.grading.terminal import grades_table, print_exercise

GOLDEN = Path(__file__).with_name("golden")

MIXED = ExerciseReport(
    "9.3",
    "Bury what cannot be handled",
    (
        CheckResult("uploads", "An upload becomes a thumbnail.", "passed", 1, 1),
        CheckResult(
            "delivers_three_times",
            "A message that raises an error is delivered three times.",
            "failed",
            0,
            2,
            expected="3 invocations of ConvertFunction",
            found="1",
            hint="Who retries an asynchronous event? Look at EventInvokeConfig.",
            location=Place("template.yaml", 31, "ConvertFunction"),
            trace=TraceReport("event: upload\n  ✓ S3\n  ✗ handler  raised", "<svg><title>upload</title></svg>"),
        ),
        CheckResult(
            "buries",
            "What fails three times is buried.",
            "skipped",
            0,
            2,
            because="A message that raises an error is delivered three times.",
        ),
        CheckResult("secret", "Another one.", "failed", 0, 1, expected="x", found="y", hidden=True),
    ),
)
HOSTILE = ExerciseReport(
    "3.1",
    "Say <b>hello</b>",
    (
        CheckResult(
            "answers",
            "It answers & greets.",
            "failed",
            0,
            1,
            expected='"<script>alert(1)</script>"',
            found="<img src=x onerror=alert(1)>" + "long " * 200,
            hint="</dd></section>",
            location=Place("<app>.py", 1),
        ),
    ),
)
PASSED = ExerciseReport("3.1", "Say hello", (CheckResult("answers", "It answers.", "passed", 1, 1),))
UNTOUCHED = ExerciseReport("3.1", "Say hello", (CheckResult("answers", "It answers.", "not_attempted", 0, 1),))
BROKEN = ExerciseReport(
    "3.1", "Say hello", (CheckResult("answers", "It answers.", "grader_error", None, 1, because="KeyError: 'x'"),)
)
HELLO = Exercise(
    "3.1", "Say hello", "3_1_hello", ("app.py",), 5, ("a", "b", "c"), (), "You said hello. It matters.", "3.2"
)
GRADES = Grades(
    (
        Submission("anna", "ch09_events", "anna.ipynb", (MIXED,), ("Cell 3 writes 'x'.",), 3, "1.0", "aa", "bb", 7),
        Submission("=cmd()", "ch03_web_service", "b.ipynb", (HOSTILE, PASSED)),
        Submission("carl", "ch03_web_service", "c.ipynb", (BROKEN,)),
        Submission("dora", "", "d.ipynb", (), ("d.ipynb is not a notebook.",)),
    )
)


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("REGENERATE"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def in_terminal(report: ExerciseReport, exercise: Exercise | None = None, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    print_exercise(console, report, exercise)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    ("name", "report", "exercise"),
    [
        ("mixed", MIXED, None),
        ("mixed_for_learner", MIXED.for_learner(), None),
        ("passed", PASSED, HELLO),
        ("untouched", UNTOUCHED, HELLO),
        ("broken", BROKEN, HELLO),
        ("hostile", HOSTILE, None),
    ],
)
def test_terminal_and_html(name: str, report: ExerciseReport, exercise: Exercise | None) -> None:
    compare(f"{name}.txt", in_terminal(report, exercise))
    html = exercise_html(report, exercise)
    compare(f"{name}.html", re.sub(r"<style>.*?</style>", "<style>…</style>", html, flags=re.DOTALL) + "\n")


def test_a_narrow_terminal_puts_points_below() -> None:
    assert max(map(len, in_terminal(MIXED, width=40).splitlines())) <= 40


class Tags(HTMLParser):
    """Collects the tags, and proves that they are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_balanced_and_nothing_of_an_answer_becomes_a_tag() -> None:
    tags = Tags()
    tags.feed(page([exercise_html(HOSTILE, problems=("<iframe>",)), exercise_html(MIXED)], "Feedback <x>"))
    assert tags.open == []
    assert tags.seen.isdisjoint({"script", "img", "iframe", "b", "x"})


def test_html_loads_nothing_from_outside() -> None:
    assert not re.search(r"https?:|url\(|src=|@import", exercise_html(MIXED))


def test_html_says_without_colour_what_happened() -> None:
    text = exercise_html(MIXED)
    assert 'role="region"' in text
    for words in ("(passed)", "(failed)", "(skipped)", "after", "template.yaml line 31, ConvertFunction"):
        assert words in text


def test_hidden_checks_say_little_to_a_learner() -> None:
    (secret,) = (check for check in MIXED.for_learner().checks if check.hidden)
    assert (secret.title, secret.expected, secret.found) == ("A hidden check.", "", "")
    assert (secret.outcome, secret.points, secret.max_points) == ("failed", 0, 1)


def test_json_is_what_the_schema_says_and_reads_back() -> None:
    data = json.loads(json.dumps(grades_json(GRADES)))
    jsonschema.validate(data, json.loads(SCHEMA_FILE.read_text()))
    compare("grades.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    assert grades_json(grades_from(data)) == data


def test_a_grader_error_scores_nothing_not_zero() -> None:
    assert BROKEN.score is None
    assert replace(GRADES.submissions[2], exercises=(PASSED, BROKEN)).score is None
    assert GRADES.has_grader_error


def test_a_report_of_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="schema 2"):
        grades_from({"schema": 2, "submissions": []})


def test_junit() -> None:
    text = junit_xml(GRADES)
    compare("grades.xml", text)
    suites = ElementTree.fromstring(text)
    assert [suite.get("failures") for suite in suites] == ["2", "1", "0", "0"]


def test_junit_holds_no_character_that_xml_forbids() -> None:
    nasty = replace(PASSED, checks=(CheckResult("a", "A \x00\x1b\ud800.", "failed", 0, 1, found="\x00"),))
    ElementTree.fromstring(junit_xml(Grades((Submission("\x08", "c", "n", (nasty,)),))).encode("utf-8"))


def test_csv_has_no_formulas() -> None:
    compare("grades.csv", grades_csv(GRADES))
    assert "'=cmd()" in grades_csv(GRADES)
    assert "\n=" not in grades_csv(GRADES)


def test_the_table_has_a_row_for_each_submission() -> None:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    console.print(grades_table(GRADES))
    assert isinstance(console.file, io.StringIO)
    compare("table.txt", console.file.getvalue())


@pytest.mark.parametrize(
    ("level", "words"),
    [(3, "isolation level 3"), (1, "isolation level 1 (weak: answers could read files)"), (None, "")],
)
def test_the_table_of_a_class_says_how_its_answers_were_kept_apart(level: int | None, words: str) -> None:
    strong = Submission("a", "c", "n", (PASSED,), isolation=3)
    table = grades_table(Grades((strong, replace(strong, student="b", isolation=level))))
    assert table.title == f"2 submissions, {words or 'isolation level 3'}"
