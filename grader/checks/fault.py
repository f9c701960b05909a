"""Whose fault is an exception in a check? What the answer caused becomes a failure in the learner's words."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from grader.checks.failure import CheckFailed, Location, readable
from grader.cloud.environment import IsolationFailed
from grader.cloud.errors import CloudError, NotSupported

_FRAME = re.compile(
    r'File "/var/task/(?P<file>[^"]+)",? [Ll]ine (?P<line>\d+)(?:, in (?P<function>\S+))?\s*(?P<code>[^\n]*)'
)
_PREFIXES = ("Runtime.UserCodeSyntaxError", "Runtime.ImportModuleError", "Runtime.HandlerNotFound")
_HERE = ".".join(str(part) for part in sys.version_info[:2])
# A learner's functions are of runtime python3.13, but they run in whatever Python the course was installed with.
SYNTAX_HINT = "Python cannot read this file. Look at the line that is named, and at the one above it." + (
    ""
    if sys.version_info >= (3, 12)
    else f" This machine has Python {_HERE}, which does not know what is new in 3.12: for one, the same quotes again "
    "within the braces of an f-string."
)
UNTOUCHED_HINT = "The line `raise NotImplementedError()` still stands there: put your code in its place."


def as_failure(error: BaseException) -> CheckFailed | None:
    """The failure that ``error`` means for the answer; None when it is the grader's own fault."""
    if isinstance(error, CheckFailed):
        return error
    if isinstance(error, CloudError):
        return None if isinstance(error, IsolationFailed) else from_cloud(error)
    if isinstance(error, ClientError):
        return _from_client(error)
    if isinstance(error, json.JSONDecodeError):
        return CheckFailed("JSON", readable(error.doc) or "nothing", "Write the body with json.dumps(...).")
    if isinstance(error, BotoCoreError):
        return CheckFailed("an AWS call that works", str(error))
    if isinstance(error, RecursionError):  # a check follows what an answer built, and nothing deep of its own
        return CheckFailed("values that are nested some levels deep", "values that are nested too deeply to be read")
    return None


def from_cloud(error: CloudError) -> CheckFailed:
    """What the pocket AWS refused, for example a template that does not deploy."""
    found = str(getattr(error, "reason", None) or error.what)
    return CheckFailed(_expected(error), found, error.next_step or "", _place_of(error))


def from_invocation(called: str, error: Mapping[str, Any]) -> CheckFailed:
    """A call of the learner's code that raised, was killed, or never started.

    Parameters
    ----------
    called
        What was called, for example ``bill.monthly_bill``.
    error
        Lambda's error object: ``errorMessage``, ``errorType``, ``stackTrace``.
    """
    kind, message = str(error.get("errorType", "")), str(error.get("errorMessage", ""))
    frames = frames_of(error.get("stackTrace") or ())
    found = (
        message if not kind or kind in _PREFIXES or kind.startswith("Sandbox.") else f"{kind}: {message}".rstrip(": ")
    )
    hints = {"NotImplementedError": UNTOUCHED_HINT, "Runtime.UserCodeSyntaxError": SYNTAX_HINT}
    lines = [found, *(f"  {frame}" for frame in frames)]
    return CheckFailed(
        f"{called} answers", "\n".join(lines), hints.get(kind, ""), frames[-1].location if frames else None
    )


class Frame:
    """One line of the learner's own traceback."""

    def __init__(self, match: re.Match[str]) -> None:
        self.location = Location(match["file"], int(match["line"]), match["function"] or "")
        self._code = match["code"].strip()

    def __str__(self) -> str:
        return f"{self.location}: {self._code}" if self._code else str(self.location)


def frames_of(stack_trace: Sequence[Any]) -> list[Frame]:
    """The frames in the learner's files, outermost first."""
    text = "\n".join(str(line) for line in stack_trace)
    return [Frame(match) for match in _FRAME.finditer(text)][:30]


def _expected(error: CloudError) -> str:
    if isinstance(error, NotSupported):
        return "only what the pocket AWS imitates"
    return "the template deploys" if hasattr(error, "logical_id") else "a call that AWS accepts"


def _place_of(error: CloudError) -> Location | None:
    logical_id, line = str(getattr(error, "logical_id", None) or ""), getattr(error, "line", None)
    place = Location.parse(error.where) if error.where else None
    if place is not None:
        return place
    return Location("template.yaml", line, logical_id) if line or logical_id else None


def _from_client(error: ClientError) -> CheckFailed:
    details: Mapping[str, Any] = error.response.get("Error", {})
    found = f"{details.get('Code', 'Error')}: {details.get('Message', error)}"
    return CheckFailed(f"the AWS call {error.operation_name} works", found)
