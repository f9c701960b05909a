"""Claims about values, and their words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.checks import CheckFailed, Expectation, Location, expect, fail
from grader.checks.failure import readable, shown

Claim = Callable[[Expectation], Any]

HOLDS: list[tuple[Any, Claim]] = [
    (200, lambda it: it.equals(200)),
    ((1, [2]), lambda it: it.equals([1, [2]])),
    ({"a": 1.0}, lambda it: it.equals({"a": 1})),
    ("text/html; charset=utf-8", lambda it: it.starts_with("text/html").contains("charset").ends_with("8")),
    ([1, 2], lambda it: it.contains(2).has_length(2).does_not_contain(True).is_list()),
    ({"a": 1}, lambda it: it.contains("a").has_keys("a").is_dict()),
    (b"bytes", lambda it: it.contains(b"yt")),
    (3, lambda it: it.is_at_least(3).is_at_most(3).is_more_than(2).is_less_than(4).is_integer().is_number()),
    (0.1 + 0.2, lambda it: it.is_close_to(0.3)),
    (None, lambda it: it.is_none()),
    ("", lambda it: it.is_not_none().not_none().is_text().is_empty()),
    ("a-1", lambda it: it.matches(r"[a-z]-\d").is_in(["a-1"]).is_not_in([]).is_not_empty()),
    (True, lambda it: it.is_true()),
    (False, lambda it: it.is_false().differs_from(0)),
    ({"n": 3}, lambda it: it.satisfies("n above 2", lambda value: value["n"] > 2)),
]


@pytest.mark.parametrize(("value", "claim"), HOLDS)
def test_a_true_claim_passes(value: Any, claim: Claim) -> None:
    assert isinstance(claim(expect(value)), Expectation)


FAILS: list[tuple[Any, Claim, str, str]] = [
    (True, lambda it: it.equals(1), "1", "True"),
    ("200", lambda it: it.equals(200), "200", "'200'"),
    ({"a": 1, "b": 2}, lambda it: it.equals({"a": 1}), "{'a': 1}", "{'a': 1, 'b': 2}"),
    (None, lambda it: it.is_at_least(3), "at least 3", "None"),
    (float("nan"), lambda it: it.is_number(), "a number", "nan"),
    (10**400, lambda it: it.is_number(), "a number", shown(10**400)),
    (True, lambda it: it.is_integer(), "a whole number", "True"),
    (7, lambda it: it.contains("x"), "something that contains 'x'", "7"),
    ("abc", lambda it: it.contains(1), "something that contains 1", "'abc'"),
    ([1, 2, 3], lambda it: it.has_length(2), "a length of 2", "3: [1, 2, 3]"),
    (5, lambda it: it.has_length(2), "a length of 2", "5"),
    ({"b": 1}, lambda it: it.has_keys("a"), "a dictionary with the key 'a'", "{'b': 1}"),
    ("x", lambda it: it.is_in(["a", "b"]), "one of 'a', 'b'", "'x'"),
    ("a-1\n", lambda it: it.matches(r"[a-z]-\d", "a letter and a digit"), "a letter and a digit", "'a-1\\n'"),
    (None, lambda it: it.satisfies("n above 2", lambda value: value["n"] > 2), "n above 2", "None"),
]


@pytest.mark.parametrize(("value", "claim", "expected", "found"), FAILS)
def test_a_false_claim_says_what_was_expected_and_found(value: Any, claim: Claim, expected: str, found: str) -> None:
    with pytest.raises(CheckFailed) as failure:
        claim(expect(value, hint="Look."))
    assert (failure.value.expected, failure.value.found, failure.value.hint) == (expected, found, "Look.")


def test_a_named_value_is_named_in_the_expectation() -> None:
    with pytest.raises(CheckFailed) as failure:
        expect(404, what="the status").equals(200)
    assert failure.value.expected == "the status: 200"


def test_fail_takes_any_words() -> None:
    with pytest.raises(CheckFailed) as failure:
        fail("three", "one", hint="Retry.", where="template.yaml line 31, ConvertFunction")
    assert failure.value.where == Location("template.yaml", 31, "ConvertFunction")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("app.py:7", Location("app.py", 7)),
        ("app.py", Location("app.py")),
        ("template.yaml line 3", Location("template.yaml", 3)),
        ("somewhere", None),
    ],
)
def test_places_are_read_from_words(text: str, place: Location | None) -> None:
    assert Location.parse(text) == place


def test_what_is_shown_is_bounded_and_harmless() -> None:
    assert len(shown("x" * 10_000_000)) < 5_000
    assert len(readable("y" * 10_000_000)) < 5_000
    assert readable("\x1b[31mred\x00\ud800") == "\\x1b[31mred\\x00\\xd800"
    assert readable("two\nlines\tkept") == "two\nlines\tkept"
    assert "10,000 bytes" in shown(b"z" * 10_000)
