"""The events of HTTP APIs: for functions and for authorizers, in payload formats 2.0 and 1.0."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from grader.cloud.http.http_api.call import RouteCall
from grader.cloud.http.http_api.routes import DEFAULT
from grader.cloud.http.payload_v2 import event_body, event_v2, iam_identity, request_context_v2

_V1_NAMES = {"host": "Host", "user-agent": "User-Agent", "x-amzn-trace-id": "X-Amzn-Trace-Id"}
_V1_NAMES |= {name: name.title() for name in ("content-length", "x-forwarded-for", "x-forwarded-port")}
_V1_NAMES["x-forwarded-proto"] = "X-Forwarded-Proto"
_DROPPED = {"connection", "transfer-encoding", "te", "upgrade"}
IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAmr",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "sourceIp",
    "user",
    "userAgent",
    "userArn",
)


def proxy_event_v2(call: RouteCall, account_id: str) -> dict[str, Any]:
    """The event of a request in format 2.0: the path decoded, cookies apart, what is missing left out."""
    return event_v2(
        call.passage,
        route_key=call.route.key,
        raw_path=unquote(call.passage.request.path),
        context=_context_v2(call, account_id),
        keep_cookie_header=False,
        parameters=call.match.parameters,
        stage_variables=call.stage.variables,
    )


def _context_v2(call: RouteCall, account_id: str) -> dict[str, Any]:
    passage = call.passage
    more: dict[str, Any] = {"requestId": passage.ids.extended, "routeKey": call.route.key, "stage": call.stage.name}
    if passage.caller is not None:
        more["authorizer"] = {"iam": iam_identity(passage)}
    elif passage.authorizer is not None:
        more["authorizer"] = dict(passage.authorizer)
    return request_context_v2(passage, call.api.id, account_id, **more)


def authorizer_event_v2(call: RouteCall, route_arn: str, identity: list[str], account_id: str) -> dict[str, Any]:
    """What an authorizer is given in format 2.0: the request without its body."""
    event = proxy_event_v2(call, account_id)
    event.pop("body", None)
    event.pop("isBase64Encoded")
    event["requestContext"].pop("authorizer", None)
    named = {"version": "2.0", "type": "REQUEST", "routeArn": route_arn, "identitySource": identity or None}
    return {**named, **event, "version": "2.0"}


def proxy_event_v1(call: RouteCall, account_id: str) -> dict[str, Any]:
    """The event of a request in format 1.0: like a REST API's, with a few differences of its own.

    The path stays percent-encoded; its parameters are decoded.
    """
    body, encoded = event_body(call.passage)
    return {"version": "1.0", **_request_v1(call, account_id), "body": body, "isBase64Encoded": encoded}


def authorizer_event_v1(call: RouteCall, route_arn: str, identity: list[str], account_id: str) -> dict[str, Any]:
    """What an authorizer is given in format 1.0."""
    joined = ",".join(identity)
    named = {"version": "1.0", "type": "REQUEST", "methodArn": route_arn}
    event = {**named, "identitySource": joined, "authorizationToken": joined, **_request_v1(call, account_id)}
    event["requestContext"].pop("authorizer", None)
    return event


def _request_v1(call: RouteCall, account_id: str) -> dict[str, Any]:
    passage, query = call.passage, call.passage.query()
    headers = _headers_v1(call)
    resource = call.route.path or DEFAULT
    return {
        "resource": resource,
        "path": passage.request.path,
        "httpMethod": call.verb,
        "headers": dict(headers),
        "multiValueHeaders": _gathered(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _gathered(query) or None,
        "requestContext": _context_v1(call, account_id, resource),
        "pathParameters": dict(call.match.parameters) or None,
        "stageVariables": dict(call.stage.variables) or None,
    }


def _headers_v1(call: RouteCall) -> list[tuple[str, str]]:
    passage = call.passage
    own = {"content-length", "host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    sent = [
        (_V1_NAMES.get(name.lower(), name), value)
        for name, value in passage.request.headers
        if name.lower() not in own | _DROPPED
    ]
    return [
        *sent,
        ("Content-Length", str(len(passage.request.body))),
        ("Host", passage.host),
        ("X-Amzn-Trace-Id", passage.ids.trace),
        ("X-Forwarded-For", ", ".join([*passage.headers("x-forwarded-for"), passage.request.source_ip])),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _context_v1(call: RouteCall, account_id: str, resource: str) -> dict[str, Any]:
    passage = call.passage
    identity: dict[str, Any] = dict.fromkeys(IDENTITY)
    identity |= {"sourceIp": passage.request.source_ip, "userAgent": passage.header("user-agent")}
    if passage.caller is not None:
        signed = iam_identity(passage)
        identity |= {"accessKey": signed["accessKey"], "accountId": signed["accountId"], "userArn": signed["userArn"]}
        identity |= {"caller": signed["callerId"], "user": signed["userId"]}
    context = {
        "accountId": account_id,
        "apiId": call.api.id,
        "domainName": passage.host,
        "domainPrefix": passage.host.split(".")[0],
        "extendedRequestId": passage.ids.extended,
        "httpMethod": call.verb,
        "identity": identity,
        "path": passage.request.path,
        "protocol": "HTTP/1.1",
        "requestId": passage.ids.extended,
        "requestTime": passage.clf_time,
        "requestTimeEpoch": int(passage.at * 1000),
        "resourceId": call.route.key,
        "resourcePath": resource,
        "stage": call.stage.name,
    }
    return context if passage.authorizer is None else {**context, "authorizer": _authorizer_v1(passage.authorizer)}


def _authorizer_v1(noted: Any) -> dict[str, Any]:
    """Format 1.0 has claims, scopes and an authorizer's own words side by side."""
    if "jwt" in noted:
        return dict(noted["jwt"])
    return dict(noted.get("lambda") or {})


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
