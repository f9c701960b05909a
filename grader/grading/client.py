"""The near end of an answer zygote: starts it, asks it, replaces it when it dies."""

from __future__ import annotations

import abc
import atexit
import contextlib
import functools
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from grader.checks.exercise import Check, Exercise
from grader.grading.connection import Connection, ZygoteDied, connect
from grader.grading.course import Chapter
from grader.grading.json_report import check_from
from grader.grading.report import CheckResult, ExerciseReport
from grader.grading.request import DEFAULT_LIMIT, AnswerRequest

START_LIMIT = 60.0
GRACE = 10.0
MOST_BUSY = 5.0

Replies = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """What a zygote says about one answer.

    Attributes
    ----------
    warnings
        What the checks warned of on the way.
    isolation
        The isolation level that the answer's code ran with, 1 to 3; None when that is not known.
    reused
        Whether it was said before, of the same answer by the same checks, and the answer was not judged again.
    """

    report: ExerciseReport
    warnings: tuple[str, ...] = ()
    isolation: int | None = None
    reused: bool = False


class AnswerJudge(abc.ABC):
    """Whoever has answers judged: a warm process here, or a cluster of them."""

    @abc.abstractmethod
    def isolation(self) -> int | None:
        """The isolation level of the answers' code; None when that is not known."""

    @abc.abstractmethod
    def replies_to(self, request: AnswerRequest) -> Replies:
        """What a fork says of each answer, by exercise id: ``{"results", "warnings", "isolation", "words"}``."""

    def judge(
        self,
        chapter: Chapter,
        exercise: Exercise,
        files: Mapping[str, str],
        *,
        hidden: bool = False,
        seed: int = 0,
        limit: float = DEFAULT_LIMIT,
    ) -> Verdict:
        """Judge one answer. Whatever breaks on the way is a grader error of this answer; nothing is raised."""
        return self.judge_all(chapter, [(exercise, files)], hidden=hidden, seed=seed, limit=limit)[0]

    def judge_all(
        self,
        chapter: Chapter,
        answers: Sequence[tuple[Exercise, Mapping[str, str]]],
        *,
        hidden: bool = False,
        seed: int = 0,
        limit: float = DEFAULT_LIMIT,
    ) -> list[Verdict]:
        """Judge a learner's answers to several exercises, each of them as ``judge`` does."""
        try:
            hidden_checks = chapter.hidden_checks() if hidden else {}
        except Exception as problem:  # a mistake in the hidden checks is ours, whatever it is
            broken = f"The hidden checks do not load: {type(problem).__name__}: {problem}"
            died = {"results": [], "died": 1}
            return [Verdict(report_of(exercise, exercise.checks, died, broken)) for exercise, _ in answers]
        files = {exercise.id: dict(texts) for exercise, texts in answers}
        request = AnswerRequest(str(chapter.course.root), chapter.stem, files, hidden, seed, limit)
        replies = self.replies_to(request)
        return [
            _verdict(exercise, (*exercise.checks, *hidden_checks.get(exercise.id, ())), replies[exercise.id], limit)
            for exercise, _ in answers
        ]


class AnswerZygote(AnswerJudge):
    """A warm process that judges answers, one at a time; safe to use from several threads."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._lock = threading.Lock()
        self._connection = connection
        self._is_ready = False
        self._isolation: int | None = None

    def start(self) -> None:
        """Start the process without waiting until it is warm."""
        with self._lock:
            self._connected()

    def isolation(self) -> int | None:
        """The isolation level of the answers' code, when it is warm; None when that is not known."""
        with self._lock, contextlib.suppress(ZygoteDied):
            self._warm()
        return self._isolation

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._hang_up()

    def replies_to(self, request: AnswerRequest) -> Replies:
        """Ask the process; when it dies, that is what is said of each answer."""
        try:
            replies = self._ask(request)
            stopped = {name: request.answers[name] for name, reply in replies.items() if "stopped" in reply}
            if stopped:  # perhaps the machine was busy: once more, and longer by as much as it is
                replies |= self._ask(replace(request, answers=stopped, limit=request.limit * busyness()))
            return replies
        except ZygoteDied as death:
            return {name: {"results": [], "died": 1, "words": str(death)} for name in request.answers}

    def _ask(self, request: AnswerRequest) -> Replies:
        with self._lock:
            try:
                connection = self._warm()
                connection.ask(asdict(request))
                told = connection.hear(request.limit * len(request.answers) + GRACE)
            except BaseException:  # interrupted: its answer would be taken for the next one's
                self._hang_up()
                raise
            words = connection.last_words()
            replies: Replies = told["exercises"]
            return {name: {"words": words, "isolation": told["isolation"], **reply} for name, reply in replies.items()}

    def _warm(self) -> Connection:
        connection = self._connected()
        if not self._is_ready:
            self._isolation = connection.hear(START_LIMIT)["isolation"]
            self._is_ready = True
        return connection

    def _connected(self) -> Connection:
        if self._connection is not None and self._connection.is_alive:
            return self._connection
        self._hang_up()
        self._connection = connect()[0]
        return self._connection

    def _hang_up(self) -> None:
        self._is_ready = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def answer_zygotes(number: int) -> list[AnswerZygote]:
    """Zygotes that work side by side; they get warm together, and nobody waits for it here."""
    return [AnswerZygote(connection) for connection in connect(number)]


@functools.cache
def shared_zygote() -> AnswerZygote:
    """The zygote of this process, ended with it."""
    zygote = AnswerZygote()
    atexit.register(zygote.close)
    return zygote


def busyness() -> float:
    """How many times longer everything takes here now: processes that want to run, for each processor; at most 5."""
    if not hasattr(os, "getloadavg"):  # Windows
        return 1.0
    return min(MOST_BUSY, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


def report_of(
    exercise: Exercise, checks: tuple[Check, ...], reply: Mapping[str, Any], words: str = "", limit: float = 0
) -> ExerciseReport:
    """The report from what a fork could say, with a result for every check."""
    found = {data["name"]: check_from(data) for data in reply["results"]}
    missing = [check for check in checks if check.name not in found]
    for number, check in enumerate(missing):
        found[check.name] = _stopped(check, number, missing[0], limit) if "stopped" in reply else _died(check, words)
    return ExerciseReport(exercise.id, exercise.title, tuple(found[check.name] for check in checks))


def _verdict(exercise: Exercise, checks: tuple[Check, ...], reply: Mapping[str, Any], limit: float) -> Verdict:
    report = report_of(exercise, checks, reply, reply.get("words", ""), limit)
    return Verdict(report, tuple(reply.get("warnings", ())), reply.get("isolation"), "reused" in reply)


def _stopped(check: Check, number: int, first: Check, limit: float) -> CheckResult:
    blank = CheckResult(check.name, check.title, "failed", 0, check.points, hidden=check.hidden)
    if number:
        return replace(blank, outcome="skipped", because=first.title)
    return replace(
        blank,
        expected=f"all checks done within {limit:g} seconds",
        found="still running; it was stopped, twice",
        hint="Does something wait or loop for ever, or call itself again and again?",
    )


def _died(check: Check, words: str) -> CheckResult:
    because = f"The checks ended without a result. {words}".strip()
    return CheckResult(
        check.name, check.title, "grader_error", None, check.points, because=because, hidden=check.hidden
    )
