"""The event that a function receives from a REST API: Lambda proxy integration, payload format 1.0."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from grader.cloud.http.arrival import Arrival
from grader.cloud.http.edge import EDGE_IP, edge_headers
from grader.cloud.ids import Ids

# API Gateway does not hand these on; these it spells its own way.
_DROPPED = {"content-length", "connection", "transfer-encoding", "te", "upgrade", "host", "x-amzn-trace-id"} | {
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
}
_CAPITALISED = {"authorization": "Authorization", "user-agent": "User-Agent"}
IDENTITY = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "sourceIp",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "userAgent",
    "user",
)


def proxy_event(arrival: Arrival, account_id: str, ids: Ids) -> dict[str, Any]:
    """The event of a request, whole, as AWS documents it.

    The path and its parameters stay percent-encoded, the query arrives decoded; of several values the single-value
    maps keep the last one; what is empty is None.
    """
    headers = _headers(arrival, ids)
    query = arrival.query()
    body, encoded = _body(arrival)
    return {
        "resource": arrival.match.resource.path,
        "path": arrival.path,
        "httpMethod": arrival.request.method,
        "headers": dict(headers),
        "multiValueHeaders": _gather(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _gather(query) or None,
        "pathParameters": dict(arrival.match.parameters) or None,
        "stageVariables": dict(arrival.stage.variables) or None,
        "requestContext": request_context(arrival, account_id),
        "body": body,
        "isBase64Encoded": encoded,
    }


def request_context(arrival: Arrival, account_id: str) -> dict[str, Any]:
    """What the gateway knows about a request: who, when, where."""
    host = arrival.request.host.split(":")[0]
    identity = dict.fromkeys(IDENTITY)
    identity["sourceIp"] = arrival.request.source_ip
    identity["userAgent"] = arrival.header("user-agent")
    return {
        "resourceId": arrival.match.resource.id,
        "resourcePath": arrival.match.resource.path,
        "httpMethod": arrival.request.method,
        "extendedRequestId": arrival.ids.extended,
        "requestTime": datetime.fromtimestamp(arrival.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "path": f"/{arrival.stage.name}{arrival.path}",
        "accountId": account_id,
        "protocol": "HTTP/1.1",
        "stage": arrival.stage.name,
        "domainPrefix": host.split(".")[0],
        "requestTimeEpoch": int(arrival.at * 1000),
        "requestId": arrival.ids.request,
        "identity": identity,
        "domainName": host,
        "deploymentId": arrival.stage.deployment.id,
        "apiId": arrival.api.id,
    }


def _headers(arrival: Arrival, ids: Ids) -> list[tuple[str, str]]:
    sent = [
        (_CAPITALISED.get(name.lower(), name), value)
        for name, value in arrival.request.headers
        if name.lower() not in _DROPPED
    ]
    edge = arrival.api.endpoint_type == "EDGE"
    forwarded = [*arrival.headers("x-forwarded-for"), arrival.request.source_ip, *([EDGE_IP] if edge else [])]
    return [
        *sent,
        ("Host", arrival.request.host.split(":")[0]),
        *(edge_headers(ids) if edge else []),
        ("X-Amzn-Trace-Id", arrival.ids.trace),
        ("X-Forwarded-For", ", ".join(forwarded)),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _gather(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _body(arrival: Arrival) -> tuple[str | None, bool]:
    if not arrival.request.body:
        return None, False
    if arrival.is_binary(arrival.header("content-type")):
        return base64.b64encode(arrival.request.body).decode(), True
    return arrival.request.body.decode("utf-8", "replace"), False
