"""What a bucket itself says of who may use it: its policy and, where they are in force, its ACLs, as documents."""

from __future__ import annotations

from typing import Any

from grader.cloud.iam.evaluation import document_of
from grader.cloud.iam.public_access import block_of, is_public

ENFORCED = "BucketOwnerEnforced"
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def bucket_documents(s3: Any, resource: str, anonymous: bool) -> list[Any]:
    """The documents that count for a bucket or object (``name`` or ``name/key``); call it under moto's lock.

    Parameters
    ----------
    s3
        moto's backend.
    anonymous
        Without a signature: RestrictPublicBuckets shuts a bucket whose policy is public.
    """
    name, _, key = resource.partition("/")
    bucket = s3.buckets.get(name)
    if bucket is None:
        return []
    if anonymous and block_of(bucket).restrict_public_buckets and bucket.policy and is_public(bucket.policy):
        return []
    policy = [document_of(bucket.policy)] if bucket.policy else []
    return [*policy, *_grants(bucket, key)]


def acls_are_off(bucket: Any) -> bool:
    """Whether only policies decide: the setting of every bucket made since April 2023, unless it was changed."""
    return (bucket.ownership_rule or ENFORCED) == ENFORCED


def _grants(bucket: Any, key: str) -> list[Any]:
    """ACL grants to everybody, said as policy statements."""
    if acls_are_off(bucket) or block_of(bucket).ignore_public_acls:
        return []
    held = bucket.keys.get(key) if key else None
    actions = {"WRITE": ("s3:PutObject", "s3:DeleteObject"), "READ": () if key else ("s3:ListBucket",)}
    allowed = [action for permission in _permissions(bucket.acl) for action in actions.get(permission, ())]
    if "READ" in _permissions(getattr(held, "acl", None)):
        allowed += ["s3:GetObject", "s3:GetObjectVersion"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": allowed, "Resource": f"{bucket.arn}*"}
    return [{"Statement": [statement]}] if allowed else []


def _permissions(acl: Any) -> list[str]:
    """What an ACL lets everybody do: ``READ``, ``WRITE``."""
    grants = acl.grants if acl else []
    open_to_all = [grant for grant in grants if any(each.uri == EVERYBODY for each in grant.grantees)]
    held = [permission for grant in open_to_all for permission in grant.permissions]
    return ["READ", "WRITE"] if "FULL_CONTROL" in held else held
