"""Errors exactly as AWS's Python runtime words and shapes them (awslambdaric/bootstrap.py)."""

from __future__ import annotations

import json
import time
import traceback
from types import TracebackType
from typing import Any

NO_BREAK_SPACE = "\u00a0"


class Fault(Exception):
    """A fault that the runtime itself finds, such as Runtime.HandlerNotFound."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, trace


def fault_object(fault: Fault, request_id: str) -> dict[str, Any]:
    """The error object of a fault."""
    return _object(fault.message, fault.kind, fault.trace or [], request_id)


def error_object(error: BaseException, request_id: str, own: str) -> dict[str, Any]:
    """The error object of an exception that the function's code raised; ``own`` is this package's folder."""
    frames = _frames(error.__traceback__, own)
    return _object(_text(error), type(error).__name__, traceback.format_list(frames), request_id)


def log_text(error: dict[str, Any]) -> str:
    """The log lines that the runtime writes for an error."""
    head = "[ERROR]" + (f" {error['errorType']}" if error["errorType"] else "")
    if error["errorMessage"]:
        head += (":" if error["errorType"] else "") + f" {error['errorMessage']}"
    lines = [head, "Traceback (most recent call last):"]
    for element in error["stackTrace"]:
        lines += [_indent(line) for line in element.splitlines()] or [""]
    return "\n".join(lines) + "\n"


def log_json(error: dict[str, Any]) -> str:
    """The one line that the runtime writes for an error when LogFormat is JSON."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"timestamp": moment, "log_level": "ERROR", **error}, ensure_ascii=False) + "\n"


def _object(message: str, kind: str, trace: list[str], request_id: str) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the exception's own __str__ is the function's code
        return ""


def _frames(tb: TracebackType | None, own: str) -> list[traceback.FrameSummary]:
    summary = list(traceback.extract_tb(tb))
    while summary and (summary[0].filename.startswith(own) or "importlib" in summary[0].filename):
        summary.pop(0)
    summary = [one for one in summary if not one.filename.startswith(own)]
    # Python 3.11 underlines the part at fault; AWS formats plain (file, line, name, text).
    return [traceback.FrameSummary(one.filename, one.lineno, one.name, line=one.line) for one in summary]


def _indent(line: str) -> str:
    stripped = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(stripped)) + stripped
