"""What follows from all that the policies say: allowed or not, and AWS's sentence about it.

IAM User Guide, *Policy evaluation logic*, for requests within one account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.iam.evaluation import Finding, Question


@dataclass(frozen=True)
class Decision:
    """What was decided, AWS's sentence about it, and the statement that decided (None: there was none)."""

    allowed: bool
    reason: str = ""
    statement: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Limit:
    """What a permissions boundary or a session policy says: it gives nothing, it only lets through."""

    kind: str
    finding: Finding


def subject(question: Question) -> str:
    return f"{question.principal.described} is not authorized to perform: {question.action}"


def verdict(question: Question, identity: Finding, resource: Finding, limits: list[Limit]) -> Decision:
    """Deny anywhere, then every limit must allow, then identity or resource policy (same account).

    Boundaries and session policies do not limit what a resource's policy gives to the user or session by name. A KMS
    key is its policy's alone: identity policies count only where the key's policy hands the account the say.
    """
    refuse = _refusal(question)
    said = [("identity-based policy", identity), ("resource-based policy", resource)]
    for kind, finding in [*said, *((limit.kind, limit.finding) for limit in limits)]:
        if finding.effect == "Deny":
            return refuse(f"with an explicit deny in {_article(kind)} {kind}", finding)
    given = resource.effect == "Allow" and not resource.delegated
    if given and resource.direct:
        return Decision(True, statement=resource.statement)
    for limit in limits:
        if limit.finding.effect != "Allow":
            return refuse(f"because no {limit.kind} allows the {{action}} action", limit.finding)
    if _is_key(question.resource) and resource.effect is None and identity.effect == "Allow":
        return refuse("because no resource-based policy allows the {action} action", resource)
    if identity.effect == "Allow":
        return Decision(True, statement=identity.statement)
    if given:
        return Decision(True, statement=resource.statement)
    kind, finding = said[question.principal.kind == "anonymous"]
    return refuse(f"because no {kind} allows the {{action}} action", finding)


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"


def _is_key(resource: str) -> bool:
    return resource.startswith("arn:aws:kms:") and ":key/" in resource


def _refusal(question: Question) -> Callable[[str, Finding], Decision]:
    # S3 alone puts the resource in quotation marks.
    quote = '"' if question.action.startswith("s3:") else ""
    refused = f"{subject(question)} on resource: {quote}{question.resource}{quote}"
    return lambda why, finding: Decision(False, f"{refused} {why.format(action=question.action)}", finding.statement)
