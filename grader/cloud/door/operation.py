"""What a request asks for: the operation's name and its parameters, read by the service's own botocore model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model

from grader.cloud.door.faults import PROTOCOLS, Refusal, malformed_xml
from grader.cloud.door.forwarding import speaks_json
from grader.cloud.door.moto_service import moto_request
from grader.cloud.door.request import Request

ADDED = ("Content-Length", "Host")  # by moto_request


@dataclass(frozen=True)
class Operation:
    """``PutObject`` of ``s3`` with its parameters; ``name`` is empty when the service has no such operation."""

    service: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def operation_of(service: str, request: Request) -> Operation:
    """The operation that a request to an AWS service asks for.

    Raises
    ------
    Refusal
        When its body is not what the operation's model says.
    """
    if speaks_json(service, request):  # the model would only repeat what the body says
        return Operation(service, request.header("X-Amz-Target").rpartition(".")[2], _json_object(request.body))
    prepared = moto_request(request, "")
    try:
        model = get_service_model(service)
        found, path_parameters = get_service_router(service).match(prepared)
    except (NotFound, NotImplementedError, ValueError, KeyError):
        return Operation(service, "")
    protocol = determine_request_protocol(model, prepared.content_type)
    try:
        parsed = PROTOCOL_PARSERS[protocol](found, map_type=dict).parse(
            {
                "method": prepared.method,
                "values": prepared.values,
                "headers": _Headers(request, prepared.headers),
                "body": prepared.data,
                "url_path": prepared.path,
                "url_params": path_parameters,
            }
        )
    except RequestParserError as unreadable:
        raise _unreadable(service) from unreadable
    return Operation(service, found.name, {**parsed, **path_parameters})


class _Headers:
    """Headers as the parser asks for them: for dozens that might be there and are not.

    moto's own look through WSGI's names for each.
    """

    def __init__(self, request: Request, headers: Any) -> None:
        self._request, self._headers = request, headers

    def __contains__(self, name: str) -> bool:
        return self._request.has_header(name) or name in ADDED

    def __getitem__(self, name: str) -> Any:
        return self._headers[name]

    def keys(self) -> Any:
        """The names."""
        return self._headers.keys()


def _unreadable(service: str) -> Refusal:
    if PROTOCOLS.get(service) == "rest-xml":
        return malformed_xml()
    return Refusal("SerializationException", "The request's body could not be read.", 400)


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:  # the service itself says what it thinks of such a body
        return {}
    return parsed if isinstance(parsed, dict) else {}
