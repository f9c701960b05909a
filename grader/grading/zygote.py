"""The answer zygote: a warm process that forks once per answer, so that no check waits for an import.

It is executed afresh (``python -m grader.grading.zygote``), imports what checks need, and never runs a learner's code
itself: that happens in the execution environments of the cloud, in processes of another zygote. It speaks JSON lines:
a request on its standard input, a reply on what was its standard output.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from grader.grading.request import AnswerRequest

CHUNK = 1 << 20


def main() -> int:
    """Serve requests until the other end closes."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not be taken for a reply
    requests = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    isolation = warm()
    _send(replies, {"ready": True, "isolation": isolation})
    for line in requests:
        request = AnswerRequest(**json.loads(line))
        _send(replies, {**judge_apart(request), "isolation": isolation})
    return 0


def warm() -> int | None:
    """Import what checks need, and say which isolation level environments will have here."""
    import boto3  # noqa: F401
    import pytest  # noqa: F401

    import grader.checks.plugin
    import grader.grading.judging  # noqa: F401

    isolation = None
    try:
        from grader.grading.warmth import warm_cloud

        isolation = warm_cloud()
    except Exception as problem:  # whatever it is, each answer meets it again and says it
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
    gc.collect()
    gc.freeze()
    return isolation


def judge_apart(request: AnswerRequest) -> dict[str, Any]:
    """Judge one answer in a fork of its own, for as long as it may take.

    Returns
    -------
    ``{"results", "warnings"}``; with ``"stopped"`` when time was up and with ``"died"`` when the fork ended before.
    """
    _load_chapter(request)
    line = _line_to_environments()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _judge_and_exit(request, writing, line)
    os.close(writing)
    if line is not None:
        line.close()
    try:
        return _collect(reading, child, time.monotonic() + request.limit)
    finally:
        os.close(reading)


def _collect(reading: int, child: int, deadline: float) -> dict[str, Any]:
    """Read what the fork says until it is done, dead or out of time."""
    reply: dict[str, Any] = {"results": [], "warnings": []}
    for message in _messages(reading, deadline):
        if "result" in message:
            reply["results"].append(message["result"])
        else:
            os.waitpid(child, 0)
            return message
    if time.monotonic() >= deadline:
        os.kill(child, signal.SIGKILL)
        reply["stopped"] = True
    _, status = os.waitpid(child, 0)
    return reply if "stopped" in reply else {**reply, "died": os.waitstatus_to_exitcode(status)}


def _messages(reading: int, deadline: float) -> Iterator[dict[str, Any]]:
    pending = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        chunk = os.read(reading, CHUNK)
        if not chunk:
            return
        *lines, pending = (pending + chunk).split(b"\n")
        yield from map(json.loads, lines)


def _judge_and_exit(request: AnswerRequest, writing: int, line: socket.socket | None) -> None:
    """In the fork: judge, report, and leave without running the parent's exit handlers."""
    status = 1
    try:
        if line is not None:
            _borrow_environments(line)
        with os.fdopen(writing, "wb") as pipe:
            _send(pipe, judge_request(request, lambda result: _send(pipe, {"result": asdict(result)})))
        status = 0
    except BaseException as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)


def _line_to_environments() -> socket.socket | None:
    """Where the next fork orders environments; None when there are none here, which it will say itself."""
    try:
        from grader.cloud.environment import shared_zygote

        return shared_zygote().lend()
    except Exception:  # whatever it is, the fork meets it again
        return None


def _borrow_environments(line: socket.socket) -> None:
    from grader.cloud.environment import borrow_zygote

    borrow_zygote(line)


def judge_request(request: AnswerRequest, on_result: Any = None) -> dict[str, Any]:
    """Judge one answer in this process."""
    from grader.grading.course import Course
    from grader.grading.judging import judge_answer

    chapter, exercise = Course.find(Path(request.course)).chapter(request.chapter).with_exercise(request.exercise)
    judged = judge_answer(
        chapter, exercise, request.files, hidden=request.hidden, seed=request.seed, on_result=on_result
    )
    return {"results": [asdict(check) for check in judged.report.checks], "warnings": list(judged.warnings)}


def _load_chapter(request: AnswerRequest) -> None:
    """Import a chapter's checks before the fork, so that the next answer finds them (and what they import) loaded.

    A mistake in them is met again, and reported, in the fork.
    """
    from grader.grading.course import Course

    with contextlib.suppress(Exception):
        chapter = Course.find(Path(request.course)).chapter(request.chapter)
        _ = chapter.exercises
        if request.hidden:
            chapter.hidden_checks()


def _send(pipe: BinaryIO, message: dict[str, Any]) -> None:
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


if __name__ == "__main__":
    sys.exit(main())
