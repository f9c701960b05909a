"""The zygote's protocol where a process must not fork (macOS, Windows): a fresh process for each answer, slower."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

from grader.grading.request import AnswerRequest
from grader.grading.zygote import judge_request

ONCE = "--once"
LEVEL = 1  # isolation: these systems have limits, and nothing more


def main() -> int:
    """Serve requests until the other end closes; with ``--once``, judge the one on standard input."""
    if ONCE in sys.argv:
        print(json.dumps(dict(judge_request(AnswerRequest(**json.loads(sys.stdin.readline()))))))
        return 0
    print(json.dumps({"ready": True, "isolation": LEVEL}), flush=True)
    for line in sys.stdin:
        request = AnswerRequest(**json.loads(line))
        replies = {name: judge_spawned(replace(request, answers={name: request.answers[name]}))
                   for name in request.answers}  # fmt: skip
        print(json.dumps({"exercises": replies, "isolation": LEVEL}), flush=True)
    return 0


def judge_spawned(request: AnswerRequest) -> dict[str, Any]:
    """Judge the answer to one exercise in a process of its own."""
    command = [sys.executable, "-m", "grader.grading.spawning", ONCE]
    line = json.dumps(asdict(request))
    try:
        done = subprocess.run(command, input=line, capture_output=True, text=True, timeout=request.limit, check=False)
    except subprocess.TimeoutExpired:
        return {"results": [], "warnings": [], "stopped": True}
    if done.returncode != 0 or not done.stdout.strip():
        return {"results": [], "warnings": [], "died": done.returncode}
    replies: dict[str, dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return next(iter(replies.values()))


if __name__ == "__main__":
    sys.exit(main())
