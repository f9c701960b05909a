"""Signature Version 4, verified over the raw request: who sent it, and was a byte of it changed on the way?

The steps are AWS's: canonical request → string to sign → signing key → compare. S3 signs the path as it is sent, every
other service a normalised path, encoded once more.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, unquote

import time_machine

from grader.cloud.clock import Clock
from grader.cloud.door.chunked import decode_chunks
from grader.cloud.door.faults import Refusal
from grader.cloud.door.request import Request
from grader.cloud.iam.identity import Holder, Identity, InvalidToken
from grader.cloud.iam.principals import ANONYMOUS, Principal

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_SECONDS = 15 * 60
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)\s*=\s*([^\s,]+)")


@dataclass(frozen=True)
class Claim:
    """What a signed request says of itself."""

    place: Literal["header", "query"]
    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: str
    token: str
    expires: float | None = None

    @property
    def scope(self) -> str:
        """The credential scope: day, Region, service, ``aws4_request``."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def claim_of(request: Request) -> Claim | None:
    """The claim of a signed request; None for an anonymous one.

    Raises
    ------
    Refusal
        When a signature is there but incomplete, or is of Signature Version 2.
    """
    authorization, parameters = request.header("Authorization"), request.parameters
    if authorization.startswith(ALGORITHM):
        return _header_claim(request, authorization)
    if "X-Amz-Algorithm" in parameters or "X-Amz-Signature" in parameters:
        return _query_claim(request)
    if authorization.startswith("AWS ") or {"AWSAccessKeyId", "Signature"} <= set(parameters):
        raise Refusal(
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256. "
            '(With boto3: Config(signature_version="s3v4").)',
            400,
        )
    if authorization.startswith("AWS4"):
        raise Refusal("IncompleteSignature", "The authorization header uses an unknown algorithm.", 400)
    return None


def _header_claim(request: Request, authorization: str) -> Claim:
    fields = dict(_FIELD.findall(authorization))
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in fields]
    if missing:
        raise _incomplete(", ".join(f"Authorization header requires '{name}' parameter." for name in missing))
    moment = request.header("X-Amz-Date")
    if not moment:
        raise _incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return _claim(
        "header", fields["Credential"], fields["SignedHeaders"], fields["Signature"], moment,
        request.header("X-Amz-Security-Token"), None,
    )  # fmt: skip


def _query_claim(request: Request) -> Claim:
    given = request.parameters
    names = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
    expires = given.get("X-Amz-Expires", "")
    if any(not given.get(name) for name in names) or not expires.isdigit():
        raise Refusal(
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            400,
        )
    if int(expires) > 604800:
        raise Refusal(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds",
            400,
        )
    return _claim(
        "query", given["X-Amz-Credential"], given["X-Amz-SignedHeaders"], given["X-Amz-Signature"],
        given["X-Amz-Date"], given.get("X-Amz-Security-Token", ""), float(expires),
    )  # fmt: skip


def _claim(
    place: Literal["header", "query"],
    credential: str,
    signed: str,
    signature: str,
    moment: str,
    token: str,
    expires: float | None,
) -> Claim:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not re.fullmatch(r"\d{8}T\d{6}Z", moment):
        raise _incomplete(f"Credential must have exactly 5 slash-delimited elements, got '{credential}'.")
    key, date, region, service, _ = parts
    if not moment.startswith(date):
        raise Refusal("SignatureDoesNotMatch", f"Date in Credential scope does not match YYYYMMDD: '{date}'", 403)
    headers = tuple(signed.lower().split(";"))
    return Claim(place, key, date, region, service, headers, signature, moment, token, expires)


def _incomplete(message: str) -> Refusal:
    return Refusal("IncompleteSignature", message, 400)


class Verifier:
    """Turns a request into a principal, or refuses it.

    Parameters
    ----------
    identity
        Knows the keys.
    clock
        Judges expiry and skew.
    """

    def __init__(self, identity: Identity, clock: Clock) -> None:
        self._identity, self._clock = identity, clock

    def verify(self, request: Request, claim: Claim | None) -> tuple[Principal, Request]:
        """The sender, and the request with a chunked upload's body decoded.

        Raises
        ------
        Refusal
            With AWS's code and words: unknown key, expired, too old, or not what was signed.
        """
        if claim is None:
            return ANONYMOUS, decode_chunks(request, None)
        holder = self._holder(claim)
        self._check_time(claim, holder.principal)
        key = signing_key(holder.credentials.secret_access_key, claim.date, claim.region, claim.service)
        if "host" not in claim.signed_headers or not self._matches(request, claim, key):
            raise Refusal("SignatureDoesNotMatch", MISMATCH, 403)
        self._check_expiry(holder)
        self._check_payload(request)
        return holder.principal, decode_chunks(request, _chunk_signer(claim, key))

    def _holder(self, claim: Claim) -> Holder:
        try:
            return self._identity.holder_of(claim.access_key, claim.token)
        except InvalidToken as unknown:
            raise Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403) from (
                unknown
            )

    def _check_expiry(self, holder: Holder) -> None:
        expires = holder.credentials.expires
        if expires is not None and self._clock.timestamp() >= expires:
            raise Refusal("ExpiredToken", "The security token included in the request is expired", 403)

    def _check_time(self, claim: Claim, principal: Principal) -> None:
        signed = calendar.timegm(time.strptime(claim.moment, "%Y%m%dT%H%M%SZ"))
        now = self._clock.timestamp()
        if claim.expires is not None and now >= signed + claim.expires:
            raise Refusal("RequestExpired", "Request has expired", 403)
        if claim.expires is None and principal.kind == "developer" and abs(real_time() - signed) <= SKEW_SECONDS:
            return  # sam and aws, processes of their own, sign by the clock on the wall
        too_old = claim.expires is None and now - signed > SKEW_SECONDS
        if too_old or signed - now > SKEW_SECONDS:
            raise Refusal("RequestTimeTooSkewed", f"{claim.moment} is not within 15 minutes of the current time", 403)

    def _matches(self, request: Request, claim: Claim, key: bytes) -> bool:
        return any(
            hmac.compare_digest(signature_of(canonical, claim, key), claim.signature)
            for canonical in canonical_requests(request, claim)
        )

    def _check_payload(self, request: Request) -> None:
        stated = request.header("X-Amz-Content-SHA256")
        if re.fullmatch(r"[0-9a-f]{64}", stated) and stated != hashlib.sha256(request.body).hexdigest():
            raise Refusal(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                400,
            )


def real_time() -> float:
    """Seconds since 1970 on the machine's own clock, although moto may hold the process in virtual time just now."""
    try:
        return float(time_machine.escape_hatch.time.time())
    except ValueError:  # nobody travels just now
        return time.time()


MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def signature_of(canonical: str, claim: Claim, key: bytes) -> str:
    """The signature of a canonical request."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(key, f"{ALGORITHM}\n{claim.moment}\n{claim.scope}\n{digest}".encode(), hashlib.sha256).hexdigest()


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


def _chunk_signer(claim: Claim, key: bytes) -> Callable[[str, bytes], str]:
    """Signs one chunk of a ``STREAMING-AWS4-HMAC-SHA256-PAYLOAD`` body after the signature before it."""

    def sign(previous: str, chunk: bytes) -> str:
        digest = hashlib.sha256(chunk).hexdigest()
        text = f"{ALGORITHM}-PAYLOAD\n{claim.moment}\n{claim.scope}\n{previous}\n{EMPTY_SHA256}\n{digest}"
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    sign.seed = claim.signature  # type: ignore[attr-defined]  # the first chunk follows the request's own signature
    return sign
