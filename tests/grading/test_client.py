"""The answer zygote: a fork per learner, and what becomes of an answer whose fork dies, hangs or breaks."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grader.grading.client import AnswerZygote, answer_zygotes
from grader.grading.course import Course
from grader.grading.report import ExerciseReport
from grader.grading.request import AnswerRequest


@pytest.fixture(scope="module")
def zygote() -> Iterator[AnswerZygote]:
    """One warm process for all tests here."""
    warm = AnswerZygote()
    yield warm
    warm.close()


def judge(zygote: AnswerZygote, course: Course, number: str, hidden: bool = False, limit: float = 30) -> ExerciseReport:
    chapter, exercise = course.exercise("5.1")
    return zygote.judge(chapter, exercise, {"number.txt": number}, hidden=hidden, limit=limit).report


def judge_both(zygote: AnswerZygote, course: Course, number: str, hello: str) -> list[list[tuple[str, float | None]]]:
    chapter = course.chapter("ch05_trial")
    first, second = chapter.exercises
    answers = [(first, {"number.txt": number}), (second, {"hello.txt": hello})]
    return [outcomes(verdict.report) for verdict in zygote.judge_all(chapter, answers, limit=0.5)]


def outcomes(report: ExerciseReport) -> list[tuple[str, float | None]]:
    return [(check.outcome, check.points) for check in report.checks]


def test_answers_are_judged_one_after_another(zygote: AnswerZygote, course: Course) -> None:
    assert outcomes(judge(zygote, course, "7\n")) == [("passed", 1), ("passed", 2)]
    assert outcomes(judge(zygote, course, "8\n")) == [("passed", 1), ("failed", 0)]
    assert outcomes(judge(zygote, course, "x\n")) == [("failed", 0), ("skipped", 0)]


def test_hidden_checks_run_only_when_asked_for(zygote: AnswerZygote, course: Course) -> None:
    assert [check.name for check in judge(zygote, course, "7").checks] == ["has_a_number", "is_seven"]
    assert [check.name for check in judge(zygote, course, "7", hidden=True).checks][-1] == "note_is_short"


def test_a_fork_that_dies_is_a_grader_error_and_the_next_answer_is_judged(zygote: AnswerZygote, course: Course) -> None:
    assert outcomes(judge(zygote, course, "die")) == [("grader_error", None), ("grader_error", None)]
    assert outcomes(judge(zygote, course, "7"))[0] == ("passed", 1)


def test_checks_that_hang_are_stopped_and_say_so(zygote: AnswerZygote, course: Course) -> None:
    report = judge(zygote, course, "hang", limit=0.3)
    assert outcomes(report) == [("failed", 0), ("skipped", 0)]
    assert report.checks[0].expected == "all checks done within 0.3 seconds"


def test_a_learner_s_answers_are_judged_together(zygote: AnswerZygote, course: Course) -> None:
    assert judge_both(zygote, course, "7", "hello world") == [[("passed", 1), ("passed", 2)], [("passed", 1)]]
    assert judge_both(zygote, course, "7", "goodbye\n") == [[("passed", 1), ("passed", 2)], [("not_attempted", 0)]]


def test_a_fork_that_dies_over_one_exercise_does_not_lose_the_others(zygote: AnswerZygote, course: Course) -> None:
    died = [("grader_error", None), ("grader_error", None)]
    assert judge_both(zygote, course, "die", "hello world") == [died, [("passed", 1)]]


def test_an_exercise_whose_checks_hang_does_not_stop_the_others(zygote: AnswerZygote, course: Course) -> None:
    assert judge_both(zygote, course, "hang", "hello world") == [[("failed", 0), ("skipped", 0)], [("passed", 1)]]


def test_what_a_dead_fork_said_last_is_told_once(zygote: AnswerZygote, course: Course) -> None:
    chapter, exercise = course.exercise("5.1")
    found = [zygote.judge(chapter, exercise, {"number.txt": text}).report for text in ("last words", "die")]
    assert ["the end" in report.checks[0].because for report in found] == [True, False]


def test_our_own_fault_has_no_score(zygote: AnswerZygote, course: Course) -> None:
    report = judge(zygote, course, "ours")
    assert (report.outcome, report.score, report.max_score) == ("grader_error", None, 3)
    assert "KeyError" in report.checks[0].because


def test_a_zygote_that_was_killed_is_replaced(course: Course) -> None:
    zygote = AnswerZygote()
    try:
        judge(zygote, course, "7")
        assert zygote._connection is not None and zygote._connection.process is not None
        zygote._connection.process.kill()
        zygote._connection.process.wait()
        assert outcomes(judge(zygote, course, "7")) == [("passed", 1), ("passed", 2)]
    finally:
        zygote.close()


def test_an_answer_that_was_interrupted_is_not_taken_for_the_next_one(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    zygote = AnswerZygote()
    try:
        judge(zygote, course, "7")
        connection = zygote._connection
        assert connection is not None and connection.process is not None
        assert os.getpgid(connection.process.pid) != os.getpgrp()  # Ctrl-C is not for it

        def interrupted(seconds: float) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(connection, "hear", interrupted)
        with pytest.raises(KeyboardInterrupt):
            judge(zygote, course, "8")
        assert outcomes(judge(zygote, course, "x")) == [("failed", 0), ("skipped", 0)]
    finally:
        zygote.close()


def test_twins_judge_side_by_side_and_one_that_was_killed_is_replaced(course: Course) -> None:
    first, second, third = zygotes = answer_zygotes(3)
    try:
        with ThreadPoolExecutor(3) as pool:
            reports = list(pool.map(lambda zygote: judge(zygote, course, "7"), zygotes))
        assert [outcomes(report) for report in reports] == [[("passed", 1), ("passed", 2)]] * 3
        assert len({zygote.isolation() for zygote in zygotes}) == 1
        assert first._connection is not None and first._connection.process is not None
        family = Path(f"/proc/{first._connection.process.pid}/task/{first._connection.process.pid}/children")
        for child in family.read_text().split():  # the twins, and the zygote of the environments
            os.kill(int(child), signal.SIGKILL)
            while Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                os.sched_yield()
        assert outcomes(judge(second, course, "8")) == [("passed", 1), ("failed", 0)]
        assert outcomes(judge(third, course, "7")) == [("passed", 1), ("passed", 2)]
        assert third._connection is not None and third._connection.process is not None
    finally:
        for zygote in zygotes:
            zygote.close()


def test_hidden_checks_that_do_not_load_are_our_fault(zygote: AnswerZygote, course: Course) -> None:
    (course.solutions / "ch05_trial" / "hidden_checks.py").write_text("import nothing_of_the_kind")
    report = judge(zygote, course, "7", hidden=True)
    assert report.score is None
    assert "nothing_of_the_kind" in report.checks[0].because


@pytest.mark.parametrize(("load", "second"), [(0.0, 60.0), (2.5, 150.0), (99.0, 300.0)])
def test_an_answer_that_was_stopped_has_more_time_on_a_busy_machine(
    monkeypatch: pytest.MonkeyPatch, load: float, second: float
) -> None:
    limits: list[float] = []

    def ask(zygote: AnswerZygote, request: AnswerRequest) -> Any:
        limits.append(request.limit)
        return {name: {"results": [], "stopped": True} for name in request.answers}

    monkeypatch.setattr(AnswerZygote, "_ask", ask)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr("os.getloadavg", lambda: (4 * load, 0, 0), raising=False)
    AnswerZygote().replies_to(AnswerRequest("", "", {"1.1": {}, "1.2": {}}, False, 0, 60.0))
    assert limits == [60.0, second]
