"""What a function may return to an HTTP API whose integration has payload format 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.door.response import Response
from grader.cloud.http.response_v2 import Malformed, response_of

PLAIN = "text/plain; charset=utf-8"


def response_v1(payload: Any) -> Response:
    """The response that a function's result becomes: nothing is inferred, ``statusCode`` must be there.

    Raises
    ------
    Malformed
        When it is not of the format.
    """
    if not isinstance(payload, Mapping) or "statusCode" not in payload:
        raise Malformed("Payload format 1.0 demands a dictionary with a statusCode.")
    lists = payload.get("multiValueHeaders")
    if lists is not None and not isinstance(lists, Mapping):
        raise Malformed("multiValueHeaders must be a dictionary of lists of strings.")
    plain = {key: value for key, value in payload.items() if key != "cookies"}
    single = response_of(plain, b"", PLAIN)
    further = [(name.lower(), str(value)) for name, values in (lists or {}).items() for value in _listed(name, values)]
    if any(name == "content-type" for name, _ in further) and "content-type" not in _named(payload):
        kept = tuple(pair for pair in single.headers if pair[0] != "content-type")
        single = Response(single.status, kept, single.body)
    return Response(single.status, (*single.headers, *further), single.body)


def _listed(name: str, values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise Malformed(f"multiValueHeaders[{name!r}] must be a list of strings.")
    return [" ".join(str(value).splitlines()) for value in values]


def _named(payload: Mapping[str, Any]) -> set[str]:
    return {str(name).lower() for name in payload.get("headers") or {}}
