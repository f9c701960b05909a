"""The services that the gateway calls, as narrow as the gateway needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.traces import Trace


class Decision(Protocol):
    """What IAM decided, and why."""

    @property
    def allowed(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Permissions(Protocol):
    """Who may invoke a function: its resource-based policy."""

    def service_may_invoke(
        self, function_arn: str, service: str, source_arn: str | None, source_account: str | None
    ) -> Decision: ...


class Invocation(Protocol):
    """How a synchronous invocation went."""

    @property
    def payload(self) -> Any: ...
    @property
    def content(self) -> bytes: ...
    @property
    def error(self) -> Mapping[str, Any] | None: ...
    @property
    def function_error(self) -> str | None: ...
    @property
    def logs(self) -> Sequence[str]: ...
    @property
    def duration_ms(self) -> float: ...
    @property
    def init_ms(self) -> float | None: ...
    @property
    def slept_s(self) -> float: ...
    @property
    def environment(self) -> str: ...
    @property
    def cold(self) -> bool: ...
    @property
    def request_id(self) -> str: ...
    @property
    def version(self) -> str: ...


class Functions(Protocol):
    """Invokes functions and waits for them."""

    def named(self, function: str, qualifier: str | None) -> tuple[str, str]: ...

    def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        trace: Trace | None = None,
        at: float | None = None,
        request_id: str | None = None,
    ) -> Invocation: ...


class Door(Protocol):
    """Takes every request to the pocket AWS."""

    def handle(self, request: Request) -> Response: ...
