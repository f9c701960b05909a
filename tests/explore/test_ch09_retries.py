"""The retry time line tells what AWS documents."""

from __future__ import annotations

import pytest

from grader.explore.ch09_retries import Attempt, Story, describe, draw_story, retry_explorer, tell, waits


def test_retries_come_after_one_minute_and_two_more() -> None:
    assert waits() == (60, 120)


def test_success_at_once_is_one_attempt() -> None:
    assert tell(failures=0) == Story((Attempt(1, 0, True),), "done", 1)


def test_a_passing_fault_is_forgiven() -> None:
    assert tell(failures=1, handler=0) == Story((Attempt(1, 0, False), Attempt(2, 60, True)), "done", 60)


def test_poison_is_buried_after_three_attempts() -> None:
    story = tell(failures=3, handler=0)

    assert [one.at for one in story.attempts] == [0, 60, 180]
    assert (story.end, story.reason, story.ended) == ("dead letter", "RetriesExhausted", 180)


def test_without_a_target_it_is_lost() -> None:
    assert tell(failures=3, buried=False).end == "lost"


def test_an_event_that_grows_too_old_is_not_tried_again() -> None:
    story = tell(failures=3, max_age=60)

    assert (len(story.attempts), story.reason) == (1, "EventAgeExceeded")


def test_more_than_two_retries_cannot_be_had() -> None:
    with pytest.raises(ValueError, match="0, 1 or 2"):
        tell(failures=0, retries=3)


def test_the_words_say_what_the_picture_shows() -> None:
    assert describe(tell(failures=1, handler=0)) == (
        "Attempts: 0 s failed, 60 s succeeded. The event is done after 60 s."
    )


def test_each_attempt_is_a_mark() -> None:
    assert len(draw_story(tell(failures=3)).axes[0].lines) == 1 + 3 + 1


def test_the_explorer_can_be_made_without_a_front_end() -> None:
    assert len(retry_explorer().children) == 6  # type: ignore[attr-defined]
