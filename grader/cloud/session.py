"""boto3 inside this process: every session's requests go to the open cloud's door, and none to a network."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.auth
import botocore.compat
import botocore.endpoint
import botocore.handlers
import botocore.loaders
import botocore.session
import botocore.signers
import botocore.useragent
import botocore.utils
import botocore.waiter
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.environment.configuration import Credentials
from grader.cloud.errors import CloudError

Handle = Callable[[Request], Response]


class CurrentCloud:
    """Which cloud this process's boto3 talks to.

    boto3 finds its way by the process: its default session, its environment variables. So there is one of these for a
    process, as there is one ``os.environ``.
    """

    def __init__(self) -> None:
        self._handle: Handle | None = None
        self._clock: Clock | None = None
        self._before: dict[str, str] = {}
        self._keys: set[str] = set()

    def open(self, handle: Handle, clock: Clock, credentials: Credentials, region: str) -> None:
        """Lead boto3 to this door, with these credentials and this clock."""
        self.close()
        self._handle, self._clock = handle, clock
        self._keys.add(credentials.access_key_id)
        self._before = _taken_from_environment()
        os.environ.update(variables_of(credentials, region))
        boto3.DEFAULT_SESSION = new_session(credentials, region)

    def close(self) -> None:
        """Give the process its own environment back."""
        if self._handle is None:
            return
        self._handle = self._clock = None
        _taken_from_environment()
        os.environ.update(self._before)
        boto3.DEFAULT_SESSION = None

    def now(self, remove_tzinfo: bool = True) -> datetime:
        """The time that requests are signed with: the cloud's, or this machine's when no cloud is open."""
        if self._clock is None:
            return _real_time(remove_tzinfo)
        moment = self._clock.now()
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    def pause(self, seconds: float) -> None:
        """What a client does before it tries again, and a waiter before it looks again: the cloud's time passes."""
        if self._clock is None:
            time.sleep(seconds)
        else:
            self._clock.advance(seconds)

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        """botocore's ``before-send``: an answer keeps the request from being sent; None lets it go.

        Raises
        ------
        CloudError
            When a client of a cloud is used after the cloud was closed: its request must not reach the real AWS.
        """
        if self._handle is None:
            if any(key in str(request.headers.get("Authorization")) for key in self._keys):
                raise CloudError("This client's cloud is closed.", next_step="Open another: cloud = Cloud().")
            return None
        response = self._handle(request_of(request))
        headers = botocore.awsrequest.HeadersDict(response.headers)
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))  # type: ignore[arg-type]


def variables_of(credentials: Credentials, region: str) -> dict[str, str]:
    """The AWS_* variables that make SDKs and tools act as these credentials' holder, and read no file of the user's."""
    token = {"AWS_SESSION_TOKEN": credentials.session_token} if credentials.session_token else {}
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        **token,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _taken_from_environment() -> dict[str, str]:
    """Remove every AWS_* variable of the process, and return what they were: they may be somebody's real account."""
    names = [name for name in os.environ if name.startswith("AWS_")]
    return {name: os.environ.pop(name) for name in names}


class _Raw(BytesIO):
    """What botocore reads a body from."""

    def stream(self, *_: Any, **__: Any) -> Any:
        while chunk := self.read(65536):
            yield chunk


def request_of(prepared: AWSPreparedRequest) -> Request:
    """botocore's request as the door takes it."""
    url, body = str(prepared.url), prepared.body
    parts = urlsplit(url)
    if body is not None and hasattr(body, "read"):
        body = body.read()
    content = body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")
    headers = tuple((name, _text(value)) for name, value in prepared.headers.items())
    if not any(name.lower() == "host" for name, _ in headers):
        headers = (("Host", parts.netloc), *headers)
    return Request(str(prepared.method), parts.scheme, parts.netloc, parts.path or "/", parts.query, headers, content)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


class _Pauses:
    """What botocore takes for the module ``time``."""

    def sleep(self, seconds: float) -> None:
        CURRENT.pause(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


_real_time: Callable[[bool], datetime] = botocore.compat.get_current_datetime
CURRENT = CurrentCloud()
botocore.handlers.BUILTIN_HANDLERS.append(("before-send", CURRENT.answer))
for _signing in (botocore.auth, botocore.signers, sys.modules.get("botocore.crt.auth")):  # CRT signs where it is there
    if _signing is not None:
        _signing.get_current_datetime = CURRENT.now  # type: ignore[attr-defined]  # botocore has no other way in
for _waiting in (botocore.endpoint, botocore.waiter):
    _waiting.time = _Pauses()  # type: ignore[attr-defined]  # as above


def new_session(credentials: Credentials, region: str) -> boto3.Session:
    """A boto3 session with the account's own credentials.

    Successive clouds share it: their developer has the same keys, and to make a client costs more than a cloud does.
    """
    return _session(credentials.access_key_id, credentials.secret_access_key, credentials.session_token, region)


@lru_cache(maxsize=8)
def _session(access_key: str, secret_key: str, token: str | None, region: str) -> boto3.Session:
    own = botocore.session.Session()  # not boto3's own default, which others may have set up
    # A client may be made first after its cloud was closed, when the person's own AWS_PROFILE is back.
    own.get_component("config_store").set_config_variable("profile", None)
    return boto3.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        region_name=region,
        botocore_session=own,
    )


@lru_cache(maxsize=128)
def client_of(session: boto3.Session, service: str) -> Any:
    """The session's client of a service, made once."""
    return session.client(service)  # type: ignore[call-overload]  # the name is any of four hundred


def shared_loader(search_path_string: str | None = None) -> botocore.loaders.Loader:
    """botocore's loader of service models: one for all sessions of the process that name no path of their own.

    It keeps what it has parsed; moto makes sessions of its own, and each would read the same megabytes again.
    """
    return botocore.loaders.create_loader(search_path_string) if search_path_string else _LOADER


_LOADER = botocore.loaders.create_loader()
botocore.session.create_loader = shared_loader
# The parts of the user agent are the same in every request, and each is looked through letter by letter.
_agent: Any = botocore.useragent
_agent.sanitize_user_agent_string_component = lru_cache(maxsize=1024)(_agent.sanitize_user_agent_string_component)
# The moments of a virtual clock are few, and dateutil takes long over each.
_utils: Any = botocore.utils
_utils._parse_timestamp_with_tzinfo = lru_cache(maxsize=1024)(_utils._parse_timestamp_with_tzinfo)
