"""S3 Block Public Access: which bucket policies and ACLs are public, and what a bucket's four settings forbid.

AWS's rule (S3 User Guide, *The meaning of "public"*): a policy is taken to be public until each statement that allows
something names fixed principals, or narrows everybody down by a condition on certain keys with fixed values.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.iam.evaluation import document_of
from grader.cloud.iam.patterns import as_list

# The keys that make a statement for everybody not public, when their values are fixed.
NARROWING = frozenset(
    {
        "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid",
        "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn",
        "s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)  # fmt: skip
POSITIVE = frozenset({"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "ipaddress"})


@dataclass(frozen=True)
class Block:
    """The four settings of Block Public Access."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


def block_of(bucket: Any) -> Block:
    """The settings of moto's bucket; without a configuration nothing is blocked."""
    held = bucket.public_access_block
    if held is None:
        return Block()
    names = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    return Block(**{name: bool(getattr(held, name)) for name in names})


def is_public(policy: Any) -> bool:
    """Whether a bucket policy lets in whom it does not know."""
    statements = as_list(document_of(policy).get("Statement"))
    return any(_opens(statement) for statement in statements if isinstance(statement, Mapping))


def _opens(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    everybody = "NotPrincipal" in statement or _everybody(statement.get("Principal"))
    return everybody and not _narrowed(statement.get("Condition"))


def _everybody(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in str(name) for kind in ("AWS", "CanonicalUser") for name in as_list(principal.get(kind)))
    return bool(principal == "*")


def _narrowed(condition: Any) -> bool:
    return isinstance(condition, Mapping) and any(
        _fixed(operator, str(key).lower(), as_list(values))
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    )


def _fixed(operator: str, key: str, values: list[Any]) -> bool:
    name = operator.rpartition(":")[2].lower()
    if name not in POSITIVE or not values:
        return False
    if key == "aws:sourceip":
        return all(_small_network(str(value)) for value in values)
    return key in NARROWING and not any(_open_text(key, str(value)) for value in values)


def _open_text(key: str, value: str) -> bool:
    """Whether a value leaves room: a wildcard or a policy variable; a role's sessions (``AROA…:*``) are one role."""
    if key == "aws:userid" and value.endswith(":*"):
        value = value[:-2]
    if key == "aws:sourcearn":  # a fixed account is fixed enough
        value = ":".join(value.split(":")[:5]) if value.count(":") >= 5 and value.split(":")[4] else value
    return "*" in value or "?" in value or "${" in value


def _small_network(text: str) -> bool:
    """AWS takes very wide ranges (below /8, or /32 of IPv6) for the whole internet."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return bool(network.prefixlen >= (8 if network.version == 4 else 32))
