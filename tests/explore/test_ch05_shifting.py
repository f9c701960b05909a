"""The explorer of chapter 5: releases as they really go, in numbers and in a picture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.cloud import Cloud
from grader.explore.ch05_shifting import Minute, Shift, describe, failing_for, shift, show_shift


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


OLD = "def lambda_handler(event, context):\n    return 1\n"
NEW = "def lambda_handler(event, context):\n    return 2\n"


def test_a_good_release_has_a_tenth_and_then_everything(cloud: Cloud) -> None:
    found = shift(cloud, OLD, NEW, "Canary10Percent5Minutes", requests=4)

    assert [one.share for one in found.minutes] == [0.1] * 5
    assert (found.status, found.errors, found.requests) == ("UPDATE_COMPLETE", 0, 20)


def test_a_bad_release_is_taken_back_in_the_minute_of_its_first_error(cloud: Cloud) -> None:
    found = shift(cloud, OLD, failing_for(100, NEW), "Linear10PercentEvery1Minute", requests=20)

    assert found.status == "UPDATE_ROLLBACK_COMPLETE"
    assert found.minutes[-1].alarm == "ALARM"
    assert all(one.errors == one.new for one in found.minutes)


def test_without_an_alarm_a_bad_release_goes_all_the_way(cloud: Cloud) -> None:
    found = shift(cloud, OLD, failing_for(100, NEW), "Linear10PercentEvery1Minute", requests=4, with_alarm=False)

    assert (found.status, found.minutes[-1].share) == ("UPDATE_COMPLETE", 0.9)


@pytest.mark.parametrize(("percent", "failing"), [(0, 0), (30, 30), (100, 100)])
def test_so_many_in_a_hundred_requests_fail(percent: int, failing: int) -> None:
    namespace: dict[str, object] = {}
    exec(failing_for(percent, NEW), namespace)  # our own text
    failed = 0
    for number in range(100):
        try:
            namespace["lambda_handler"]({"number": number}, None)  # type: ignore[operator]
        except RuntimeError:
            failed += 1

    assert failed == failing


def test_the_picture_says_what_it_shows() -> None:
    minutes = (Minute(0, 0.1, 18, 2, 0, "OK"), Minute(1, 0.1, 17, 3, 3, "ALARM"))
    drawn = show_shift(Shift("Canary10Percent5Minutes", minutes, "UPDATE_ROLLBACK_COMPLETE"))

    assert drawn.text == describe(Shift("Canary10Percent5Minutes", minutes, "UPDATE_ROLLBACK_COMPLETE"))
    assert drawn.text == (
        "Canary10Percent5Minutes: 40 requests in 2 minutes, 3 of them failed. The new version had at most 10% of the "
        "traffic while it was watched; then it was taken back (UPDATE_ROLLBACK_COMPLETE)."
    )
    assert drawn.svg.startswith("<?xml")
