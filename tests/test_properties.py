"""What must hold for any input at all: answers, prose, reports, pages and class lists, made up by hypothesis.

Short here; ``RS_EXAMPLES=20000 python -m pytest tests/test_properties.py`` is long.
"""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import jsonschema
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.classroom.archive import Entry
from grader.classroom.class_report.tokens import plain_tokens
from grader.classroom.downloads import KINDS, feedback_name, handed_in
from grader.classroom.rebuild import harmless, written_answers
from grader.grading.answers import MAX_PROBLEMS, answers_in
from grader.grading.course import Course
from grader.grading.html_page import exercise_html
from grader.grading.json_report import SCHEMA_FILE, grades_from, grades_json
from grader.grading.report import CheckResult, ExerciseReport, Grades, Outcome, Place, Submission
from grader.grading.table import grades_csv

EXERCISES = Course.find(Path(__file__)).chapter("ch03").exercises
OURS = {"section", "style", "h4", "small", "p", "strong", "ul", "li", "span"}
OURS |= {"dl", "dt", "dd", "details", "summary", "pre"}
common = settings(
    max_examples=int(os.environ.get("RS_EXAMPLES", "60")),
    deadline=None,
    derandomize="RS_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
anything = st.text(st.characters(), max_size=200)  # NUL, half characters and all
shown = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
hostile = st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=y>', "=1+1", "\x1b[2J", "</section>"])
plain_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything, inner, max_size=4),
    max_leaves=12,
)
sources = st.one_of(
    anything,
    st.builds(lambda file, text: f"%%writefile {file}\n{text}",
              st.sampled_from(["3_1_hello/app.py", "./3_1_hello/template.yaml", "../x", ""]) | anything, anything),
)  # fmt: skip
grade_ids = st.fixed_dictionaries({"grade_id": anything | st.just("why-3-2")})
marks = st.fixed_dictionaries({"nbgrader": plain_json | grade_ids})
cells = st.lists(
    plain_json
    | st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["code", "markdown", "raw"]) | plain_json, "source": sources | plain_json},
        optional={"metadata": plain_json | marks},
    ),
    max_size=6,
)
checks = st.builds(
    lambda outcome, name, texts, points, hidden, line: CheckResult(
        name, texts[0], outcome, None if outcome == "grader_error" else points, points, *texts[1:5],
        location=Place(texts[5], line), hidden=hidden,
    ),
    st.sampled_from(get_args(Outcome)), shown, st.tuples(*[shown | hostile] * 6), st.integers(0, 9), st.booleans(),
    st.none() | st.integers(1, 99),
)  # fmt: skip
reports = st.builds(ExerciseReport, shown, shown | hostile, st.lists(checks, max_size=4).map(tuple))
submissions = st.builds(
    Submission, shown | hostile, shown, shown | hostile, st.lists(reports, max_size=2).map(tuple),
    st.lists(shown | hostile, max_size=2).map(tuple), seed=st.integers(0, 2**48),
)  # fmt: skip


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@common
@given(st.binary(max_size=300) | cells.map(lambda all_: json.dumps({"cells": all_}).encode()))
def test_any_bytes_have_answers_or_a_reason(content: bytes) -> None:
    found = answers_in(content, EXERCISES)
    known = {exercise.id: set(exercise.files) for exercise in EXERCISES}
    assert all(set(files) <= known[name] for name, files in found.files.items())
    assert found.readable or found.problems
    assert len(found.problems) <= MAX_PROBLEMS and len(found.digest) == 16
    for text in (text for files in found.files.values() for text in files.values()):
        assert "\0" not in text and text.encode("utf-8").decode() == text
    assert all(isinstance(text, str) for text in written_answers(content).values())


@common
@given(anything | hostile)
def test_prose_never_becomes_a_tag_or_a_link(text: str) -> None:
    found = harmless(text)
    assert "<" not in found and "](" not in found and "\0" not in found
    found.encode("utf-8")  # no half character is left


@common
@given(reports, st.lists(shown | hostile, max_size=2))
def test_a_report_as_html_holds_no_tag_but_ours(report: ExerciseReport, problems: list[str]) -> None:
    page = Tags()
    page.feed(exercise_html(report, None, tuple(problems)))
    assert page.tags <= OURS
    assert page.attributes <= {"class", "role", "aria-label", "aria-hidden"}


@common
@given(st.lists(submissions, max_size=2).map(tuple))
@example((Submission("", "\r@", "", (), ()),))
@example((Submission("one\n=2", "", "", (), ()),))
def test_a_report_as_json_is_what_the_schema_says_and_reads_back(made: tuple[Submission, ...]) -> None:
    data: Any = json.loads(json.dumps(grades_json(Grades(made))))
    jsonschema.validate(data, json.loads(SCHEMA_FILE.read_text("utf-8")))
    assert grades_from(data) == Grades(made)
    assert not [line for line in grades_csv(Grades(made)).splitlines() if line.startswith(("=", "+", "-", "@"))]


@common
@given(anything, st.sampled_from(["app.py", "template.yaml"]))
def test_any_text_has_words_to_compare(text: str, name: str) -> None:
    assert all(isinstance(word, str) for word in plain_tokens(name, text))


@common
@given(anything | st.builds(lambda a, b: f"{a}_1_2_{b}", anything, anything)
       | st.builds(lambda a, b: f"{a}_7_assignsubmission_file_{b}", anything, anything))  # fmt: skip
def test_feedback_keeps_whose_a_file_is(name: str) -> None:
    for kind in KINDS:
        handed = handed_in(Entry(name, 1, None), kind)
        if handed is not None:
            again = handed_in(Entry(feedback_name(name, kind, "ch03_web_service"), 1, None), kind)
            assert again is not None and again.lms == handed.lms
