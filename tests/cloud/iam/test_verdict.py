"""Every combination of what identity policies, the resource's policy, a boundary and a session policy can say.

Facts: IAM User Guide, *Policy evaluation logic* (requests within one account), *Permissions boundaries*, *Session
policies*, *Troubleshoot access denied error messages*; AWS KMS Developer Guide, *Key policies*.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from grader.cloud.iam.evaluation import Finding, Question
from grader.cloud.iam.principals import ANONYMOUS, Principal
from grader.cloud.iam.verdict import Limit, verdict

SESSION = Principal("role", "arn:aws:sts::123456789012:assumed-role/R/S", "123456789012", role_arn="arn:role")
WHO = "User: arn:aws:sts::123456789012:assumed-role/R/S is not authorized to perform: sqs:SendMessage on resource: q"
IDENTITY = ("nothing", "Allow", "Deny")
RESOURCE = ("nothing", "Deny", "account", "role", "session")
LIMIT = ("absent", "nothing", "Allow", "Deny")
# First row that fits: identity, resource, boundary, session policy, outcome. "~" is anything, "!" anything that blocks.
ROWS = [
    ("Deny", "~", "~", "~", "with an explicit deny in an identity-based policy"),
    ("~", "Deny", "~", "~", "with an explicit deny in a resource-based policy"),
    ("~", "~", "Deny", "~", "with an explicit deny in a permissions boundary"),
    ("~", "~", "~", "Deny", "with an explicit deny in a session policy"),
    ("~", "session", "~", "~", ""),
    ("~", "~", "nothing", "~", "because no permissions boundary allows the sqs:SendMessage action"),
    ("~", "~", "~", "nothing", "because no session policy allows the sqs:SendMessage action"),
    ("Allow", "~", "~", "~", ""),
    ("~", "role", "~", "~", ""),
    ("~", "~", "~", "~", "because no identity-based policy allows the sqs:SendMessage action"),
]
NAMED: dict[str, Any] = {"account": "account", "role": "self", "session": "direct"}


def identity_of(said: str) -> Finding:
    return Finding(None) if said == "nothing" else Finding(said)  # type: ignore[arg-type]


def resource_of(said: str) -> Finding:
    return Finding("Allow", None, NAMED[said]) if said in NAMED else identity_of(said)


def limits_of(boundary: str, session: str) -> list[Limit]:
    kinds = (("permissions boundary", boundary), ("session policy", session))
    return [Limit(kind, identity_of(said)) for kind, said in kinds if said != "absent"]


@pytest.mark.parametrize(
    ("identity", "resource", "boundary", "session"), list(itertools.product(IDENTITY, RESOURCE, LIMIT, LIMIT))
)
def test_every_combination(identity: str, resource: str, boundary: str, session: str) -> None:
    said = (identity, resource, boundary, session)
    wanted = next(row[4] for row in ROWS if all(a in ("~", b) for a, b in zip(row, said, strict=False)))
    question = Question(SESSION, "sqs:SendMessage", "q")

    found = verdict(question, identity_of(identity), resource_of(resource), limits_of(boundary, session))
    assert (found.allowed, found.reason) == (not wanted, f"{WHO} {wanted}" if wanted else "")


@pytest.mark.parametrize(
    ("identity", "resource", "allowed"),
    [
        ("Allow", "nothing", False),
        ("Allow", "account", True),
        ("nothing", "account", False),
        ("nothing", "role", True),
        ("Allow", "Deny", False),
    ],
)
def test_a_kms_keys_policy_has_to_agree(identity: str, resource: str, allowed: bool) -> None:
    question = Question(SESSION, "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/1")

    assert verdict(question, identity_of(identity), resource_of(resource), []).allowed is allowed


@pytest.mark.parametrize(("resource", "allowed"), [("nothing", False), ("role", True), ("Deny", False)])
def test_strangers_have_the_resources_policy_only(resource: str, allowed: bool) -> None:
    found = verdict(Question(ANONYMOUS, "s3:GetObject", "o"), Finding(None), resource_of(resource), [])

    assert found.allowed is allowed
    assert ("resource-based policy" in found.reason) is not allowed


def test_s3_puts_the_resource_in_quotation_marks() -> None:
    found = verdict(Question(SESSION, "s3:GetObject", "arn:aws:s3:::b/k"), Finding(None), Finding(None), [])

    assert found.reason.endswith(
        'on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action'
    )
