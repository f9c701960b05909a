"""The log explorer finds what CloudWatch Logs would find."""

from __future__ import annotations

import json

import pytest

from grader.explore.ch04_logs import PATTERNS, Line, Search, describe, log_explorer, morning, search, show_search

LINES = (
    Line(0, "a", '{"level": "INFO", "message": "no ERROR"}'),
    Line(60, "b", '{"level": "ERROR", "durationMs": 1500}'),
    Line(120, "a", "request-3 Task timed out after 3.00 seconds"),
)


def test_a_morning_is_the_same_for_the_same_seed() -> None:
    assert morning(seed=7) == morning(seed=7)
    assert morning(seed=7) != morning(seed=8)


def test_a_morning_is_in_order_and_lies_in_several_streams() -> None:
    lines = morning()

    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert {line.stream for line in lines} == {"environment 1", "environment 2", "environment 3"}


def test_a_word_finds_more_than_a_field() -> None:
    assert search(LINES, "ERROR").found == LINES[:2]
    assert search(LINES, '{ $.level = "ERROR" }').found == LINES[1:2]


def test_an_empty_pattern_finds_everything() -> None:
    assert search(LINES, "") == Search(LINES, LINES)


def test_both_ends_of_the_window_count() -> None:
    assert search(LINES, "", 60, 120) == Search(LINES[1:], LINES[1:])


def test_a_pattern_that_aws_refuses_is_told() -> None:
    result = search(LINES, '{ $.level = "ERROR"')

    assert (result.found, describe(result)[:38]) == ((), "CloudWatch Logs refuses this pattern: ")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_offered_pattern_finds_something(pattern: str) -> None:
    result = search(morning(), pattern)

    assert (result.problem, bool(result.found)) == ("", True)


def test_requests_that_ran_out_of_time_have_no_level() -> None:
    found = search(morning(), '"timed out"').found

    assert len(found) == 2
    for line in found:
        with pytest.raises(json.JSONDecodeError):
            json.loads(line.message)


def test_the_words_say_what_the_picture_shows() -> None:
    shown = show_search(search(LINES, "ERROR"))

    assert shown.text == "2 of 3 lines match, in a, b."
    assert "<svg" in shown.svg


def test_nothing_found_can_be_shown() -> None:
    assert show_search(search(LINES, "nowhere")).text == "0 of 3 lines match."
    assert show_search(search((), "")).text == "0 of 0 lines match."


def test_the_explorer_has_a_filter_and_a_window() -> None:
    pytest.importorskip("ipywidgets")
    explorer = log_explorer()

    assert [child.description for child in explorer.children[1:3]] == ["filter pattern", "seconds"]  # type: ignore[attr-defined]
