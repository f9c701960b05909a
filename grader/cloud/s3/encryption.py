"""Encryption at rest: what a new object gets, and which keys an operation has to use.

Every object is encrypted (SSE-S3 since January 2023); the request's headers come before the bucket's default. With a
KMS key, writing needs ``kms:GenerateDataKey`` and reading ``kms:Decrypt`` on that key, besides S3's own permissions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from grader.cloud.door.faults import Refusal
from grader.cloud.door.operation import Operation
from grader.cloud.door.request import Request
from grader.cloud.errors import NotSupported
from grader.cloud.iam.needs import Need
from grader.cloud.kms import Keys

SSE = "x-amz-server-side-encryption"
KEY, BUCKET_KEY = f"{SSE}-aws-kms-key-id", f"{SSE}-bucket-key-enabled"
WRITES = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
READS = frozenset({"GetObject", "HeadObject", "GetObjectAttributes"})
# The rule of a bucket that nobody has configured, as moto keeps rules.
DEFAULT_RULE: dict[str, Any] = {
    "Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}
}


@dataclass(frozen=True)
class Encryption:
    """How an object is encrypted: ``AES256`` by S3's own keys, or ``aws:kms`` with the key of this ARN."""

    algorithm: str
    key_arn: str | None = None
    bucket_key: bool = False

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that ask for it."""
        asked = [(SSE, self.algorithm)]
        if self.key_arn:
            asked += [(KEY, self.key_arn), (BUCKET_KEY, str(self.bucket_key).lower())]
        return asked


class Encryptions:
    """Decides encryption and names the keys' permissions; its methods take moto's bucket, under moto's lock.

    Parameters
    ----------
    keys
        The account's KMS keys.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def chosen(self, operation: Operation, bucket: Any) -> Encryption:
        """How the object that an operation writes is to be encrypted.

        Raises
        ------
        Refusal
            For an algorithm that S3 does not have, and for keys that are missing or disabled.
        NotSupported
            For keys that the client brings along (SSE-C) and for double encryption.
        """
        given = operation.parameters
        if given.get("SSECustomerAlgorithm"):
            raise NotSupported("S3 encryption with keys of the client's own (SSE-C)")
        rule = ((bucket.encryption or DEFAULT_RULE).get("Rule") or {}) if bucket is not None else {}
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        asked_for = given.get("ServerSideEncryption")
        algorithm = asked_for or default.get("SSEAlgorithm") or "AES256"
        if algorithm == "AES256":
            return self._plain(given)
        if algorithm == "aws:kms:dsse":
            raise NotSupported("S3 encryption aws:kms:dsse")
        if algorithm != "aws:kms":
            words = "The encryption method specified is not supported"
            raise Refusal("InvalidEncryptionAlgorithmError", words, 400)
        # Whoever asks for aws:kms and names no key gets AWS's own, whatever the bucket's default is.
        by_default = None if asked_for else default.get("KMSMasterKeyID")
        arn = self._keys.usable(str(given.get("SSEKMSKeyId") or by_default or "alias/aws/s3"))
        asked = given.get("BucketKeyEnabled")
        wanted = rule.get("BucketKeyEnabled") if asked is None else asked
        return Encryption("aws:kms", arn, str(wanted).lower() == "true")

    def _plain(self, given: Mapping[str, Any]) -> Encryption:
        if given.get("SSEKMSKeyId"):
            words = f"Server Side Encryption with AWS KMS managed key requires HTTP header {SSE} : aws:kms"
            raise Refusal("InvalidArgument", words, 400)
        return Encryption("AES256")

    def applied(self, operation: Operation, request: Request, bucket: Any) -> Request:
        """The request with the encryption that its object gets said in its headers."""
        if operation.name not in WRITES:
            return request
        chosen = self.chosen(operation, bucket)
        if operation.name == "CopyObject" and chosen.key_arn is None:
            return request  # moto takes a header for a change that makes copying onto itself lawful
        return request.with_headers(drop=(SSE,), add=chosen.headers)

    def needs(self, operation: Operation, buckets: Mapping[str, Any]) -> Iterator[Need]:
        """What an operation needs on keys of the account's own; an AWS managed key lets the whole account use it."""
        given, name = operation.parameters, operation.name
        place = (str(given.get("Bucket")), str(given.get("Key")))
        bucket = buckets.get(place[0])
        if name in WRITES and bucket is not None:
            chosen = self.chosen(operation, bucket)
            yield from self._need("kms:GenerateDataKey", chosen.key_arn, chosen.bucket_key, place)
        if name in READS:
            yield from self._decrypt(bucket, place, given.get("VersionId"))
        if name in ("CopyObject", "UploadPartCopy"):
            source, _, key = unquote(str(given.get("CopySource", ""))).lstrip("/").partition("?")[0].partition("/")
            yield from self._decrypt(buckets.get(source), (source, key), None)
        upload = bucket.multiparts.get(str(given.get("UploadId"))) if bucket is not None else None
        if upload is not None and name in ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload"):
            yield from self._need("kms:Decrypt", upload.kms_key_id, False, place)
            if name != "CompleteMultipartUpload":
                yield from self._need("kms:GenerateDataKey", upload.kms_key_id, False, place)

    def _decrypt(self, bucket: Any, place: tuple[str, str], version: Any) -> Iterator[Need]:
        held = _version_of(bucket, place[1], version)
        bucket_key = str(getattr(held, "bucket_key_enabled", "")).lower() == "true"
        yield from self._need("kms:Decrypt", getattr(held, "kms_key_id", None), bucket_key, place)

    def _need(self, action: str, key_arn: str | None, bucket_key: bool, place: tuple[str, str]) -> Iterator[Need]:
        if not key_arn or self._keys.managed_by_aws(key_arn):
            return
        bucket, key = place
        about = f"arn:aws:s3:::{bucket}" if bucket_key else f"arn:aws:s3:::{bucket}/{key}"
        via = f"s3.{key_arn.split(':')[3]}.amazonaws.com"
        yield Need(action, key_arn, (("kms:viaservice", via), ("kms:encryptioncontext:aws:s3:arn", about)))


def _version_of(bucket: Any, key: str, version: Any) -> Any | None:
    """moto's object, in the version that is asked for."""
    versions = bucket.keys.getlist(key, []) if bucket is not None else []
    found = [one for one in versions if version in (None, str(getattr(one, "version_id", None)))]
    return found[-1] if found else None
