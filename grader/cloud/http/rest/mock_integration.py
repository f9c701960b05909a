"""Mock integrations: answers that the gateway makes up by itself, which is how SAM's ``Cors`` answers OPTIONS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from grader.cloud.door.response import Response
from grader.cloud.errors import NotSupported
from grader.cloud.http.failure import Stopped
from grader.cloud.http.rest import gateway_responses as answers
from grader.cloud.http.rest.resources import Integration

_HEADER = "method.response.header."


def checked_mock(integration: Integration) -> Integration:
    """A mock integration, refused now and not at its first request; raises ``NotSupported``."""
    with suppress(Stopped):
        mock_response(integration)
    return integration


def mock_response(integration: Integration) -> Response:
    """The answer of a mock integration whose templates hold constants.

    Raises
    ------
    NotSupported
        For a mapping template in VTL, or a header that is not a quoted constant.
    Stopped
        When the request template names no status.
    """
    status = _requested_status(integration)
    responses = integration.responses
    chosen = next((answer for pattern, answer in responses.items() if pattern == status), responses.get("default"))
    answer: Mapping[str, Any] = chosen or {}
    content_type, body = next(iter((answer.get("responseTemplates") or {}).items()), ("application/json", ""))
    headers = [("Content-Type", content_type)]
    for name, value in (answer.get("responseParameters") or {}).items():
        constant = str(value)
        if not name.startswith(_HEADER) or not (constant.startswith("'") and constant.endswith("'")):
            answers.refuse_bare(constant)
            raise NotSupported(f"response parameter {name}: {value}")
        headers.append((name.removeprefix(_HEADER), constant[1:-1]))
    return Response(_number(answer.get("statusCode", status)), tuple(headers), _constant(body).encode())


def _requested_status(integration: Integration) -> str:
    template = _constant(integration.request_templates.get("application/json", '{"statusCode": 200}'))
    try:
        return str(json.loads(template)["statusCode"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unparseable(f"The mock integration's request template {template!r} names no statusCode.") from error


def _number(status: Any) -> int:
    if not str(status).isdecimal() or not 200 <= int(status) <= 599:
        raise _unparseable(f"The mock integration's statusCode is {status!r}, not a number such as 200.")
    return int(status)


def _unparseable(why: str) -> Stopped:
    words = "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is "
    return Stopped(answers.CONFIGURATION, "response", why, f"{words}defined in request template")


def _constant(template: str) -> str:
    if "$" in template or "#" in template:
        raise NotSupported("mapping templates in VTL", next_step="Answer from a function instead.")
    return template
