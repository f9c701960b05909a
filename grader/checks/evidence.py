"""How and where a request ended in the learner's code: what their function raised, from their first line on."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from grader.checks.failure import CheckFailed, readable
from grader.checks.fault import Frame, frames_of

HANDLER = "handler"
_RAISED = re.compile(r"\[ERROR\] (?P<error>[^\n]+)")  # as the runtime writes it; a logger puts tabs between its fields


def with_evidence(failure: CheckFailed, cloud: Any) -> CheckFailed:
    """The failure with the learner's own file and line, when its request broke in their handler; else as it was."""
    gate = getattr(failure.trace, "first_broken", None)
    if cloud is None or gate is None or gate.name != HANDLER:
        return failure
    raised: list[str] = []
    frames: list[Frame] = []
    with contextlib.suppress(Exception):  # evidence is a kindness; without it the failure stands all the same
        raised, frames = _last_error(cloud)
    if frames and (failure.where is None or failure.where.line is None):
        failure.where = frames[-1].location
        raised = [error for error in raised if error not in failure.found]  # a check may have said it already
        failure.found = readable("\n".join([failure.found, *(f"  {line}" for line in [*raised, *frames])]))
    return failure


def _last_error(cloud: Any) -> tuple[list[str], list[Frame]]:
    """What was raised by the newest error in any function's log, if the runtime says so, and its frames."""
    errors = [(event.timestamp, event.message) for event in _events(cloud) if "/var/task/" in event.message]
    if not errors:
        return [], []
    message = max(errors, key=lambda error: error[0])[1]
    raised = _RAISED.match(message)
    return [raised["error"]] if raised else [], frames_of([message])


def _events(cloud: Any) -> Iterator[Any]:
    for function in cloud.client("lambda").list_functions()["Functions"]:
        yield from cloud.logs(function["FunctionName"])
