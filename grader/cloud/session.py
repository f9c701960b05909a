"""boto3 inside this process: every session's requests go to the open cloud's door, and none to a network."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.auth
import botocore.handlers
import botocore.loaders
import botocore.session
import botocore.signers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.environment.configuration import Credentials

Handle = Callable[[Request], Response]


class CurrentCloud:
    """Which cloud this process's boto3 talks to.

    boto3 finds its way by the process: its default session, its environment variables. So there is one of these for a
    process, as there is one ``os.environ``.
    """

    def __init__(self) -> None:
        self._handle: Handle | None = None
        self._clock: Clock | None = None
        self._before: dict[str, str | None] = {}
        self._lock = threading.Lock()

    def open(self, handle: Handle, clock: Clock, credentials: Credentials, region: str) -> None:
        """Lead boto3 to this door, with these credentials and this clock."""
        self.close()
        self._handle, self._clock = handle, clock
        self._set_environment(
            {
                "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
                "AWS_SESSION_TOKEN": None,
                "AWS_SECURITY_TOKEN": None,
                "AWS_PROFILE": None,
                "AWS_DEFAULT_REGION": region,
                "AWS_REGION": region,
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        )
        boto3.DEFAULT_SESSION = None

    def close(self) -> None:
        """Give the process its own environment back."""
        if self._handle is None:
            return
        self._handle = self._clock = None
        self._set_environment(self._before)
        self._before = {}
        boto3.DEFAULT_SESSION = None

    def now(self, remove_tzinfo: bool = True) -> datetime:
        """The time that requests are signed with: the cloud's, or this machine's when no cloud is open."""
        if self._clock is None:
            return _real_time(remove_tzinfo)
        moment = self._clock.now()
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        """botocore's ``before-send``: an answer keeps the request from being sent; None lets it go."""
        if self._handle is None:
            return None
        response = self._handle(request_of(request))
        headers = botocore.awsrequest.HeadersDict(response.headers)
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))  # type: ignore[arg-type]

    def _set_environment(self, values: dict[str, str | None]) -> None:
        with self._lock:
            for name, value in values.items():
                self._before.setdefault(name, os.environ.get(name))
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


class _Raw(BytesIO):
    """What botocore reads a body from."""

    def stream(self, *_: Any, **__: Any) -> Any:
        while chunk := self.read(65536):
            yield chunk


def request_of(prepared: AWSPreparedRequest) -> Request:
    """botocore's request as the door takes it."""
    parts = urlsplit(prepared.url)
    body = prepared.body
    if hasattr(body, "read"):
        body = body.read()
    content = body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")
    headers = tuple((name, _text(value)) for name, value in prepared.headers.items())
    if not any(name.lower() == "host" for name, _ in headers):
        headers = (("Host", parts.netloc), *headers)
    return Request(prepared.method, parts.scheme, parts.netloc, parts.path or "/", parts.query, headers, content)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


_real_time = botocore.auth.get_current_datetime
CURRENT = CurrentCloud()
botocore.handlers.BUILTIN_HANDLERS.append(("before-send", CURRENT.answer))
for _signing in (botocore.auth, botocore.signers, sys.modules.get("botocore.crt.auth")):  # CRT signs where it is there
    if _signing is not None:
        _signing.get_current_datetime = CURRENT.now  # type: ignore[attr-defined]  # botocore has no other way in


def new_session(credentials: Credentials, region: str) -> boto3.Session:
    """A boto3 session with the account's own credentials."""
    return boto3.Session(
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        region_name=region,
        botocore_session=_botocore_session(),
    )


def _botocore_session() -> Any:
    """A botocore session that shares what was loaded before: service models are large."""
    session = botocore.session.Session()
    session.register_component("data_loader", _LOADER)
    return session


_LOADER = botocore.loaders.create_loader()
