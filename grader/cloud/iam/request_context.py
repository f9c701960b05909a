"""The condition keys that a request brings along: the general ones, and those of S3, DynamoDB and SNS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from grader.cloud.iam.patterns import as_list

S3_HEADERS = ("x-amz-acl", "x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-copy-source")
_KEY_CONDITION = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


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
    add = {"s3": _s3, "dynamodb": _dynamodb, "sns": _sns, "sts": _sts, "kms": _kms}.get(service)
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
    return keys


def _sns(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    return {"sns:protocol": given.get("Protocol"), "sns:endpoint": given.get("Endpoint")}


def _sts(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    return {"sts:externalid": given.get("ExternalId"), "sts:rolesessionname": given.get("RoleSessionName")}


def _kms(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    context = given.get("EncryptionContext") or {}
    return {f"kms:encryptioncontext:{str(name).lower()}": value for name, value in context.items()}


def _dynamodb(operation: str, given: Mapping[str, Any], request: Sent, hash_key: str | None) -> dict[str, Any]:
    keys: dict[str, Any] = {"dynamodb:select": given.get("Select"), "dynamodb:returnvalues": given.get("ReturnValues")}
    if hash_key:
        keys["dynamodb:leadingkeys"] = _leading_keys(operation, given, hash_key) or None
    attributes = given.get("AttributesToGet") or _projected(given)
    keys["dynamodb:attributes"] = attributes or None
    return keys


def _projected(given: Mapping[str, Any]) -> list[str]:
    names = given.get("ExpressionAttributeNames") or {}
    parts = [part.strip() for part in str(given.get("ProjectionExpression") or "").split(",")]
    return [names.get(part, part) for part in parts if part]


def _leading_keys(operation: str, given: Mapping[str, Any], hash_key: str) -> list[str]:
    """The partition key values that a request touches."""
    items = [given.get("Key"), given.get("Item")]
    for requests in (given.get("RequestItems") or {}).values():
        items += requests.get("Keys", []) if isinstance(requests, Mapping) else _written(requests)
    for each in as_list(given.get("TransactItems")):
        items += [part.get("Key") or part.get("Item") for part in each.values()]
    found = [_scalar(item[hash_key]) for item in items if item and hash_key in item]
    return found + _queried(given, hash_key)


def _written(requests: Any) -> list[Any]:
    return [part.get("Item") or part.get("Key") for each in as_list(requests) for part in each.values()]


def _queried(given: Mapping[str, Any], hash_key: str) -> list[str]:
    names = given.get("ExpressionAttributeNames") or {}
    values = given.get("ExpressionAttributeValues") or {}
    pairs = _KEY_CONDITION.findall(str(given.get("KeyConditionExpression") or ""))
    return [_scalar(values[value]) for name, value in pairs if names.get(name, name) == hash_key and value in values]


def _scalar(attribute: Any) -> str:
    return str(next(iter(attribute.values()))) if isinstance(attribute, Mapping) and attribute else str(attribute)
