"""What API Gateway writes about its own work: the execution log, and the log of the console's Test."""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.http.rest.call import MethodCall


def execution_log(call: MethodCall, response: Response) -> list[str]:
    """The lines of one request, in AWS's words where AWS has a line for it; our gates in words of their own."""
    passage = call.passage
    key = passage.noted.get("identity.apiKey")
    lines = [
        f"Extended Request Id: {passage.ids.extended}",
        *_key_lines(call, key),
        f"Starting execution for request: {passage.ids.request}",
        f"HTTP Method: {call.verb}, Resource Path: {call.match.resource.path}",
        f"Method request path: {dict(call.match.parameters)}",
        f"Method request query string: {dict(call.query)}",
    ]
    for step in passage.trace.walk():
        lines += [f"{step.kind} {gate.name}: {gate.status}. {gate.detail}".rstrip() for gate in step.gates]
    broken = passage.trace.first_broken
    if broken is not None:
        lines.append(f"Execution failed due to configuration error: {broken.detail}" if response.status >= 500 else
                     f"Execution failed: {broken.detail}")  # fmt: skip
    else:
        lines.append("Successfully completed execution")
    return [*lines, f"Method completed with status: {response.status}"]


def _key_lines(call: MethodCall, key: str | None) -> list[str]:
    if not call.method.api_key_required:
        return [
            f"API Key  authorized because method '{call.method.verb} {call.match.resource.path}' does not require API "
            "Key. Request will not contribute to throttle or quota limits"
        ]
    shown = f"{'*' * 34}{key[-6:]}" if key else ""
    return [f"Verifying Usage Plan for request: {call.passage.ids.request}. API Key: {shown} "
            f"API Stage: {call.api.id}/{call.stage.name}"]  # fmt: skip
