"""The condition keys that a request brings along: the general ones, and those of S3, DynamoDB and SNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

from grader.cloud.iam.table_context import table_context

S3_HEADERS = (
    "x-amz-acl", "x-amz-content-sha256", "x-amz-copy-source", "x-amz-grant-full-control", "x-amz-grant-read",
    "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-metadata-directive",
    "x-amz-object-ownership", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class", "x-amz-website-redirect-location",
)  # fmt: skip


class Sent(Protocol):
    """What is asked of a request."""

    @property
    def scheme(self) -> str: ...
    @property
    def source_ip(self) -> str: ...
    def header(self, name: str, default: str = "") -> str: ...


def request_context(
    service: str, operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None, region: str
) -> dict[str, Any]:
    """The request's context keys, in lower case.

    ``hash_key`` is the partition key's name of the table that a DynamoDB request is about.
    """
    context: dict[str, Any] = {
        "aws:sourceip": request.source_ip,
        "aws:securetransport": str(request.scheme == "https").lower(),
        "aws:requestedregion": region,
        "aws:useragent": request.header("User-Agent"),
        "aws:referer": request.header("Referer") or None,
    }
    add = {"s3": _s3, "dynamodb": table_context, "sns": _sns, "sts": _sts, "kms": _kms}.get(service)
    if add is not None:
        context.update(add(operation, given, request, hash_key))
    return {key: value for key, value in context.items() if value is not None}


def _s3(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    keys: dict[str, Any] = {f"s3:{name}": request.header(name) or None for name in S3_HEADERS}
    if operation.startswith("ListObject"):
        keys["s3:prefix"] = given.get("Prefix", "")
        keys["s3:delimiter"] = given.get("Delimiter", "")
        keys["s3:max-keys"] = given.get("MaxKeys")
    keys["s3:versionid"] = given.get("VersionId")
    keys["s3:if-match"], keys["s3:if-none-match"] = given.get("IfMatch"), given.get("IfNoneMatch")
    tags = dict(parse_qsl(str(given.get("Tagging") or ""), keep_blank_values=True))
    keys |= {f"s3:requestobjecttag/{name.lower()}": value for name, value in tags.items()}
    keys["s3:requestobjecttagkeys"] = list(tags) or None
    return keys


def _sns(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    return {"sns:protocol": given.get("Protocol"), "sns:endpoint": given.get("Endpoint")}


def _sts(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    return {"sts:externalid": given.get("ExternalId"), "sts:rolesessionname": given.get("RoleSessionName")}


def _kms(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    context = given.get("EncryptionContext") or {}
    return {f"kms:encryptioncontext:{str(name).lower()}": value for name, value in context.items()}
