"""The learner's record."""

from __future__ import annotations

from pathlib import Path

from grader.grading.record import ExerciseRecord, Record
from grader.grading.report import CheckResult, ExerciseReport, Outcome


def report(outcome: Outcome, points: float | None = 0) -> ExerciseReport:
    return ExerciseReport("3.1", "Hello", (CheckResult("a", "A.", outcome, points, 2),))


def test_a_pass_stays_a_pass(tmp_path: Path) -> None:
    Record(tmp_path).note_try(report("passed", 2), {"app.py": "right"})
    Record(tmp_path).note_try(report("failed"), {"app.py": "wrong"})
    found = Record(tmp_path).of("3.1")
    assert (found.passed, found.best, len(found.tries), found.may_see_solution) == (True, 2, 2, True)


def test_the_solution_opens_after_three_different_tries(tmp_path: Path) -> None:
    record = Record(tmp_path)
    for text in ("a", "b", "a", "a  \n\n"):
        record.note_try(report("failed"), {"app.py": text})
    assert (record.of("3.1").may_see_solution, record.of("3.1").tries_left) == (False, 1)
    assert record.note_try(report("failed"), {"app.py": "c"}).may_see_solution


def test_untouched_files_and_our_own_faults_are_no_tries(tmp_path: Path) -> None:
    record = Record(tmp_path)
    for number, outcome in enumerate(("not_attempted", "grader_error", "not_attempted")):
        record.note_try(report(outcome, None), {"app.py": str(number)})  # type: ignore[arg-type]
    assert record.of("3.1") == ExerciseRecord()


def test_hints_open_and_stay_open(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.open_hint("3.1", 2)
    record.open_hint("3.1", 1)
    record.show_solution("3.1")
    assert record.all() == {"3.1": ExerciseRecord(hints=2, solution_shown=True)}


def test_a_broken_file_is_set_aside_and_kept(tmp_path: Path) -> None:
    record = Record(tmp_path)
    for text in ("{", '{"exercises": 3}', "[]", '{"exercises": {"3.1": {"tries": 1}}}'):
        record.path.write_text(text)
        assert record.all() == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"progress.json.broken-{n}" for n in (1, 2, 3, 4)]
    record.open_hint("3.1", 1)
    assert record.of("3.1").hints == 1


def test_a_record_of_a_later_version_is_read_for_what_is_known(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.path.write_text('{"schema": 1, "exercises": {"3.1": {"passed": true, "mood": "good"}}}')
    assert record.of("3.1") == ExerciseRecord(passed=True)


def test_the_exercise_that_was_worked_on_last_is_remembered(tmp_path: Path) -> None:
    record = Record(tmp_path)
    assert record.last() == ""
    record.open_hint("3.2", 1)
    record.note_try(report("failed"), {"app.py": "a"})
    assert record.last() == "3.1"
    record.path.write_text("[]")
    assert record.last() == ""
