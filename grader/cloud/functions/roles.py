"""What a function's role may do, asked by the services that act for the function."""

from __future__ import annotations

import threading
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.functions.collaborators import Authorizer, Identities, Verdict

MARGIN_SECONDS = 300.0


class Roles:
    """Sessions of function roles, for what Lambda itself does with them: poll a queue, send to a destination."""

    def __init__(self, identity: Identities, authorization: Authorizer, clock: Clock) -> None:
        self._identity = identity
        self._authorization = authorization
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[tuple[str, str], tuple[Any, float | None]] = {}

    def may(self, role_arn: str, function: str, action: str, resource_arn: str) -> Verdict:
        """Whether the function's role may do ``action`` on a resource."""
        return self._authorization.judge(self._principal(role_arn, function), action, resource_arn, {})

    def may_act_for(self, service: str, role_arn: str, action: str, resource_arn: str) -> Verdict:
        """Whether a service may assume a role, and the role may do ``action`` on a resource."""
        trusted = self._authorization.service_may_assume(service, role_arn)
        return self.may(role_arn, service.split(".")[0], action, resource_arn) if trusted.allowed else trusted

    def _principal(self, role_arn: str, function: str) -> Any:
        with self._lock:
            principal, expires = self._sessions.get((role_arn, function), (None, 0.0))
            if expires is None or expires - MARGIN_SECONDS > self._clock.timestamp():
                return principal
        credentials = self._identity.role_credentials(role_arn, function)
        principal = self._identity.principal_of(credentials.access_key_id, credentials.session_token)
        with self._lock:
            self._sessions[role_arn, function] = (principal, credentials.expires)
        return principal
