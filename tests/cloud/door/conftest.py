"""A door without functions, stacks or gateway: signature, IAM and moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from grader.cloud.clock import Clock
from grader.cloud.door.door import Door
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.verifier import Verifier
from grader.cloud.environment.configuration import Credentials
from grader.cloud.iam import Authorization, Identity
from grader.cloud.ids import Ids
from grader.cloud.s3 import Storage
from grader.cloud.session import CURRENT


@dataclass
class Bench:
    clock: Clock
    moto: Moto
    identity: Identity
    authorization: Authorization
    door: Door

    def signed(
        self,
        method: str,
        url: str,
        *,
        service: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        by: Credentials | None = None,
        expires: int | None = None,
    ) -> Request:
        """A request that botocore itself has signed."""
        who = by or self.identity.developer
        request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
        held = BotocoreCredentials(who.access_key_id, who.secret_access_key, who.session_token)
        signer: Any = SigV4Auth(held, service, "us-east-1")
        if expires is not None:
            signer = S3SigV4QueryAuth(held, service, "us-east-1", expires=expires)
        elif service == "s3":
            request.context["payload_signing_enabled"] = True
            signer = S3SigV4Auth(held, service, "us-east-1")
            stated = (headers or {}).get("X-Amz-Content-SHA256")
            signer.payload = (lambda request: stated) if stated else signer.payload
        signer.add_auth(request)
        return plain(request.prepare(), body)

    def send(self, request: Request) -> Response:
        return self.door.handle(request)


def plain(prepared: Any, body: bytes) -> Request:
    parts = urlsplit(prepared.url)
    headers = tuple((name, v.decode() if isinstance(v, bytes) else str(v)) for name, v in prepared.headers.items())
    return Request(
        prepared.method,
        parts.scheme,
        parts.netloc,
        parts.path or "/",
        parts.query,
        (("Host", parts.netloc), *headers),
        body,
    )


@pytest.fixture
def bench() -> Iterator[Bench]:
    clock, ids = Clock(), Ids(0)
    moto = Moto(clock)
    identity = Identity(clock, ids, moto)
    authorization = Authorization(moto, clock)
    door = Door(clock=clock, ids=ids, identity=identity, authorization=authorization, moto=moto, region="us-east-1")
    door.storage = Storage(moto, Verifier(identity, clock), clock)
    door.permission.further["s3"] = door.storage.needs
    CURRENT.open(door.handle, clock, identity.developer, "us-east-1")
    yield Bench(clock, moto, identity, authorization, door)
    CURRENT.close()
    moto.reset()


@pytest.fixture
def role(bench: Bench) -> Callable[..., Credentials]:
    """Credentials of a role that may do exactly what the given statements say."""

    def made(*statements: dict[str, Any]) -> Credentials:
        return bench.identity.policy_credentials([{"Version": "2012-10-17", "Statement": list(statements)}])

    return made
