"""IAM's decision over policy documents: an explicit deny wins, then an allow, else nothing is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from grader.cloud.iam.conditions import conditions_hold
from grader.cloud.iam.patterns import any_matches, as_list, matches
from grader.cloud.iam.principals import Principal

Effect = Literal["Allow", "Deny"]
Named = Literal["", "account", "self", "direct"]
_RANK = {"": 0, "account": 1, "self": 2, "direct": 3}


@dataclass(frozen=True)
class Question:
    """May ``principal`` do ``action`` to ``resource``? ``context`` has lower-case keys (``aws:sourceip``)."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What the documents say, and by which statement; ``effect`` is None when no statement applies.

    Attributes
    ----------
    named
        How a resource's policy names the principal: see ``principal_named``.
    """

    effect: Effect | None
    statement: Mapping[str, Any] | None = None
    named: Named = "self"

    @property
    def delegated(self) -> bool:
        """Whether only the account is named: its identity policies still have to allow it."""
        return self.named == "account"

    @property
    def direct(self) -> bool:
        """Whether the user or the session itself is named: boundaries and session policies need not allow it."""
        return self.named == "direct"


NOTHING = Finding(None)


def document_of(policy: Any) -> Mapping[str, Any]:
    """A policy document as a mapping; moto keeps some as text, some as bytes."""
    loaded = _read(policy) if isinstance(policy, (str, bytes)) else policy
    return loaded if isinstance(loaded, Mapping) else {}


@lru_cache(maxsize=512)
def _read(policy: str | bytes) -> Any:
    """The same few policies are asked about with every call; nobody changes what is read."""
    return json.loads(policy)


def identity_finding(documents: Iterable[Any], question: Question) -> Finding:
    """What the identity policies (they name no principal) say."""
    return _decisive(
        Finding(statement["Effect"], statement)
        for statement, variables in _statements(documents)
        if _covers(statement, question, variables)
    )


def resource_finding(documents: Iterable[Any], question: Question) -> Finding:
    """What a resource's own policies say of this principal.

    An allow that names only the account (``arn:aws:iam::…:root``) is ``delegated``: the account's identity policies
    still have to allow it.
    """
    found = []
    for statement, variables in _statements(documents):
        named = principal_named(statement, question.principal)
        if named and _covers(statement, question, variables):
            found.append(Finding(statement["Effect"], statement, named))
    return _decisive(found)


def _decisive(findings: Iterable[Finding]) -> Finding:
    allowed = NOTHING
    for finding in findings:
        if finding.effect == "Deny":
            return finding
        if allowed.effect is None or _RANK[finding.named] > _RANK[allowed.named]:
            allowed = finding
    return allowed


def _statements(documents: Iterable[Any]) -> Iterable[tuple[Mapping[str, Any], bool]]:
    """Every statement, and whether its document knows variables: one without a version is of 2008, plain text."""
    for document in documents:
        known = document_of(document)
        for statement in as_list(known.get("Statement")):
            if isinstance(statement, Mapping) and statement.get("Effect") in ("Allow", "Deny"):
                yield statement, known.get("Version") == "2012-10-17"


def _covers(statement: Mapping[str, Any], question: Question, variables: bool) -> bool:
    return (
        _action_covered(statement, question.action)
        and _resource_covered(statement, question, variables)
        and conditions_hold(statement.get("Condition"), question.context, variables)
    )


def _action_covered(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _is_among(tuple(map(str, as_list(statement["NotAction"]))), action)
    return _is_among(tuple(map(str, as_list(statement.get("Action")))), action)


@lru_cache(maxsize=4096)
def _is_among(patterns: tuple[str, ...], action: str) -> bool:
    """Roles ask for the same few actions, and SAM's policies name dozens."""
    return any(matches(pattern, action, ignore_case=True) for pattern in patterns)


def _resource_covered(statement: Mapping[str, Any], question: Question, variables: bool) -> bool:
    context = question.context if variables else None
    if "NotResource" in statement:
        return not any_matches(as_list(statement["NotResource"]), question.resource, context)
    if "Resource" not in statement:  # a role's trust policy: the resource is the role itself
        return True
    return any_matches(as_list(statement["Resource"]), question.resource, context)


def principal_named(statement: Mapping[str, Any], principal: Principal) -> Named:
    """How the statement's Principal names this one.

    ``direct``: the user or the session itself; ``self``: its role, or everybody; ``account``: only its account; or not
    at all. ``NotPrincipal`` spares only whom it names in full: account, role and session.
    """
    if "NotPrincipal" in statement:
        return "" if _spared(statement["NotPrincipal"], principal) else "self"
    return _named_by(statement.get("Principal"), principal)


def _named_by(element: Any, principal: Principal) -> Named:
    if element == "*":
        return "self"
    if isinstance(element, str):  # as Lambda's AddPermission takes it: an ARN or an account by itself
        element = {"AWS": element}
    if not isinstance(element, Mapping):
        return ""
    if principal.kind == "service":
        return "self" if principal.name in as_list(element.get("Service")) else ""
    names = {str(name) for name in as_list(element.get("AWS"))}
    if principal.arn and principal.arn in names:
        return "direct"
    if "*" in names or (principal.role_arn and principal.role_arn in names):
        return "self"
    return "account" if names & _roots(principal) else ""


def _spared(element: Any, principal: Principal) -> bool:
    if not isinstance(element, Mapping):
        return bool(element == "*")
    if principal.kind == "service":
        return principal.name in as_list(element.get("Service"))
    names = {str(name) for name in as_list(element.get("AWS"))}
    chain = [{principal.arn}, {principal.role_arn} if principal.role_arn else names, _roots(principal)]
    return bool(principal.arn) and all(names & each for each in chain)


def _roots(principal: Principal) -> set[str]:
    """The account itself, in both of its spellings."""
    if not principal.account_id:
        return set()
    return {principal.account_id, f"arn:aws:iam::{principal.account_id}:root"}
