"""What a response headers policy puts on an answer."""

from __future__ import annotations

from dataclasses import replace

from grader.cloud.cloudfront.policies import ResponseHeadersPolicy
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response


def with_policy(request: Request, response: Response, policy: ResponseHeadersPolicy | None) -> Response:
    """An answer with the policy's headers; CORS headers answer requests that name an origin."""
    if policy is None:
        return response
    given: list[tuple[str, str, bool]] = list(policy.headers)
    if request.has_header("Origin"):
        given += [(name, value, False) for name, value in policy.cors]
        if request.method == "OPTIONS" and request.has_header("Access-Control-Request-Method"):
            given += [(name, value, False) for name, value in policy.preflight]
    there = {name.lower() for name, _ in response.headers}
    added = [(name, value) for name, value, replaces in given if replaces or name.lower() not in there]
    new = {name.lower() for name, _ in added}
    kept = [(name, value) for name, value in response.headers if name.lower() not in new]
    return replace(response, headers=(*kept, *added))
