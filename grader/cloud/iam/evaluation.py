"""IAM's decision over policy documents: an explicit deny wins, then an allow, else nothing is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.cloud.iam.conditions import conditions_hold
from grader.cloud.iam.patterns import any_matches, as_list, matches
from grader.cloud.iam.principals import Principal

Effect = Literal["Allow", "Deny"]


@dataclass(frozen=True)
class Question:
    """May ``principal`` do ``action`` to ``resource``? ``context`` has lower-case keys (``aws:sourceip``)."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What the documents say, and by which statement; ``effect`` is None when no statement applies."""

    effect: Effect | None
    statement: Mapping[str, Any] | None = None
    delegated: bool = False


NOTHING = Finding(None)


def document_of(policy: Any) -> Mapping[str, Any]:
    """A policy document as a mapping; moto keeps some as text, some as bytes."""
    loaded = json.loads(policy) if isinstance(policy, (str, bytes)) else policy
    return loaded if isinstance(loaded, Mapping) else {}


def identity_finding(documents: Iterable[Any], question: Question) -> Finding:
    """What the identity policies (they name no principal) say."""
    return _decisive(
        Finding(statement["Effect"], statement) for statement in _statements(documents) if _covers(statement, question)
    )


def resource_finding(documents: Iterable[Any], question: Question) -> Finding:
    """What a resource's own policies say of this principal.

    An allow that names only the account (``arn:aws:iam::…:root``) is ``delegated``: the account's identity policies
    still have to allow it.
    """
    found = []
    for statement in _statements(documents):
        named = principal_named(statement, question.principal)
        if named and _covers(statement, question):
            found.append(Finding(statement["Effect"], statement, named == "account"))
    return _decisive(found)


def _decisive(findings: Iterable[Finding]) -> Finding:
    allowed = NOTHING
    for finding in findings:
        if finding.effect == "Deny":
            return finding
        if allowed.effect is None or (allowed.delegated and not finding.delegated):
            allowed = finding
    return allowed


def _statements(documents: Iterable[Any]) -> Iterable[Mapping[str, Any]]:
    for document in documents:
        for statement in as_list(document_of(document).get("Statement")):
            if isinstance(statement, Mapping) and statement.get("Effect") in ("Allow", "Deny"):
                yield statement


def _covers(statement: Mapping[str, Any], question: Question) -> bool:
    return (
        _action_covered(statement, question.action)
        and _resource_covered(statement, question)
        and conditions_hold(statement.get("Condition"), question.context)
    )


def _action_covered(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(matches(str(p), action, ignore_case=True) for p in as_list(statement["NotAction"]))
    return any(matches(str(p), action, ignore_case=True) for p in as_list(statement.get("Action")))


def _resource_covered(statement: Mapping[str, Any], question: Question) -> bool:
    if "NotResource" in statement:
        return not any_matches(as_list(statement["NotResource"]), question.resource, question.context)
    if "Resource" not in statement:  # a role's trust policy: the resource is the role itself
        return True
    return any_matches(as_list(statement["Resource"]), question.resource, question.context)


def principal_named(statement: Mapping[str, Any], principal: Principal) -> Literal["", "self", "account"]:
    """Whether the statement's Principal names this one: itself (or everybody), its account, or not at all."""
    if "NotPrincipal" in statement:
        return "" if _named_by(statement["NotPrincipal"], principal) else "self"
    return _named_by(statement.get("Principal"), principal)


def _named_by(element: Any, principal: Principal) -> Literal["", "self", "account"]:
    if element == "*":
        return "self"
    if isinstance(element, str):  # as Lambda's AddPermission takes it: an ARN or an account by itself
        element = {"AWS": element}
    if not isinstance(element, Mapping):
        return ""
    if principal.kind == "service":
        return "self" if principal.name in as_list(element.get("Service")) else ""
    names = [str(name) for name in as_list(element.get("AWS"))]
    if "*" in names or (principal.arn and {principal.arn, principal.role_arn} & set(names)):
        return "self"
    roots = {principal.account_id, f"arn:aws:iam::{principal.account_id}:root"}
    return "account" if principal.account_id and roots & set(names) else ""
