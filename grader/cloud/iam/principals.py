"""Who a request comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["developer", "user", "role", "service", "anonymous"]


@dataclass(frozen=True)
class Principal:
    """An identity in IAM's sense.

    Attributes
    ----------
    kind
        ``developer`` is the account's own IAM user with AdministratorAccess.
    arn
        What ``sts:GetCallerIdentity`` shows; for a role it is the session's,
        ``arn:aws:sts::123456789012:assumed-role/Role/Session``.
    user_id
        ``AIDA…`` of a user, ``AROA…:Session`` of a role's session.
    name
        The user's or the role's name; of a service its host (``s3.amazonaws.com``).
    role_arn
        The role behind a session.
    policies
        Policy documents that are the whole identity policy (credentials that belong to no IAM role), or None: look
        them up in IAM.
    session_policies
        Policy documents passed to AssumeRole: what is allowed must be allowed by them too.
    tags
        Session tags passed to AssumeRole: ``aws:PrincipalTag``, before the role's own of the same name.
    """

    kind: Kind
    arn: str = ""
    account_id: str = ""
    user_id: str = ""
    name: str = ""
    role_arn: str = ""
    policies: tuple[Mapping[str, Any], ...] | None = None
    session_policies: tuple[Mapping[str, Any], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def described(self) -> str:
        """How an AccessDenied message names it."""
        return f"User: {self.arn or 'anonymous'}"


ANONYMOUS = Principal("anonymous", arn="", user_id="anonymous")


def assumed_role_arn(role_arn: str, session_name: str) -> str:
    """The ARN of a role's session."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"
