"""What a REST API's Lambda authorizer is given, in the two forms that AWS documents."""

from __future__ import annotations

from typing import Any

from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.proxy_event import event_headers, gathered, request_context


def token_event(token: str, method_arn: str) -> dict[str, Any]:
    """The event of a TOKEN authorizer."""
    return {"type": "TOKEN", "methodArn": method_arn, "authorizationToken": token}


def request_event(call: MethodCall, method_arn: str, account_id: str) -> dict[str, Any]:
    """The event of a REQUEST authorizer: the request without its body; what is empty is an empty map."""
    headers = event_headers(call)
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        "resource": call.match.resource.path,
        "path": call.path,
        "httpMethod": call.verb,
        "headers": dict(headers),
        "multiValueHeaders": gathered(headers),
        "queryStringParameters": dict(call.query),
        "multiValueQueryStringParameters": gathered(call.query),
        "pathParameters": dict(call.match.parameters),
        "stageVariables": dict(call.stage.variables),
        "requestContext": request_context(call, account_id),
    }
