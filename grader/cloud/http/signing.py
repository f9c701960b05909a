"""Signing a request as an SDK does: Signature Version 4, by botocore's own signer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from grader.cloud.door.address import address_of
from grader.cloud.door.request import Request
from grader.cloud.environment.configuration import Credentials

SERVICES = {"execute-api": "execute-api", "lambda-url": "lambda"}


def credentials_of(given: Any) -> Credentials:
    """Credentials in the forms that callers have: ours, botocore's, or the ``Credentials`` of an answer of STS."""
    if isinstance(given, Credentials):
        return given
    if isinstance(given, Mapping):
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken") or "")
    return Credentials(given.access_key, given.secret_key, given.token or "")


def sign(request: Request, credentials: Credentials, region: str) -> Request:
    """The request with an ``Authorization`` header for the service that its host belongs to.

    The signature is dated by the open cloud's clock.
    """
    address = address_of(request, region, None)
    service = SERVICES.get(address.kind, address.service)
    query = f"?{request.query}" if request.query else ""
    prepared = AWSRequest(request.method, f"https://{request.host}{request.path}{query}", dict(request.headers))
    prepared.data = request.body
    keys = BotocoreCredentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
    )
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(keys, service, region).add_auth(prepared)
    added = [
        (name, str(value)) for name, value in prepared.headers.items() if name.lower() in _ADDED and value is not None
    ]
    return request.with_headers(drop=_ADDED, add=tuple(added))


_ADDED = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
