"""Mock integrations: answers that the gateway makes up by itself, which is how SAM's ``Cors`` answers OPTIONS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.cloud.door.response import Response
from grader.cloud.errors import NotSupported
from grader.cloud.http.rest.resources import Integration

_HEADER = "method.response.header."


def mock_response(integration: Integration) -> Response:
    """The answer of a mock integration whose templates hold constants.

    Raises
    ------
    NotSupported
        For a mapping template in VTL, or a header that is not a quoted constant.
    """
    status = _requested_status(integration)
    responses = integration.responses
    chosen = next((answer for pattern, answer in responses.items() if pattern == status), responses.get("default"))
    answer: Mapping[str, Any] = chosen or {}
    content_type, body = next(iter((answer.get("responseTemplates") or {}).items()), ("application/json", ""))
    headers = [("Content-Type", content_type)]
    for name, value in (answer.get("responseParameters") or {}).items():
        if not name.startswith(_HEADER) or not (value.startswith("'") and value.endswith("'")):
            raise NotSupported(f"response parameter {name}: {value}")
        headers.append((name.removeprefix(_HEADER), value[1:-1]))
    return Response(int(answer.get("statusCode", status)), tuple(headers), _constant(body).encode())


def _requested_status(integration: Integration) -> str:
    template = _constant(integration.request_templates.get("application/json", '{"statusCode": 200}'))
    return str(json.loads(template)["statusCode"])


def _constant(template: str) -> str:
    if "$" in template or "#" in template:
        raise NotSupported("mapping templates in VTL", next_step="Answer from a function instead.")
    return template
