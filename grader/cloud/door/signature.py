"""Signature Version 4, computed over the raw request.

The steps are AWS's: canonical request → string to sign → signing key → signature. S3 signs the path as it is sent,
every other service a normalised path, encoded once more.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote

from grader.cloud.door.claim import ALGORITHM, Claim
from grader.cloud.door.request import Request

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def string_to_sign(canonical: str, claim: Claim) -> str:
    """Algorithm, moment, scope, and the canonical request's digest."""
    return f"{ALGORITHM}\n{claim.moment}\n{claim.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def signature_of(canonical: str, claim: Claim, key: bytes) -> str:
    """The signature of a canonical request."""
    return hmac.new(key, string_to_sign(canonical, claim).encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=512)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, Region and service, derived from the secret."""
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def canonical_requests(request: Request, claim: Claim) -> list[str]:
    """The canonical request; twice, where clients differ in how they encode the query's values."""
    pairs = [(name, value) for name, value in request.raw_pairs if unquote(name) != "X-Amz-Signature"]
    encoded = [(_encoded(unquote(name)), _encoded(unquote(value))) for name, value in pairs]
    queries = dict.fromkeys("&".join(f"{n}={v}" for n, v in sorted(each)) for each in (pairs, encoded))
    head = f"{request.method}\n{canonical_path(request.path, claim.service)}\n"
    tail = f"{_canonical_headers(request, claim)}\n{';'.join(claim.signed_headers)}\n{_payload_hash(request, claim)}"
    return [f"{head}{query}\n{tail}" for query in queries]


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def canonical_path(path: str, service: str) -> str:
    """S3's path as it is; any other's without ``.``, ``..`` and double slashes, encoded once more."""
    if service == "s3":
        return path or "/"
    kept: list[str] = []
    for part in (path or "/").split("/"):
        if part == ".." and kept:
            kept.pop()
        elif part not in ("", ".", ".."):
            kept.append(part)
    slash = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + slash, safe="/~")


def _canonical_headers(request: Request, claim: Claim) -> str:
    lines = []
    for name in claim.signed_headers:
        value = request.header(name) or (request.host if name == "host" else "")
        lines.append(f"{name}:{' '.join(value.split())}\n")
    return "".join(lines)


def _payload_hash(request: Request, claim: Claim) -> str:
    stated = request.header("X-Amz-Content-SHA256")
    if claim.place == "query" and claim.service == "s3":
        return stated if "x-amz-content-sha256" in claim.signed_headers else "UNSIGNED-PAYLOAD"
    if claim.service == "s3" and stated:
        return stated
    return stated or hashlib.sha256(request.body).hexdigest()


def chunk_signer(claim: Claim, key: bytes) -> Callable[[str, bytes], str]:
    """Signs one chunk of a ``STREAMING-AWS4-HMAC-SHA256-PAYLOAD`` body after the signature before it."""

    def sign(previous: str, chunk: bytes) -> str:
        digest = hashlib.sha256(chunk).hexdigest()
        text = f"{ALGORITHM}-PAYLOAD\n{claim.moment}\n{claim.scope}\n{previous}\n{EMPTY_SHA256}\n{digest}"
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    sign.seed = claim.signature  # type: ignore[attr-defined]  # the first chunk follows the request's own signature
    return sign
