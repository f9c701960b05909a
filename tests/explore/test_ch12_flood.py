"""The flood: a token bucket, a cap on concurrency, and Little's law between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.explore.ch12_flood import Flood, describe, flood_explorer, needed, play, show_flood

CALM = Flood(offered=20, seconds=5, rate=50, burst=100, duration=0.5, reserved=10)


def test_calm_traffic_is_served_by_as_many_as_littles_law_says() -> None:
    outcome = play(CALM)

    assert (outcome.served, outcome.at_the_door, outcome.at_the_function) == ((20,) * 5, (0,) * 5, (0,) * 5)
    assert outcome.busiest == needed(CALM) == 10


def test_a_cap_below_littles_law_refuses() -> None:
    outcome = play(replace(CALM, reserved=5))

    assert sum(outcome.served) == 50
    assert sum(outcome.at_the_function) == 50


def test_the_bucket_lets_a_burst_in_and_then_its_rate() -> None:
    outcome = play(Flood(offered=100, seconds=4, rate=10, burst=50, duration=0.01, reserved=100))

    assert outcome.served == (59, 10, 10, 10)
    assert outcome.at_the_door == (41, 90, 90, 90)


def test_a_cap_of_zero_stops_everything_and_costs_nothing() -> None:
    outcome = play(replace(CALM, reserved=0))

    assert (sum(outcome.served), outcome.dollars, outcome.busiest) == (0, 0.0, 0)


def test_the_cost_is_requests_and_memory_times_time() -> None:
    assert play(CALM).dollars == pytest.approx(100 / 1e6 * (0.20 + 3.50) + 100 * 0.5 * 0.5 * 0.0000166667)


def test_the_picture_says_in_words_what_it_shows() -> None:
    assert show_flood(CALM).text == describe(CALM, play(CALM))
    assert "Of 100 requests in 5 s, 100 were served" in show_flood(CALM).text


def test_the_explorer_has_a_dial_for_every_limit() -> None:
    dials = [dial.description for dial in flood_explorer().children[1:-1]]

    assert dials == [
        "requests a second", "ThrottlingRateLimit", "ThrottlingBurstLimit", "seconds for one request",
        "ReservedConcurrentExecutions",
    ]  # fmt: skip
