"""The account's credentials: who holds which key, and until when."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader.cloud.clock import Clock
from grader.cloud.environment.configuration import Credentials
from grader.cloud.iam.principals import Principal, assumed_role_arn
from grader.cloud.ids import Ids

DEVELOPER = "developer"
# The same in every account, so that successive clouds of a process share boto3's clients; good for nothing outside.
DEVELOPER_KEY = "AKIASERVERLESSCOURSE"
DEVELOPER_SECRET = "the/key/of/a/pocket/AWS/that/opens/nothg"
FUNCTION_SESSION_SECONDS = 12 * 3600.0
DAY_SECONDS = 24 * 3600.0
FORGET_AT = 1000  # how many credentials there are before the first look for expired ones


class InvalidToken(Exception):
    """A key that belongs to nobody, or a session token that is not the key's own."""


class Account(Protocol):
    """What is asked of moto: the users' access keys."""

    account_id: str

    @property
    def lock(self) -> Any: ...

    def backend(self, service: str) -> Any: ...


@dataclass(frozen=True)
class Holder:
    """Credentials and whom they stand for."""

    credentials: Credentials
    principal: Principal


class Identity:
    """Issues credentials and recognises them.

    Parameters
    ----------
    clock, ids
        Expiry is on the clock; keys come from the ids' seed.
    moto
        Where IAM users' access keys and roles are kept.
    """

    def __init__(self, clock: Clock, ids: Ids, moto: Account) -> None:
        self._clock, self._ids, self._moto = clock, ids, moto
        self._lock = threading.Lock()
        self._held: dict[str, Holder] = {}
        self._forget_at = FORGET_AT
        arn = f"arn:aws:iam::{moto.account_id}:user/{DEVELOPER}"
        principal = Principal("developer", arn, moto.account_id, "AIDA" + ids.suffix(17), DEVELOPER)
        self.developer = Credentials(DEVELOPER_KEY, DEVELOPER_SECRET)
        self.developer_principal = principal
        self._held[DEVELOPER_KEY] = Holder(self.developer, principal)

    def role_credentials(
        self,
        role_arn: str,
        session_name: str,
        *,
        seconds: float = FUNCTION_SESSION_SECONDS,
        session_policies: Sequence[Mapping[str, Any]] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Credentials:
        """Temporary credentials of a role, good for ``seconds`` on the clock."""
        arn = assumed_role_arn(role_arn, session_name)
        account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
        user_id = f"{self._role_id(name)}:{session_name}"
        principal = Principal(
            "role", arn, account, user_id, name, role_arn, session_policies=tuple(session_policies),
            tags=tuple((tags or {}).items()),
        )  # fmt: skip
        return self._issue(principal, self._clock.timestamp() + seconds)

    def policy_credentials(
        self, policies: Sequence[Mapping[str, Any]], session_name: str = "run", role_name: str = "answer"
    ) -> Credentials:
        """Temporary credentials that may do exactly what these policy documents say; no role of IAM is behind them."""
        role_arn = f"arn:aws:iam::{self._moto.account_id}:role/{role_name}"
        arn = assumed_role_arn(role_arn, session_name)
        user_id = f"AROA{self._ids.suffix(17)}:{session_name}"
        principal = Principal(
            "role", arn, self._moto.account_id, user_id, role_name, role_arn, policies=tuple(policies)
        )
        return self._issue(principal, self._clock.timestamp() + FUNCTION_SESSION_SECONDS)

    def principal_of(self, access_key: str, token: str | None) -> Principal:
        """Whose credentials these are.

        Raises
        ------
        InvalidToken
            When nobody holds the key, or the session token is not the key's.
        """
        return self.holder_of(access_key, token).principal

    def holder_of(self, access_key: str, token: str | None) -> Holder:
        """The credentials behind a key and whom they stand for; expiry is for the caller to judge."""
        holder = self._held.get(access_key) or self._user_key(access_key)
        if holder is None or (holder.credentials.session_token or None) != (token or None):
            raise InvalidToken(access_key)
        return holder

    def _issue(self, principal: Principal, expires: float) -> Credentials:
        token = "IQoJb3JpZ2luX2Vj" + self._ids.hex(64)
        credentials = Credentials("ASIA" + self._ids.suffix(16), self._ids.hex(40), token, expires)
        with self._lock:
            self._held[credentials.access_key_id] = Holder(credentials, principal)
            if len(self._held) >= self._forget_at:
                self._forget_expired()
        return credentials

    def _forget_expired(self) -> None:
        """Credentials that expired a day ago are told from invented ones no more."""
        long_ago = self._clock.timestamp() - DAY_SECONDS
        self._held = {key: one for key, one in self._held.items() if (one.credentials.expires or math.inf) > long_ago}
        self._forget_at = 2 * max(len(self._held), FORGET_AT)

    def _role_id(self, name: str) -> str:
        with self._moto.lock:
            role = next((role for role in self._moto.backend("iam").roles.values() if role.name == name), None)
            return str(role.id) if role else "AROA" + self._ids.suffix(17)

    def _user_key(self, access_key: str) -> Holder | None:
        with self._moto.lock:
            iam = self._moto.backend("iam")
            key = iam.access_keys.get(access_key)
            if key is None or key.status != "Active" or not key.user_name:
                return None
            user = iam.get_user(key.user_name)
            principal = Principal("user", user.arn, self._moto.account_id, user.id, user.name)
            return Holder(Credentials(key.access_key_id, key.secret_access_key), principal)
