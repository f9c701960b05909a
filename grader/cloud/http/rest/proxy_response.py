"""What a function may answer to a REST API, what is wrong with an answer, and how it becomes an HTTP response."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from grader.cloud.door.response import Response
from grader.cloud.http.rest.call import MethodCall

KEYS = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")
# REST APIs keep these names for themselves and hand a function's own value on under another name.
_REMAPPED = {"authorization", "connection", "content-length", "content-md5", "date", "host", "server"} | {
    "user-agent",
    "www-authenticate",
}
_DROPPED = {"transfer-encoding", "te", "trailer", "upgrade"}


class UndecodableBody(ValueError):
    """``isBase64Encoded`` is true, and the body is not base64."""


def what_is_malformed(payload: Any) -> str | None:
    """Say what is wrong with a function's answer, or None when API Gateway accepts it."""
    if not isinstance(payload, dict):
        return f"The function returned {_kind(payload)}; it must return a dictionary with statusCode, headers and body."
    if unknown := [key for key in payload if key not in KEYS]:
        return f"The answer has the key {unknown[0]!r}; a REST API knows only {', '.join(KEYS)}."
    if "statusCode" not in payload:
        return "The answer has no statusCode; a REST API demands one, for example 200."
    return (
        _malformed_status(payload["statusCode"])
        or _malformed_body(payload.get("body"))
        or _malformed_headers(payload.get("headers"))
        or _malformed_lists(payload.get("multiValueHeaders"))
        or _malformed_flag(payload.get("isBase64Encoded"))
    )


def _malformed_status(status: Any) -> str | None:
    number = int(status) if isinstance(status, str) and status.isdecimal() else status
    if isinstance(number, bool) or not isinstance(number, int):
        return f"statusCode is {_kind(status)}; it must be an integer such as 200."
    return None if 100 <= number <= 599 else f"statusCode is {number}; it must be between 100 and 599."


def _malformed_body(body: Any) -> str | None:
    if body is None or isinstance(body, str):
        return None
    return f"body is {_kind(body)}; it must be a string. Turn it into text with json.dumps(…)."


def _malformed_headers(headers: Any) -> str | None:
    if headers is None:
        return None
    if not isinstance(headers, dict):
        return f"headers is {_kind(headers)}; it must be a dictionary of strings."
    wrong = next((name for name, value in headers.items() if not isinstance(value, str | bool)), None)
    return None if wrong is None else f"headers[{wrong!r}] is {_kind(headers[wrong])}; it must be a string."


def _malformed_lists(headers: Any) -> str | None:
    if headers is None:
        return None
    if not isinstance(headers, dict):
        return f"multiValueHeaders is {_kind(headers)}; it must be a dictionary of lists of strings."
    for name, values in headers.items():
        if not isinstance(values, list) or not all(isinstance(value, str | bool) for value in values):
            return f"multiValueHeaders[{name!r}] must be a list of strings."
    return None


def _malformed_flag(flag: Any) -> str | None:
    return (
        None if flag is None or isinstance(flag, bool) else f"isBase64Encoded is {_kind(flag)}; it must be a boolean."
    )


def _kind(value: Any) -> str:
    names = {type(None): "null (None)", dict: "a dictionary", list: "a list", str: "a string", bool: "a boolean"}
    names |= {int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)


def http_response(payload: Mapping[str, Any], call: MethodCall) -> Response:
    """The HTTP response that a well-formed answer becomes; the gateway's own headers are still to be added.

    Raises
    ------
    UndecodableBody
        When the body should be decoded, and cannot be.
    """
    headers = _headers(payload)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Response(int(payload["statusCode"]), tuple(headers), _content(payload, headers, call))


def _headers(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Both maps merged: the lists first, then the single values that are not in them already."""
    many: Mapping[str, list[str | bool]] = payload.get("multiValueHeaders") or {}
    pairs = [(name, value) for name, values in many.items() for value in values]
    known = {(name.lower(), value) for name, value in pairs}
    single = (payload.get("headers") or {}).items()
    pairs += [(name, value) for name, value in single if (name.lower(), value) not in known]
    return [(_name(name), _text(value)) for name, value in pairs if name.lower() not in _DROPPED]


def _name(name: str) -> str:
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _text(value: str | bool) -> str:
    text = str(value).lower() if isinstance(value, bool) else value
    return " ".join(text.splitlines())  # a line break would begin another header


def _content(payload: Mapping[str, Any], headers: list[tuple[str, str]], call: MethodCall) -> bytes:
    body = payload.get("body") or ""
    if payload.get("isBase64Encoded") and call.is_binary(_wanted(headers, call)):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError as error:  # binascii.Error is one
            raise UndecodableBody("Unable to base64 decode the body.") from error
    return str(body).encode("utf-8", "replace")


def _wanted(headers: list[tuple[str, str]], call: MethodCall) -> str | None:
    """API Gateway looks at the first media type that the client accepts, else at the answer's Content-Type."""
    accepted = call.passage.header("accept")
    if accepted:
        return accepted.split(",")[0]
    return next((value for name, value in headers if name.lower() == "content-type"), None)
