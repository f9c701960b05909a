"""The event of payload format 2.0, which HTTP APIs and function URLs hand to functions."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from grader.cloud.http.passage import Passage

# What is text by its media type travels as it is; everything else, forms among them, in base64.
_TEXT = re.compile(r"text/.*|application/(json|javascript|xml|graphql|.*\+json|.*\+xml)")
_OWN = {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id", "host", "connection"}
_OWN |= {"transfer-encoding", "te", "upgrade", "content-length"}


def event_v2(
    passage: Passage,
    *,
    route_key: str,
    raw_path: str,
    context: Mapping[str, Any],
    keep_cookie_header: bool,
    parameters: Mapping[str, str] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """The event of a request; what it does not have is left out.

    Header names are in lower case; several values of a header or of a query parameter are joined by commas; cookies
    stand in a list of their own.

    Parameters
    ----------
    raw_path
        HTTP APIs decode it, in spite of its name; function URLs do not.
    context
        ``requestContext``.
    keep_cookie_header
        Function URLs leave ``cookie`` among the headers besides.
    headers
        Further headers that the service adds.
    """
    body, encoded = event_body(passage)
    cookies = [part.strip() for value in passage.headers("cookie") for part in value.split(";") if part.strip()]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": passage.request.query,
        "cookies": cookies or None,
        "headers": event_headers(passage, keep_cookie_header, headers),
        "queryStringParameters": joined(passage.query()) or None,
        "requestContext": dict(context),
        "body": body,
        "pathParameters": dict(parameters or {}) or None,
        "isBase64Encoded": encoded,
        "stageVariables": dict(stage_variables or {}) or None,
    }
    return {name: value for name, value in event.items() if value is not None}


def request_context_v2(passage: Passage, api_id: str, account_id: str, **more: Any) -> dict[str, Any]:
    """What ``requestContext`` says in every event of the format; ``more`` is the kind of API's own."""
    path = unquote(passage.request.path)
    return {
        "accountId": account_id,
        "apiId": api_id,
        "domainName": passage.host,
        "domainPrefix": passage.host.split(".")[0],
        "http": {
            "method": passage.request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": passage.request.source_ip,
            "userAgent": passage.header("user-agent") or "",
        },
        "time": passage.clf_time,
        "timeEpoch": int(passage.at * 1000),
        **more,
    }


def event_headers(passage: Passage, keep_cookie: bool, more: tuple[tuple[str, str], ...] = ()) -> dict[str, str]:
    """The headers of an event: in lower case, several values joined by commas, the service's own at the end."""
    skipped = _OWN if keep_cookie else _OWN | {"cookie"}
    sent = [(name.lower(), value) for name, value in passage.request.headers if name.lower() not in skipped]
    forwarded = ", ".join([*passage.headers("x-forwarded-for"), passage.request.source_ip])
    own = [
        ("content-length", str(len(passage.request.body))),
        ("host", passage.host),
        ("x-amzn-trace-id", passage.ids.trace),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ]
    return dict(sorted(joined([*sent, *own, *more]).items()))


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Pairs as a map, the values of one name joined by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def event_body(passage: Passage) -> tuple[str | None, bool]:
    """The body as text, or in base64 when its media type is not one of text."""
    body = passage.request.body
    if not body:
        return None, False
    kind = (passage.header("content-type") or "").split(";")[0].strip().lower()
    if kind and not _TEXT.fullmatch(kind):
        return base64.b64encode(body).decode(), True
    try:
        return body.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def iam_identity(passage: Passage) -> dict[str, Any]:
    """``requestContext.authorizer.iam``: who signed the request."""
    assert passage.caller is not None
    principal = passage.caller.principal
    return {
        "accessKey": passage.caller.access_key,
        "accountId": principal.account_id,
        "callerId": principal.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": principal.arn,
        "userId": principal.user_id,
    }
