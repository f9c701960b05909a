"""3.4: a typed view of an event."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from grader.checks import CheckFailed, check, exercise, expect, fail
from grader.checks.material import proxy_event, word
from grader.checks.reading import json_body, output

ASKED = "asked"  # the checks ask one environment, one after the other


def right_view(event: Mapping[str, Any]) -> dict[str, Any]:
    """What a Request must know of an event."""
    body = event.get("body") or ""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return {
        "method": event.get("httpMethod") or "GET",
        "path": event.get("path") or "/",
        "query": event.get("queryStringParameters") or {},
        "headers": {name.lower(): value for name, value in (event.get("headers") or {}).items()},
        "body": base64.b64decode(body).decode("utf-8") if event.get("isBase64Encoded") else body,
        "source_ip": identity.get("sourceIp") or "",
    }


def judge_view(function: Callable[..., Any], event: dict[str, Any], hint: str, what: str) -> None:
    """Compare a view field by field, so that the report names the field."""
    try:
        view = function("app.view")(event)
    except CheckFailed as failure:
        fail(f"a Request, from {what}", failure.found, hint, failure.where)
    expect(view, "from_event hands back a Request.", what=f"the view of {what}").is_dict()
    for field, wanted in right_view(event).items():
        told = DEFAULT_HINT if hint is NULL_HINT and view.get(field) is not None else hint
        expect(view.get(field), told, what=f"{field}, from {what}").equals(wanted)


NULL_HINT = (
    "The key is there and its value is null, so .get('…', {}) hands back None: the default is only for keys that are "
    "missing. (event.get('…') or {}) covers both."
)
DEFAULT_HINT = (
    "The class's text says what a field is when the event does not say it. And a field that is null costs no other: "
    "the rest of the event is read as ever."
)
MISSING_HINT = (
    "event['…'] raises KeyError when a key is missing. Ask with .get, at every level, and let one missing field cost "
    "no other."
)


def without(event: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The event without some of its keys."""
    return {key: value for key, value in event.items() if key not in keys}


@exercise(
    "3.4",
    "An event with a shape",
    slug="3_4_event",
    files=["request.py"],
    minutes=15,
    hints=[
        "Begin with six annotated fields and a from_event that reads a complete event. Then ask of each "
        "key: what if it "
        "is missing? What if it is there, and null?",
        "event.get('headers', {}) is {} when the key is missing, but None when its value is null. "
        "`event.get('headers') or {}` is {} in both cases.",
        "source_ip sits two levels down: ((event.get('requestContext') or {}).get('identity') or {}).get('sourceIp'). "
        "For the body: base64.b64decode(body).decode('utf-8') when event.get('isBase64Encoded').",
    ],
    passed="From now on a handler can read request.query['name'] without fear. All the doubt about what an event may "
    "lack is in one place, and it is tested.",
    next="3.5",
)
class Event:
    @check(points=1, shares=ASKED)
    def reads_a_complete_event(function, rng):
        """All six fields of a complete event are read."""
        hint = "The class's text says where each field comes from."
        headers = {"host": f"{word(rng)}.example", "x-trace": word(rng)}
        judge_view(function, proxy_event(rng, headers=headers), hint, "a complete event")

    @check(points=1, needs=reads_a_complete_event, shares=ASKED)
    def finds_headers_in_any_spelling(function, rng):
        """Header names are in lower case, however the client wrote them."""
        name = word(rng)
        headers = {"HOST": f"{name}.example", "X-Team-Name": name, "content-type": "text/plain"}
        hint = "Header names have no upper and lower case, dictionaries do: store name.lower()."
        judge_view(function, proxy_event(rng, headers=headers), hint, "headers of mixed spelling")
        query, body = {f"Page{name}": name.title(), "empty": ""}, f" {name.title()}\n"
        headers, path = {"X-Team": f"{name.upper()}, b"}, f"/view/{name.title()}%20b"
        event = proxy_event(rng, headers=headers, path=path, queryStringParameters=query, body=body)
        hint = "Nothing but the names of headers changes: what they hold, path, query and body stay as they are."
        judge_view(function, event, hint, "an event with capitals and blanks")

    @check(points=1, needs=reads_a_complete_event, shares=ASKED)
    def survives_null(function, rng):
        """A null in the event becomes an empty value of the right type."""
        for key in ("queryStringParameters", "headers", "body", "requestContext", "httpMethod", "path"):
            judge_view(function, proxy_event(rng, **{key: None}), NULL_HINT, f"an event whose {key} is null")
        for key, identity in (("identity", None), ("sourceIp", {"sourceIp": None})):
            context = {"stage": "Prod", "identity": identity}
            judge_view(function, proxy_event(rng, requestContext=context), NULL_HINT, f"an event whose {key} is null")

    @check(points=2, needs=reads_a_complete_event, shares=ASKED)
    def survives_missing_fields(function, rng):
        """A key that is missing costs no other field, and even {} can be read."""
        event = proxy_event(rng)
        for key in event:
            judge_view(function, without(event, key), MISSING_HINT, f"an event without {key}")
        judge_view(function, proxy_event(rng, requestContext={"stage": "x"}), MISSING_HINT, "an event without identity")
        judge_view(function, {}, MISSING_HINT, "{}")

    @check(points=1, needs=reads_a_complete_event, shares=ASKED)
    def decodes_base64(function, rng):
        """A body in base64 is decoded, any other is left alone."""
        text = f"Grüße von {word(rng)}"
        coded = base64.b64encode(text.encode()).decode()
        hint = "When isBase64Encoded is true: base64.b64decode(body).decode('utf-8'). Otherwise the body is as it is."
        judge_view(function, proxy_event(rng, body=coded, isBase64Encoded=True), hint, "a body in base64")
        judge_view(function, proxy_event(rng, body=coded), hint, "a body that only looks like base64")
        judge_view(function, proxy_event(rng, body=None, isBase64Encoded=True), hint, "an empty body in base64")

    @check(points=1, needs=reads_a_complete_event)
    def reads_real_requests(stack, http, rng):
        """It works behind a real API: with a query, without one, with a body."""
        url, name = output(stack, "ViewUrl"), word(rng)
        hint = "Print the event: without a query API Gateway sends null. cloud.logs('ViewFunction') shows the error."
        for method, address, body in (("GET", f"{url}?name={name}", None), ("GET", url, None), ("POST", url, name)):
            page = http.request(method, address, headers={"X-Name": name}, body=body)
            expect(page.status, hint, what=f"the status of {method}", trace=page.trace).equals(200)
            view = json_body(page, hint)
            wanted = {
                "method": method,
                "path": "/view",
                "query": {"name": name} if "?" in address else {},
                "body": body or "",
            }
            expect({key: view.get(key) for key in wanted}, hint, trace=page.trace).equals(wanted)
            expect(view.get("headers"), hint, what="headers", trace=page.trace).contains("x-name")
