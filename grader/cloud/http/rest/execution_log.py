"""What API Gateway writes about its own work: the execution log, and the log of the console's Test.

The words and their order are those of logs that AWS has written (REST APIs of 2019, 2022, 2024 and 2026).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from grader.cloud.door.response import Response
from grader.cloud.http.failure import Stopped
from grader.cloud.http.integration_call import IntegrationCall
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.proxy_event import event_headers

LONGEST = 1024  # bytes of a line
_BEFORE_EXECUTION = ("policy", "authorizer", "api key", "throttle", "size")


def admission_lines(call: MethodCall, stopped: Stopped | None) -> list[str]:
    """The lines about authorizer and usage plan, which Test passes by."""
    passage, method, gate = call.passage, call.method, stopped.gate if stopped else None
    lines = [f"Extended Request Id: {passage.ids.extended}"]
    if method.authorizer is not None:
        lines.append(f"Starting authorizer: {method.authorizer.id} for request: {passage.ids.request}")
        if gate not in ("policy", "authorizer", "size"):
            principal = (passage.authorizer or {}).get("principalId", "")
            lines.append(f"Using valid authorizer policy for principal: {_masked(str(principal))}")
            lines.append("Successfully completed authorizer execution")
    if gate in ("policy", "authorizer", "size"):
        return lines
    key = _masked(passage.noted.get("identity.apiKey", ""))
    stage = f"API Stage: {call.api.id}/{call.stage.name}"
    lines.append(f"Verifying Usage Plan for request: {passage.ids.request}. API Key: {key} {stage}")
    if gate in ("api key", "throttle"):
        return lines
    if not method.api_key_required:
        lines.append(
            f"API Key {key} authorized because method '{method.verb} {call.match.resource.path}' does not require "
            "API Key. Request will not contribute to throttle or quota limits"
        )
    return [*lines, f"Usage Plan check succeeded for API Key {key} and {stage}"]


def execution_lines(call: MethodCall, stopped: Stopped | None, response: Response, with_data: bool) -> list[str]:
    """The lines about the method itself.

    Parameters
    ----------
    stopped
        Where the request ended, if it did not get through.
    with_data
        Requests and answers are written out too: ``DataTraceEnabled``.
    """
    lines: list[str] = []
    if stopped is None or stopped.gate not in _BEFORE_EXECUTION:
        lines += [
            f"Starting execution for request: {call.passage.ids.request}",
            f"HTTP Method: {call.verb}, Resource Path: {call.match.resource.path}",
            *(_request_lines(call) if with_data else ()),
            *(_endpoint_lines(call, call.passage.endpoint) if with_data and call.passage.endpoint else ()),
        ]
    if stopped is not None:
        lines.append(_end(call, stopped))
    else:
        lines += _answer_lines(response) if with_data else ()
        lines.append("Successfully completed execution")
    return [*lines, f"Method completed with status: {response.status}"]


def cut(line: str) -> str:
    """A line as CloudWatch gets it: no longer than 1,024 bytes."""
    encoded = line.encode()
    return line if len(encoded) <= LONGEST else f"{encoded[: LONGEST - 12].decode(errors='ignore')} [TRUNCATED]"


def _request_lines(call: MethodCall) -> list[str]:
    return [
        f"Method request path: {_map(call.match.parameters.items())}",
        f"Method request query string: {_map(call.query)}",
        f"Method request headers: {_map(event_headers(call))}",
        f"Method request body before transformations: {call.passage.request.body.decode('utf-8', 'replace')}",
    ]


def _endpoint_lines(call: MethodCall, endpoint: IntegrationCall) -> list[str]:
    passage, region = call.passage, endpoint.function.split(":")[3]
    uri = f"https://lambda.{region}.amazonaws.com/2015-03-31/functions/{endpoint.function}/invocations"
    sent = [
        ("X-Amz-Date", datetime.fromtimestamp(passage.at, UTC).strftime("%Y%m%dT%H%M%SZ")),
        ("x-amzn-apigateway-api-id", call.api.id),
        ("Accept", "application/json"),
        ("User-Agent", f"AmazonAPIGateway_{call.api.id}"),
        ("Host", f"lambda.{region}.amazonaws.com"),
        ("X-Amzn-Trace-Id", passage.ids.trace),
        ("x-amzn-lambda-integration-tag", passage.ids.request),
    ]
    lines = [
        f"Endpoint request URI: {uri}",
        f"Endpoint request headers: {_map(sent)}",
        f"Endpoint request body after transformations: {json.dumps(endpoint.event, separators=(',', ':'))}",
    ]
    return lines if endpoint.invocation is None else [*lines, f"Sending request to {uri}", *_received(call, endpoint)]


def _received(call: MethodCall, endpoint: IntegrationCall) -> list[str]:
    invocation, passage = endpoint.invocation, call.passage
    if invocation is None or passage.integration_s is None:
        return []
    ended = datetime.fromtimestamp(passage.at + passage.waited, UTC)
    headers = [
        ("Date", format_datetime(ended, usegmt=True)),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(invocation.content))),
        ("Connection", "keep-alive"),
        ("x-amzn-RequestId", invocation.request_id),
        *([("X-Amz-Function-Error", invocation.function_error)] if invocation.function_error else ()),
        ("x-amzn-Remapped-Content-Length", "0"),
        ("X-Amz-Executed-Version", invocation.version),
        ("X-Amzn-Trace-Id", f"{passage.ids.trace.replace('Root', 'root')};sampled=0"),
    ]
    return [
        f"Received response. Status: 200, Integration latency: {passage.integration_s * 1000:.0f} ms",
        f"Endpoint response headers: {_map(headers)}",
        f"Endpoint response body before transformations: {invocation.content.decode('utf-8', 'replace')}",
    ]


def _answer_lines(response: Response) -> list[str]:
    return [
        f"Method response body after transformations: {response.body.decode('utf-8', 'replace')}",
        f"Method response headers: {_map(response.headers)}",
    ]


def _end(call: MethodCall, stopped: Stopped) -> str:
    """Why a request did not get through, in AWS's words."""
    failure, endpoint = stopped.failure, call.passage.endpoint
    if stopped.logged:
        return stopped.logged
    if stopped.gate == "authorizer" and failure.status == 401:
        return f"Unauthorized request: {call.passage.ids.request}"
    if stopped.gate in ("policy", "authorizer") and failure.status == 403:
        return "The client is not authorized to perform this operation."
    if endpoint is not None and endpoint.invocation is not None and endpoint.invocation.function_error:
        words = (endpoint.invocation.error or {}).get("errorMessage", "")
        return (
            f"Lambda execution failed with status 200 due to customer function error: {words}. "
            f"Lambda request id: {endpoint.invocation.request_id}"
        )
    return f"Execution failed due to configuration error: {stopped.why or failure.message}"


def _map(pairs: Iterable[tuple[str, str]]) -> str:
    gathered: dict[str, str] = {}
    for name, value in pairs:
        gathered[name] = f"{gathered[name]},{value}" if name in gathered else value
    return "{" + ", ".join(f"{name}={value}" for name, value in gathered.items()) + "}"


def _masked(secret: str) -> str:
    return f"{'*' * 34}{secret[-6:]}" if secret else ""
