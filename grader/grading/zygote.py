"""The answer zygote: a warm process that forks once per learner, so that no check waits for an import.

It is executed afresh (``python -m grader.grading.zygote``), imports what checks need, and never runs a learner's code
itself: that happens in the execution environments of the cloud, in processes of another zygote. It speaks JSON lines:
a request on its standard input, a reply on what was its standard output.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from grader.grading.forked import Fork
from grader.grading.hindsight import Memory, Told, take_over
from grader.grading.request import AnswerRequest
from grader.grading.scratch import scratch_folder

# A learner's fork lives for seconds. It looks for garbage when that may be some 40 MB, not after each 700 objects: a
# tenth of its time went into looking.
GARBAGE = 300_000
LAST_WORDS = 5.0  # seconds that a fork has for them
Reply = dict[str, Any]
Line = tuple[int, int, int]  # descriptors: requests, replies, errors


def main() -> int:
    """Serve requests until the other end closes; each argument is a line that a twin serves."""
    lines = [_parsed(argument) for argument in sys.argv[1:]]
    own = (os.dup(0), os.dup(1), os.dup(2))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # whatever prints must not be taken for a reply
    gc.disable()  # nothing of what is made until it is warm will ever be garbage
    isolation = warm()
    from grader.checks.plugin import in_session

    def work(session: Any) -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()
        requests, replies, errors = _own_line([own, *lines])
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        serve(requests, replies, session, isolation)

    return in_session(work)


def _parsed(argument: str) -> Line:
    requests, replies, errors = map(int, argument.split(","))
    return requests, replies, errors


def _own_line(lines: list[Line]) -> Line:
    """Fork a twin for each line but the first; returns the line that is this process's, and closes the others."""
    mine = lines[0]
    for line in lines[1:]:
        environments = _line_to_environments()
        if os.fork() == 0:
            mine = line
            if environments is not None:
                _borrow_environments(environments)
            break
        if environments is not None:
            environments.close()
    for descriptor in {descriptor for line in lines for descriptor in line} - set(mine):
        os.close(descriptor)
    return mine


def serve(requests: int, replies: int, session: Any, isolation: int | None) -> None:
    """Answer one line's requests until it closes."""
    with contextlib.suppress(BrokenPipeError), os.fdopen(requests, "rb") as asked, os.fdopen(replies, "wb") as told:
        send(told, {"ready": True, "isolation": isolation})
        for line in asked:
            request = AnswerRequest(**json.loads(line))
            needed: list[Told] = []
            send(told, {"exercises": judge_apart(request, session, needed.append), "isolation": isolation})
            for one in needed:  # nobody waits for it now
                take_over(one)


def warm() -> int | None:
    """Import what checks need, and say which isolation level environments will have here."""
    import boto3  # noqa: F401

    import grader.checks.plugin
    import grader.grading.judging  # noqa: F401

    try:
        from grader.grading.warmth import warm_cloud

        return warm_cloud()
    except Exception as problem:  # whatever it is, each answer meets it again and says it
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return None


def judge_apart(
    request: AnswerRequest, session: Any = None, on_needed: Callable[[Told], object] = lambda needed: None
) -> dict[str, Reply]:
    """Judge a learner's answers in a fork, each for as long as it may take.

    When the fork dies over an answer, or time is up, the answers after it are judged in another fork.

    Parameters
    ----------
    on_needed
        Hears of what a fork had to import (``hindsight``).

    Returns
    -------
    By exercise id ``{"results", "warnings"}``; with ``"stopped"`` when time was up and with ``"died"`` when the fork
    ended before.
    """
    chapter = _loaded(request)
    judged: dict[str, Reply] = {}
    while waiting := {name: files for name, files in request.answers.items() if name not in judged}:
        judged |= _judge_in_fork(replace(request, answers=waiting), chapter, session, on_needed)
    return judged


def _judge_in_fork(
    request: AnswerRequest, chapter: Any, session: Any, on_needed: Callable[[Told], object]
) -> dict[str, Reply]:
    """The answers up to the first that the fork does not survive."""
    line = _line_to_environments()
    with scratch_folder() as scratch:

        def judge(tell: Callable[[dict[str, Any]], None]) -> None:
            tempfile.tempdir = scratch
            if line is not None:
                _borrow_environments(line)
            memory = Memory()
            for name, reply in judge_request(request, tell, chapter, session):
                tell({"exercise": name, "reply": reply})
            tell({"needed": memory.since()})

        with Fork(judge) as fork:
            if line is not None:
                line.close()
            judged: dict[str, Reply] = {}
            for name in request.answers:
                judged[name] = _hear(fork, request.limit)
                if "stopped" in judged[name] or "died" in judged[name]:
                    return judged
            for message in fork.messages(LAST_WORDS):
                on_needed(message["needed"])
            return judged


def _hear(fork: Fork, limit: float) -> Reply:
    """What the fork says of one exercise until it is done with it, dead or out of time."""
    results: list[Any] = []
    for message in fork.messages(limit):
        if "reply" in message:
            reply: Reply = message["reply"]
            return reply
        results.append(message["result"])
    end = {"died": fork.wait()} if fork.is_silent else {"stopped": True}
    return {"results": results, "warnings": [], **end}


def judge_request(
    request: AnswerRequest,
    tell: Callable[[dict[str, Any]], None] | None = None,
    chapter: Any = None,
    session: Any = None,
) -> Iterator[tuple[str, Reply]]:
    """Judge answers in this process, one exercise after the other.

    Parameters
    ----------
    tell
        Hears of each check at once.
    chapter, session
        The chapter, when it is loaded already, and the pytest session to run the checks in.
    """
    from grader.grading.course import Course
    from grader.grading.judging import judge_answer

    chapter = chapter or Course.find(Path(request.course)).chapter(request.chapter)
    for name, files in request.answers.items():
        _, exercise = chapter.with_exercise(name)
        judged = judge_answer(
            chapter, exercise, files, hidden=request.hidden, seed=request.seed, session=session,
            on_result=None if tell is None else lambda result: tell({"result": asdict(result)}),
        )  # fmt: skip
        results = [asdict(check) for check in judged.report.checks]
        yield name, {"results": results, "warnings": list(judged.warnings)}


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


def _loaded(request: AnswerRequest) -> Any:
    """The chapter, its checks imported before the fork, so that the next learner's fork finds them loaded.

    None when there is a mistake in it: that is met again, and reported, in the fork.
    """
    from grader.grading.course import Course

    try:
        chapter = Course.find(Path(request.course)).chapter(request.chapter)
        _ = chapter.exercises
        if request.hidden:
            chapter.hidden_checks()
    except Exception:
        return None
    return chapter


def send(pipe: BinaryIO, message: dict[str, Any]) -> None:
    """One message, one line."""
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


if __name__ == "__main__":
    sys.exit(main())
