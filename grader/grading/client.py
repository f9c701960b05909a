"""The near end of an answer zygote: starts it, asks it, replaces it when it dies."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO, NoReturn

from grader.checks.exercise import Check, Exercise
from grader.grading.course import Chapter
from grader.grading.json_report import check_from
from grader.grading.report import CheckResult, ExerciseReport
from grader.grading.request import DEFAULT_LIMIT, AnswerRequest

START_LIMIT = 60.0
GRACE = 10.0
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"


@dataclass(frozen=True)
class Verdict:
    """What a zygote says about one answer.

    Attributes
    ----------
    warnings
        What the checks warned of on the way.
    isolation
        The isolation level that the answer's code ran with, 1 to 3; None when that is not known.
    """

    report: ExerciseReport
    warnings: tuple[str, ...] = ()
    isolation: int | None = None


class ZygoteDied(Exception):
    """The zygote, not an answer, came to an end."""


class AnswerZygote:
    """A warm process that judges answers, one at a time; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: BinaryIO | None = None
        self._said = 0  # what it had written to its errors before the last request
        self._is_ready = False

    def start(self) -> None:
        """Start the process without waiting until it is warm."""
        with self._lock:
            self._start()

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
        replies = self._replies(request)
        return [
            _verdict(exercise, (*exercise.checks, *hidden_checks.get(exercise.id, ())), replies[exercise.id], limit)
            for exercise, _ in answers
        ]

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _replies(self, request: AnswerRequest) -> dict[str, dict[str, Any]]:
        try:
            replies = self._ask(request)
            stopped = {name: request.answers[name] for name, reply in replies.items() if "stopped" in reply}
            if stopped:  # perhaps the machine was busy: once more
                replies |= self._ask(replace(request, answers=stopped))
            return replies
        except ZygoteDied as death:
            return {name: {"results": [], "died": 1, "words": str(death)} for name in request.answers}

    def _ask(self, request: AnswerRequest) -> dict[str, dict[str, Any]]:
        with self._lock:
            self._start()
            if not self._is_ready:
                self._read(START_LIMIT)
                self._is_ready = True
            self._said = self._words_written()
            self._write(asdict(request))
            told = self._read(request.limit * len(request.answers) + GRACE)
            words = self._last_words()
            replies: dict[str, dict[str, Any]] = told["exercises"]
            return {name: {"words": words, "isolation": told["isolation"], **reply} for name, reply in replies.items()}

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        self._said = 0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 — lives as long as the process
        command = [sys.executable, "-m", "grader.grading.zygote" if CAN_FORK else "grader.grading.spawning"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=_environment()
        )

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._fail("It is gone")

    def _read(self, seconds: float) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = _line_within(self._process.stdout, seconds)
        if not line:
            self._fail("It is gone" if line is not None else f"It did not answer within {seconds:.0f} s")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def _fail(self, what: str) -> NoReturn:
        words = self._last_words()
        self._end()
        raise ZygoteDied(f"The grader's own process failed. {what}. {words}".strip())

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        start = max(self._said, self._words_written() - 2_000)
        text = os.pread(self._errors.fileno(), 2_000, start).decode("utf-8", "replace")
        return text.strip().splitlines()[-1] if text.strip() else ""

    def _words_written(self) -> int:
        return 0 if self._errors is None else os.fstat(self._errors.fileno()).st_size

    def _end(self) -> None:
        self._is_ready = False
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]  # it was made with pipes
            process.stdout.close()  # type: ignore[union-attr]  # it was made with pipes
            _end_process(process)
        if self._errors is not None:
            self._errors.close()
            self._errors = None


@functools.cache
def shared_zygote() -> AnswerZygote:
    """The zygote of this process, ended with it."""
    zygote = AnswerZygote()
    atexit.register(zygote.close)
    return zygote


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
    return Verdict(report, tuple(reply.get("warnings", ())), reply.get("isolation"))


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


def _line_within(pipe: Any, seconds: float) -> bytes | None:
    """One line, empty at the end of file, None when time is up."""
    if not CAN_FORK:
        return bytes(pipe.readline())
    deadline = time.monotonic() + seconds
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            chunk = os.read(pipe.fileno(), 1 << 20)
            if not chunk:
                return b""
            line += chunk
    return bytes(line)


def _end_process(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """The surroundings without a person's own AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"}
