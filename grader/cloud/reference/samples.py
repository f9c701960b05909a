"""A sample request for every operation of a service, as boto3 would send it, to ask an API whether it answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from grader.cloud.door.request import Request

TEXT = "aaaaaaaaaaaaaaaaaaaa"
DEEPEST = 6


def samples(service: str) -> Iterator[tuple[str, Request]]:
    """Each operation's name with a request for it."""
    session = botocore.session.get_session()
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    config = Config(parameter_validation=False, retries={"max_attempts": 0})
    client: Any = session.create_client(service, region_name="us-east-1", config=config)
    sent: list[Request] = []

    def catch(request: Any, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        headers = tuple((name, _text(value)) for name, value in request.headers.items())
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        sent.append(Request(request.method, "https", parts.netloc, parts.path or "/", parts.query, headers, content))
        nothing: Any = {}
        return AWSResponse(request.url, 500, nothing, _Nothing())

    client.meta.events.register("before-send", catch)
    for name in client.meta.service_model.operation_names:
        shape = client.meta.service_model.operation_model(name).input_shape
        with suppress(ClientError, BotoCoreError, ValueError, TypeError):
            getattr(client, xform_name(name))(**(value_of(shape) if shape is not None else {}))
        if sent:
            yield name, sent.pop()


class _Nothing:
    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield b""

    def read(self, *_: object) -> bytes:
        return b""


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def value_of(shape: Shape, depth: int = 0) -> Any:
    """A value of a shape with its required members only."""
    if isinstance(shape, StructureShape):
        members = shape.required_members if depth < DEEPEST else []
        return {name: value_of(shape.members[name], depth + 1) for name in members}
    if isinstance(shape, ListShape):
        return [value_of(shape.member, depth + 1)] if depth < DEEPEST else []
    if isinstance(shape, MapShape):
        return {}
    return _scalar(shape)


def _scalar(shape: Shape) -> Any:
    plain: dict[str, Any] = {
        "integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True, "blob": b"x", "timestamp": 1_700_000_000,
    }  # fmt: skip
    enum = getattr(shape, "enum", None)
    return enum[0] if enum else plain.get(shape.type_name, TEXT)
