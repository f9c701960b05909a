"""Storage: what the door asks of S3, and what is done before and after moto answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from moto.s3.models import FakeDeleteMarker

from grader.cloud.clock import Clock
from grader.cloud.door.faults import Refusal
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.verifier import Verifier
from grader.cloud.errors import NotSupported
from grader.cloud.iam.bucket_documents import ENFORCED
from grader.cloud.iam.needs import Need
from grader.cloud.iam.principals import Principal
from grader.cloud.iam.public_access import is_public
from grader.cloud.kms import Keys
from grader.cloud.s3 import cors
from grader.cloud.s3.encryption import DEFAULT_RULE, Encryptions
from grader.cloud.s3.form import is_form
from grader.cloud.s3.lifecycle import Lifecycle, check_rules
from grader.cloud.s3.mending import mend_moto, posting
from grader.cloud.s3.ownership import check_ownership
from grader.cloud.s3.posting import POSTED, Posted, Posting


class Storage:
    """S3 of one account.

    Parameters
    ----------
    moto
        Keeps buckets and objects.
    verifier, clock
        Judge the signatures and policies of forms.
    """

    def __init__(self, moto: Moto, verifier: Verifier, clock: Clock) -> None:
        mend_moto()
        self._moto = moto
        self._posting = Posting(verifier, clock)
        self._encryptions = Encryptions(Keys(moto))
        self._lifecycle = Lifecycle(moto, clock)

    def preflight(self, request: Request) -> Response:
        """Answer a browser's ``OPTIONS``.

        Raises
        ------
        Refusal
            In S3's words, when the bucket's rules do not allow what the browser asks for.
        """
        with self._moto.lock:
            bucket = self._bucket(bucket_name(request))
            rules = cors.rules_of(bucket)
        return cors.preflight(request, rules, bucket is not None)

    def posted(self, request: Request, region: str) -> Posted | None:
        """Let a browser's form in; None for a request that is none.

        Raises
        ------
        Refusal
            In S3's words, when the form, its signature or its policy is not good.
        """
        return self._posting.admitted(request, bucket_name(request), region) if is_form(request) else None

    def with_cors(self, request: Request, response: Response) -> Response:
        """An answer with what the bucket's CORS rules add to it; refusals get it, too."""
        with self._moto.lock:
            rules = cors.rules_of(self._bucket(bucket_name(request)))
        return cors.with_cors(request, response, rules)

    def needs(self, operation: Operation) -> list[Need]:
        """What an operation needs besides S3's own permissions: those on KMS keys."""
        with self._moto.lock:
            return list(self._encryptions.needs(operation, self._moto.backend("s3").buckets))

    def handle(self, operation: Operation, request: Request, principal: Principal) -> Response:
        """Carry out an operation that is allowed.

        Raises
        ------
        Refusal
            When the bucket's own settings forbid it.
        """
        with self._moto.lock:
            bucket = self._bucket(str(operation.parameters.get("Bucket", "")))
            check_ownership(operation, bucket, principal.described)
            if operation.name == "GetBucketPolicyStatus" and bucket is not None and bucket.policy:
                return _policy_status(bucket)
            _check(operation)
            request = self._encryptions.applied(operation, request, bucket)
            with posting(self._moto.backend("s3"), request.has_header(POSTED)):
                response = self._moto.call(request.with_headers(drop=(POSTED,)))
            if response.status < 300:
                self._set_defaults(operation, existed=bucket is not None)
                if operation.name == "CreateMultipartUpload":
                    self._lifecycle.began(bucket)
        if operation.name == "PutBucketLifecycleConfiguration":
            self._lifecycle.watch()
        return _without(response, MOTOS_OWN)

    def _bucket(self, name: str) -> Any:
        return self._moto.backend("s3").buckets.get(name)

    def _set_defaults(self, operation: Operation, existed: bool) -> None:
        """A new bucket's settings are those of today; without an encryption of its own it has S3's."""
        bucket = self._bucket(str(operation.parameters.get("Bucket", "")))
        if operation.name == "CreateBucket" and not existed:
            bucket.ownership_rule = operation.parameters.get("ObjectOwnership") or ENFORCED
            everything = dict.fromkeys(SETTINGS, "true")
            self._moto.backend("s3").put_public_access_block(bucket.name, everything)
        if operation.name in ("CreateBucket", "DeleteBucketEncryption") and not bucket.encryption:
            bucket.encryption = DEFAULT_RULE


NOBODY_DOES = frozenset(
    {
        "PutBucketReplication", "PutBucketAccelerateConfiguration", "PutBucketInventoryConfiguration",
        "PutBucketLogging", "PutBucketRequestPayment", "PutBucketIntelligentTieringConfiguration",
    }
)  # fmt: skip
MOTOS_OWN = "x-amz-sdk-checksum-algorithm"  # S3 reads it, and never writes it
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _without(response: Response, header: str) -> Response:
    return replace(response, headers=tuple(pair for pair in response.headers if pair[0].lower() != header))


def bucket_name(request: Request) -> str:
    """The bucket that a request's path names."""
    return unquote(request.path.split("/")[1])


def keys_in(bucket: Any) -> list[str]:
    """The keys of moto's bucket, sorted, as ListObjectsV2 tells them: what was deleted, in versions, is not there."""
    return sorted(key for key, kept in bucket.keys.items() if not isinstance(kept, FakeDeleteMarker))


def _check(operation: Operation) -> None:
    """Refuse what S3 refuses and moto does not, and what nobody here would do."""
    if operation.name == "CopyObject":
        _check_changing(operation)
    if operation.name == "PutBucketLifecycleConfiguration":
        check_rules((operation.parameters.get("LifecycleConfiguration") or {}).get("Rules") or [])
    if operation.name == "PutBucketCors":
        cors.check_configuration(operation.parameters.get("CORSConfiguration"))
    if operation.name in NOBODY_DOES:
        raise NotSupported(f"s3:{operation.name}")


def _check_changing(operation: Operation) -> None:
    """S3 copies an object onto itself only when something about it changes."""
    given = operation.parameters
    source = unquote(str(given.get("CopySource", ""))).lstrip("/").partition("?")[0]
    changing = ("StorageClass", "ServerSideEncryption", "WebsiteRedirectLocation", "ChecksumAlgorithm")
    changed = any(given.get(name) for name in changing) or given.get("MetadataDirective") == "REPLACE"
    versioned = "versionId=" in str(given.get("CopySource", ""))
    if source == f"{given.get('Bucket')}/{given.get('Key')}" and not changed and not versioned:
        words = (
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
        raise Refusal("InvalidRequest", words, 400)


def _policy_status(bucket: Any) -> Response:
    public = str(is_public(bucket.policy)).lower()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<PolicyStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<IsPublic>{public}</IsPublic></PolicyStatus>"
    )
    return Response(200, (("Content-Type", "application/xml"),), body.encode())
