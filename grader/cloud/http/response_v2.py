"""What a function may return to an HTTP API or a function URL, and the HTTP response that it becomes.

A value without ``statusCode`` is the body of a 200 in JSON: the format is inferred.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from grader.cloud.door.response import Response


class Malformed(Exception):
    """An answer that cannot become an HTTP response; says why."""


def response_of(payload: Any, content: bytes, default_type: str, quoted: bool = False) -> Response:
    """The response that a function's result becomes.

    Parameters
    ----------
    payload, content
        What the function returned, read as JSON, and as it was written.
    default_type
        The Content-Type of an answer that has a ``statusCode`` and names none.
    quoted
        A plain string keeps its quotation marks: function URLs leave them, HTTP APIs do not.

    Raises
    ------
    Malformed
        When it has a ``statusCode``, and something beside it is wrong.
    """
    if not isinstance(payload, Mapping) or "statusCode" not in payload:
        body = payload.encode("utf-8", "replace") if isinstance(payload, str) and not quoted else content
        return Response(200, (("content-type", "application/json"),), body)
    status = _status(payload["statusCode"])
    headers = [*_headers(payload.get("headers")), *_cookies(payload.get("cookies"))]
    body = _body(payload.get("body"), payload.get("isBase64Encoded"))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", default_type))
    return Response(status, tuple(headers), body)


def _status(written: Any) -> int:
    number = int(written) if isinstance(written, str) and written.isdecimal() else written
    if isinstance(number, bool) or not isinstance(number, int) or not 100 <= number <= 599:
        raise Malformed(f"statusCode is {written!r}; it must be an integer between 100 and 599.")
    return number


def _headers(written: Any) -> list[tuple[str, str]]:
    if written is None:
        return []
    if not isinstance(written, Mapping):
        raise Malformed("headers must be a dictionary of strings.")
    wrong = next((name for name, value in written.items() if isinstance(value, dict | list)), None)
    if wrong is not None:
        raise Malformed(f"headers[{wrong!r}] must be a string.")
    return [
        (name.lower(), _text(value))
        for name, value in written.items()
        if value is not None and name.lower() not in _LEFT
    ]


_LEFT = {"content-length", "connection", "transfer-encoding", "te", "trailer", "upgrade"}


def _text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return " ".join(text.splitlines())  # a line break would begin another header


def _cookies(written: Any) -> list[tuple[str, str]]:
    if written is None:
        return []
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise Malformed("cookies must be a list of strings.")
    return [("set-cookie", " ".join(one.splitlines())) for one in written]


def _body(written: Any, encoded: Any) -> bytes:
    if written is None:
        return b""
    if not isinstance(written, str):
        raise Malformed(f"body is {type(written).__name__}; it must be a string. Turn it into text with json.dumps(…).")
    if encoded is not True and encoded not in (None, False):
        raise Malformed("isBase64Encoded must be a boolean.")
    if not encoded:
        return written.encode("utf-8", "replace")
    try:
        return base64.b64decode(written, validate=True)
    except ValueError as fault:  # binascii.Error is one
        raise Malformed("isBase64Encoded is true, and the body is not base64.") from fault
