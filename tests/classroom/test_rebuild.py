"""What is taken from a submission, and what cannot be."""

from __future__ import annotations

import json

import pytest

from grader.classroom.rebuild import MAX_WHY_CHARACTERS, TOO_LONG, harmless, written_answers


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("I think so.", "I think so."),
        ("a < b & c > d", "a &lt; b &amp; c > d"),
        ("> quoted\n\n**bold**", "> quoted\n\n**bold**"),
        ("<script>x</script>", "&lt;script>x&lt;/script>"),
        ("[here](javascript:x)", "[here] (javascript:x)"),
        ("![it](https://example.com/seen.png)", "![it] (https://example.com/seen.png)"),
        ("[a]: https://example.com", "[a] : https://example.com"),
        ("half \ud800 and \0", "half ? and "),
    ],
)
def test_prose_is_shown_and_not_obeyed(written: str, shown: str) -> None:
    assert harmless(written) == shown


def test_prose_is_cut_to_a_readable_length() -> None:
    assert harmless("x" * 1_000_000) == "x" * MAX_WHY_CHARACTERS + TOO_LONG


def test_only_cells_with_the_name_of_a_question_are_written_answers() -> None:
    cells = [
        {"metadata": {"nbgrader": {"grade_id": "why-3-2"}}, "source": ["Because", " so."]},
        {"metadata": {"nbgrader": {"grade_id": "check-3-2"}}, "source": "7"},
        {"metadata": {"nbgrader": {"grade_id": ["why-3-2"]}}, "source": "x"},
        {"metadata": {"nbgrader": "why"}, "source": "x"},
        {"metadata": None, "source": "x"},
        {"source": 5},
        5,
    ]
    assert written_answers(json.dumps({"cells": cells}).encode()) == {"why-3-2": "Because so."}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b'{"cells": 5}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_notebook_holds_no_answers(content: bytes) -> None:
    assert written_answers(content) == {}
