"""What the function service asks of its neighbours, and nothing more."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.environment.invocation import InvocationOutcome, InvocationRequest

Serve = Callable[[socket.socket], Callable[[], None]]


class MotoAccount(Protocol):
    """The account's state in moto; a backend is used only while the lock is held, which shows moto the virtual clock.

    Never run a function, and never deliver anything, while it is held.
    """

    account_id: str

    @property
    def lock(self) -> AbstractContextManager[Any]: ...

    def backend(self, service: str) -> Any: ...


class Environment(Protocol):
    """A running execution environment."""

    @property
    def alive(self) -> bool: ...

    @property
    def tmp(self) -> Path: ...

    def invoke(self, request: InvocationRequest) -> InvocationOutcome: ...

    def close(self) -> None: ...


class Environments(Protocol):
    """Starts execution environments: the zygote."""

    def start(
        self, config: FunctionConfiguration, credentials: Credentials, serve: Serve | None = None
    ) -> Environment: ...


class Identities(Protocol):
    """Hands out a role's temporary credentials and says whose credentials they are."""

    def role_credentials(self, role_arn: str, session_name: str) -> Credentials: ...

    def principal_of(self, access_key: str, token: str | None) -> Any: ...


class Verdict(Protocol):
    """An authorisation's outcome."""

    @property
    def allowed(self) -> bool: ...

    @property
    def reason(self) -> str: ...


class Authorizer(Protocol):
    """Decides whether a role or a service may do something."""

    def decide(
        self, principal: Any, action: str, resource_arn: str, context: Mapping[str, Any] | None = None
    ) -> Verdict: ...

    def judge(
        self, principal: Any, action: str, resource_arn: str, context: Mapping[str, Any] | None = None
    ) -> Verdict: ...

    def service_may_assume(self, service: str, role_arn: str) -> Verdict: ...

    def service_may_invoke(
        self, function_arn: str, service: str, source_arn: str | None, source_account: str | None
    ) -> Verdict: ...

    def service_may(
        self, service: str, action: str, resource_arn: str, source_arn: str | None, source_account: str | None
    ) -> Verdict: ...
