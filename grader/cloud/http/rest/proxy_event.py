"""The event that a function receives from a REST API: Lambda proxy integration, payload format 1.0."""

from __future__ import annotations

import base64
from typing import Any

from grader.cloud.http.callers import Caller
from grader.cloud.http.edge import EDGE_IP
from grader.cloud.http.rest.call import MethodCall

# API Gateway does not hand these on; these it spells its own way.
_DROPPED = {"content-length", "connection", "transfer-encoding", "te", "upgrade", "host", "x-amzn-trace-id"} | {
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
}
_CAPITALISED = {"authorization": "Authorization", "user-agent": "User-Agent"}
TESTERS_KEY = {"apiKey": "test-invoke-api-key", "apiKeyId": "test-invoke-api-key-id"}
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


def proxy_event(call: MethodCall, account_id: str) -> dict[str, Any]:
    """The event of a request, whole, as AWS documents it.

    The path and its parameters stay percent-encoded, the query arrives decoded; of several values the single-value
    maps keep the last one; what is empty is None.
    """
    headers = event_headers(call)
    body, encoded = _body(call)
    return {
        "resource": call.match.resource.path,
        "path": call.path,
        "httpMethod": call.verb,
        "headers": dict(headers) or None,
        "multiValueHeaders": gathered(headers) or None,
        "queryStringParameters": dict(call.query) or None,
        "multiValueQueryStringParameters": gathered(call.query) or None,
        "pathParameters": dict(call.match.parameters) or None,
        "stageVariables": dict(call.stage.variables) or None,
        "requestContext": request_context(call, account_id),
        "body": body,
        "isBase64Encoded": encoded,
    }


def request_context(call: MethodCall, account_id: str) -> dict[str, Any]:
    """What the gateway knows about a request: who, when, where."""
    passage = call.passage
    domain = "testPrefix.testDomainName" if call.test else passage.host
    context = {
        "resourceId": call.match.resource.id,
        "resourcePath": call.match.resource.path,
        "httpMethod": call.verb,
        "extendedRequestId": passage.ids.extended,
        "requestTime": passage.clf_time,
        "path": call.match.resource.path if call.test else f"/{call.stage.name}{call.path}",
        "accountId": account_id,
        "protocol": "HTTP/1.1",
        "stage": call.stage.name,
        "domainPrefix": domain.split(".")[0],
        "requestTimeEpoch": int(passage.at * 1000),
        "requestId": passage.ids.request,
        "identity": _identity(call),
        "domainName": domain,
        "deploymentId": call.stage.deployment.id,
        "apiId": call.api.id,
    }
    return context if passage.authorizer is None else {**context, "authorizer": dict(passage.authorizer)}


def _identity(call: MethodCall) -> dict[str, Any]:
    passage = call.passage
    identity: dict[str, Any] = dict.fromkeys(IDENTITY)
    identity["sourceIp"] = passage.request.source_ip
    identity["userAgent"] = passage.header("user-agent")
    if call.test:
        return identity | TESTERS_KEY
    if call.method.api_key_required:
        identity["apiKey"] = passage.noted.get("identity.apiKey")
        identity["apiKeyId"] = passage.noted.get("identity.apiKeyId")
    return identity | signed_identity(passage.caller) if passage.caller else identity


def signed_identity(caller: Caller) -> dict[str, Any]:
    """What ``requestContext.identity`` says of who signed a request."""
    principal = caller.principal
    return {
        "accountId": principal.account_id,
        "caller": principal.user_id,
        "user": principal.user_id,
        "userArn": principal.arn,
        "accessKey": caller.access_key,
    }


def event_headers(call: MethodCall) -> list[tuple[str, str]]:
    """The headers as they reach a function: those that were sent, and those that the gateway adds."""
    passage = call.passage
    sent = [
        (_CAPITALISED.get(name.lower(), name), value)
        for name, value in passage.request.headers
        if name.lower() not in _DROPPED
    ]
    if call.test:
        return sent
    edge = [EDGE_IP] if call.edge else []
    forwarded = [*passage.headers("x-forwarded-for"), passage.request.source_ip, *edge]
    return [
        *sent,
        ("Host", passage.host),
        *call.edge,
        ("X-Amzn-Trace-Id", passage.ids.trace),
        ("X-Forwarded-For", ", ".join(forwarded)),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def gathered(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The values by name, in order."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _body(call: MethodCall) -> tuple[str | None, bool]:
    body = call.passage.request.body
    if not body:
        return None, False
    if call.is_binary(call.passage.header("content-type")):
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", "replace"), False
