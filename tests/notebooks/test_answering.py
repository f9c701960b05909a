"""From a cell: hints one after another, solutions when it is time, a reset that loses nothing, words for mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.course import Course
from grader.grading.record import Record
from grader.grading.report import CheckResult, ExerciseReport
from grader.notebooks import check, hint, reset, solution
from grader.notebooks.answering import Bench


@pytest.fixture
def at_work(course: Course, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the chapter's folder, as a kernel is; the exercise's starting files are laid."""
    folder = course.root / "work/ch90_doubling"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    chapter, exercise = course.exercise("90.1")
    Bench(course).reset(chapter, exercise)
    return folder


def passed(score: float) -> ExerciseReport:
    outcome = "passed" if score else "failed"
    return ExerciseReport("90.1", "Double", (CheckResult("doubles", "It doubles.", outcome, score, 2),))


def test_hints_open_one_after_another(at_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(4):
        hint("90.1")
    shown = [text for text in capsys.readouterr().out.split("Hint 1 of 3: ") if text]
    assert [text.count("Hint ") + 1 for text in shown] == [1, 2, 3, 3]
    assert shown[0].startswith("a\n") and "Run the cell again" in shown[0]
    assert "That was the last" in shown[3]


def test_solution_waits_for_a_pass_or_three_tries(at_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Record(at_work.parent)
    solution("90.1")
    assert "opens after a pass, or after 3 more honest tries" in capsys.readouterr().out
    for number in range(3):
        record.note_try(passed(0), {"src/app.py": str(number)})
    solution("90.1")
    assert "return 2 * n" in capsys.readouterr().out
    assert record.of("90.1").solution_shown


def test_reset_keeps_what_was_there(at_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (at_work / "90_1_double/src/app.py").write_text("mine\n")
    reset("90.1")
    said = capsys.readouterr().out
    assert "Your files are kept in .backup/90_1_double-1." in said
    assert "%%writefile 90_1_double/src/app.py\ndef double(n):\n    # YOUR CODE HERE" in said
    assert (at_work.parent / ".backup/90_1_double-1/src/app.py").read_text() == "mine\n"
    assert "YOUR CODE HERE" in (at_work / "90_1_double/src/app.py").read_text()


@pytest.mark.parametrize("action", [check, hint, solution, reset])
def test_unknown_exercise_is_named_without_a_traceback(
    at_work: Path, capsys: pytest.CaptureFixture[str], action: object
) -> None:
    assert callable(action) and action("90.7") is None
    assert "There is no exercise '90.7'." in capsys.readouterr().out
