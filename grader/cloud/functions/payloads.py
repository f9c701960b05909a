"""Events and responses as JSON, within Lambda's limits."""

from __future__ import annotations

import json
from dataclasses import replace

from grader.cloud.environment.invocation import InvocationOutcome
from grader.cloud.functions.errors import InvalidRequestContent, RequestTooLarge

SYNCHRONOUS_LIMIT = 6 * 1024 * 1024
RESPONSE_LIMIT = SYNCHRONOUS_LIMIT + 100


def checked_event(payload: bytes) -> bytes:
    """The event as strict JSON; no payload at all is ``{}``.

    Raises
    ------
    InvalidRequestContent
        AWS's 400 for a payload that is no JSON.
    RequestTooLarge
        Its 413 for one of more than 6 MB.
    """
    if len(payload) > SYNCHRONOUS_LIMIT:
        raise RequestTooLarge(len(payload), SYNCHRONOUS_LIMIT)
    if not payload.strip():
        return b"{}"
    try:
        json.loads(payload.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise InvalidRequestContent(str(fault)) from fault
    return payload


def capped(outcome: InvocationOutcome) -> InvocationOutcome:
    """The outcome, or Lambda's error when the response is larger than 6 MB."""
    if outcome.failed or len(outcome.payload) <= RESPONSE_LIMIT:
        return outcome
    error = {
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    return replace(outcome, status="error", payload=json.dumps(error).encode())


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
