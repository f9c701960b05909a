"""An account with stacks and nothing else: boto3 → our CloudFormation, or moto; REST APIs in a gateway of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from grader.cloud.clock import Clock
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.http.rest.apis import RestApis
from grader.cloud.http.rest.usage_plans import UsagePlans
from grader.cloud.ids import Ids
from grader.cloud.stacks.api import StackApi
from grader.cloud.stacks.service import StackService


class Gateway:
    """The APIs of an account, without requests."""

    log_role: str | None = None

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self.apis, self.plans = RestApis(clock, ids), UsagePlans(clock, ids)


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: object) -> bytes:
        content, self._content = self._content, b""
        return content


@dataclass
class Account:
    stacks: StackService
    api: StackApi
    client: Any
    clock: Clock
    gateway: Gateway
    folder: Path

    def template(self, text: str, **files: str) -> Path:
        """Write a template (and code beside it: ``app="…"`` becomes src/app.py) and give its path."""
        path = self.folder / "template.yaml"
        path.write_text(text)
        source = self.folder / "src"
        source.mkdir(exist_ok=True)
        (source / "app.py").write_text("def handler(event, context):\n    return 1\n")
        for name, content in files.items():
            (source / f"{name}.py").write_text(content)
        return path


@pytest.fixture
def account(tmp_path: Path) -> Account:
    clock, ids = Clock(), Ids()
    gateway = Gateway(clock, ids)
    moto = Moto(clock)
    session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")

    def answer(request: Any, **_: Any) -> AWSResponse:
        parts = _split(request)
        response = api.handle(parts) if parts.host.startswith("cloudformation.") else moto.call(parts)
        return AWSResponse(request.url, response.status, dict(response.headers), _Raw(response.body))

    session.events.register("before-send", answer)
    client = cache(session.client)
    stacks = StackService(clock, ids, client, gateway)
    clock.on_idle(stacks.operations.drain)
    api = StackApi(stacks)
    return Account(stacks, api, client, clock, gateway, tmp_path)


def _split(request: Any) -> Request:
    from urllib.parse import urlsplit

    parts = urlsplit(request.url)
    headers = tuple((k, v.decode() if isinstance(v, bytes) else str(v)) for k, v in request.headers.items())
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body if isinstance(body, bytes | bytearray) else str(body).encode()
    return Request(request.method, "https", parts.netloc, parts.path or "/", parts.query, headers, bytes(body))
