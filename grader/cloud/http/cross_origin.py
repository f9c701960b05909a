"""What a real browser will make of an answer to a script of another site: the last gate of its path.

A browser keeps an answer from a script by itself, and tells nobody but its console. It says in its request who asks
(https://www.w3.org/TR/fetch-metadata), so what it will do can be told from the answer.
"""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.http.answer import Headers
from grader.cloud.http.browser import rules
from grader.cloud.http.passage import Passage

GATE = "cors"
PREFLIGHT = "Response to preflight request doesn't pass access control check: "


def note_cross_origin(passage: Passage, response: Response) -> None:
    """Add the gate to the path of a request that a browser makes for a script of another origin."""
    origin = passage.header("origin")
    if origin is None or passage.header("sec-fetch-mode") != "cors" or passage.header("sec-fetch-site") in _AT_HOME:
        return
    headers = Headers(response.headers)
    asked = passage.header("access-control-request-method") if passage.request.method == "OPTIONS" else None
    fault = _fault(passage, headers, origin) if asked is None else _fault_of_preflight(passage, response, origin, asked)
    if fault is not None:
        passage.trace.broken(GATE, f"The browser keeps this from the scripts of {origin}: {fault}")
    else:
        allowed = headers["access-control-allow-origin"]
        passage.trace.passed(GATE, f"Access-Control-Allow-Origin: {allowed}")


_AT_HOME = (None, "same-origin", "none")


def _fault(passage: Passage, headers: Headers, origin: str) -> str | None:
    credentials: rules.Credentials = "include" if passage.header("cookie") else "same-origin"
    return rules.cors_fault(headers, origin, credentials)


def _fault_of_preflight(passage: Passage, response: Response, origin: str, method: str) -> str | None:
    headers = Headers(response.headers)
    if (fault := rules.cors_fault(headers, origin, "same-origin")) is not None:
        return PREFLIGHT + fault
    if not 200 <= response.status < 300:
        return f"{PREFLIGHT}It does not have HTTP ok status."
    names = (passage.header("access-control-request-headers") or "").split(",")
    unsafe = [name.strip().lower() for name in names if name.strip()]
    return rules.allowance_of(headers).fault(method, unsafe, "same-origin")
