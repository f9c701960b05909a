"""The picture of a burst puts each request into its environment's lane."""

from __future__ import annotations

from dataclasses import dataclass

from grader.explore.ch01_environments import Lane, describe_burst, draw_burst, lanes


@dataclass(frozen=True)
class Answer:
    at: float
    latency: float
    environment: str
    cold: bool


BURST = [Answer(100.0, 0.3, "a", True), Answer(100.1, 0.3, "b", True), Answer(100.5, 0.15, "a", False)]


def test_a_lane_for_each_environment_in_order_of_start() -> None:
    found = lanes(BURST)

    assert [lane.environment for lane in found] == ["a", "b"]
    assert found[1] == Lane("b", ((2, 100.1 - 100.0, 0.3, True),))
    assert [number for number, *_ in found[0].requests] == [1, 3]


def test_the_sentence_counts_what_the_picture_shows() -> None:
    assert describe_burst(BURST) == "3 requests were served by 2 execution environments; 2 started cold."


def test_the_picture_has_a_bar_for_each_request() -> None:
    assert len(draw_burst(BURST).axes[0].patches) == 3


def test_no_answers_make_an_empty_picture() -> None:
    assert lanes([]) == []
