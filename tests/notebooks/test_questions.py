"""Recall and prediction: judged at once, kept, shown beside what happened; nothing waits where nobody clicks."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.notebooks.predictions import Predictions
from grader.notebooks.questions import Question, buttons, comparison, folded_answer, judged, recall

QUESTION = Question("1.r1", "Two and two?", ("3", "4"), 1, "Count.")


def test_right_answer_is_confirmed_and_wrong_one_gives_nothing_away() -> None:
    assert judged(QUESTION, 1) == '<span class="good">✓ Right.</span> Count.'
    assert "Count" not in judged(QUESTION, 0)


def test_click_is_judged_in_place() -> None:
    box = buttons(QUESTION, lambda chosen: judged(QUESTION, chosen), None)
    radio, line = box.children[1], box.children[2]
    assert radio.value is None
    radio.value = 1
    assert "✓ Right." in line.value
    radio.value = 0
    assert "✗ Not that one." in line.value


def test_without_a_front_end_the_answer_is_folded(capsys: pytest.CaptureFixture[str]) -> None:
    recall("1.r1", "Two and two?", ["3", "4"], answer="4", because="Count.")
    assert capsys.readouterr().out == "Two and two?\n  a) 3\n  b) 4\n"
    assert folded_answer(QUESTION) == "<details><summary>Answer</summary><p>4. Count.</p></details>"


@pytest.mark.parametrize("choices, answer", [(("one",), 0), (("a", "b"), 2), (("a", "b"), -1)])
def test_question_that_cannot_be_answered_is_refused(choices: tuple[str, ...], answer: int) -> None:
    with pytest.raises(CourseError):
        Question("k", "?", choices, answer)


def test_prediction_is_kept_and_the_last_one_counts(tmp_path: Path) -> None:
    kept = Predictions(tmp_path / "predictions.json")
    kept.keep("1.p1", "How many?", "1")
    kept.keep("1.p1", "How many?", "about 8 to 15")
    assert Predictions(tmp_path / "predictions.json").of("1.p1") == "about 8 to 15"
    assert kept.of("1.p2") is None


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"1.p1": 5}'])
def test_broken_predictions_count_as_none(tmp_path: Path, rubbish: str) -> None:
    file = tmp_path / "predictions.json"
    file.write_text(rubbish)
    assert Predictions(file).of("1.p1") is None


def test_outcome_stands_beside_the_prediction() -> None:
    assert comparison("1", "9 environments").text == "You predicted: 1\nIt happened:   9 environments"
    assert comparison(None, "cold").text == "You predicted: You made no prediction this time.\nIt happened:   cold"
