"""ACLs and public policies, refused as buckets of today refuse them.

Since April 2023 a new bucket has ``BucketOwnerEnforced`` (no ACLs) and all four settings of Block Public Access.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.door.operation import Operation
from grader.cloud.iam.bucket_documents import ENFORCED, acls_are_off
from grader.cloud.iam.public_access import block_of, is_public
from grader.cloud.s3.bucket_policy import check_bucket_policy

PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
PUBLIC_GROUPS = ("global/AllUsers", "global/AuthenticatedUsers")
# Operations that may carry an ACL.
WITH_ACL = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload", "PutObjectAcl", "PutBucketAcl"})
GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def check_ownership(operation: Operation, bucket: Any, caller: str) -> None:
    """Refuse what the bucket's settings forbid.

    Parameters
    ----------
    bucket
        moto's; None when there is none yet.
    caller
        How an AccessDenied message names who asks.

    Raises
    ------
    Refusal
        ``AccessControlListNotSupported``, ``InvalidBucketAclWithObjectOwnership``, ``MalformedPolicy``, or an
        ``AccessDenied`` that names the setting of Block Public Access.
    """
    given = operation.parameters
    if operation.name == "CreateBucket":
        _check_new_bucket(given)
    elif bucket is not None and operation.name in WITH_ACL:
        _check_acl(operation, bucket, caller)
    elif bucket is not None and operation.name == "PutBucketPolicy":
        policy = given.get("Policy")
        check_bucket_policy(policy, bucket.name)
        if block_of(bucket).block_public_policy and is_public(policy):
            raise _blocked(caller, "s3:PutBucketPolicy", bucket.arn, "policies", "BlockPublicPolicy")


def _check_new_bucket(given: Mapping[str, Any]) -> None:
    acl = given.get("ACL")
    if ((acl and acl != "private") or _grants(given)) and (given.get("ObjectOwnership") or ENFORCED) == ENFORCED:
        words = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise Refusal("InvalidBucketAclWithObjectOwnership", words, 400)
    if acl in PUBLIC_ACLS:  # the new bucket's Block Public Access has no say yet, but no public ACL is let in
        raise Refusal("InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with "
                      "BlockPublicAccess enabled", 400)  # fmt: skip


def _check_acl(operation: Operation, bucket: Any, caller: str) -> None:
    given, acl = operation.parameters, operation.parameters.get("ACL")
    asked = bool(acl or _grants(given) or given.get("AccessControlPolicy"))
    if asked and acls_are_off(bucket) and acl != "bucket-owner-full-control" and not _of_owner(given):
        raise Refusal("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
    if asked and block_of(bucket).block_public_acls and (acl in PUBLIC_ACLS or _public_grants(given)):
        action = f"s3:{operation.name}"
        resource = f"{bucket.arn}/{given['Key']}" if given.get("Key") else bucket.arn
        raise _blocked(caller, action, resource, "ACLs", "BlockPublicAcls")


def _grants(given: Mapping[str, Any]) -> list[str]:
    return [str(given[name]) for name in GRANTS if given.get(name)]


def _public_grants(given: Mapping[str, Any]) -> bool:
    text = str(_grants(given)) + str(given.get("AccessControlPolicy", ""))
    return any(group in text for group in PUBLIC_GROUPS)


def _of_owner(given: Mapping[str, Any]) -> bool:
    """Whether a whole ACL only says what holds anyway: the owner has full control."""
    grants = (given.get("AccessControlPolicy") or {}).get("Grants") or []
    return len(grants) == 1 and grants[0].get("Permission") == "FULL_CONTROL" and not _public_grants(given)


def _blocked(caller: str, action: str, resource: str, what: str, setting: str) -> Refusal:
    words = (
        f'{caller} is not authorized to perform: {action} on resource: "{resource}" because public {what} are '
        f"prevented by the {setting} setting in S3 Block Public Access."
    )
    return Refusal("AccessDenied", words, 403)
