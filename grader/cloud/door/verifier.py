"""Who sent this, and was a byte of it changed on the way? Signatures, expiry and skew, judged on the clock."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from datetime import UTC, datetime

import time_machine

from grader.cloud.clock import Clock
from grader.cloud.door.chunked import decode_chunks
from grader.cloud.door.claim import Claim
from grader.cloud.door.faults import Refusal
from grader.cloud.door.request import Request
from grader.cloud.door.signature import canonical_requests, chunk_signer, signature_of, signing_key, string_to_sign
from grader.cloud.iam.identity import Holder, Identity, InvalidToken
from grader.cloud.iam.principals import ANONYMOUS, Principal

SKEW_SECONDS = 15 * 60
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


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

    def verify(self, request: Request, claim: Claim | None, region: str = "") -> tuple[Principal, Request]:
        """The sender, and the request with a chunked upload's body decoded.

        ``region`` is the one that the request was sent to; S3 insists on it.

        Raises
        ------
        Refusal
            With AWS's code and words: unknown key, expired, too old, or not what was signed.
        """
        if claim is None:
            return ANONYMOUS, decode_chunks(request, None)
        if claim.service == "s3":
            _check_region(claim, region)
        holder = self.holder(claim.access_key, claim.token)
        self._check_time(claim, holder.principal)
        key = signing_key(holder.credentials.secret_access_key, claim.date, claim.region, claim.service)
        if "host" not in claim.signed_headers or not self._matches(request, claim, key):
            raise mismatch(claim, canonical_requests(request, claim)[0])
        if claim.service == "s3":
            _check_all_signed(request, claim)
        self.check_expiry(holder)
        self._check_payload(request)
        return holder.principal, decode_chunks(request, chunk_signer(claim, key))

    def holder(self, access_key: str, token: str) -> Holder:
        """The credentials behind a key and its session token.

        Raises
        ------
        Refusal
            When there are none.
        """
        try:
            return self._identity.holder_of(access_key, token)
        except InvalidToken as unknown:
            code, named = ("InvalidToken", "Token-0") if token else ("InvalidClientTokenId", "AWSAccessKeyId")
            words = "The security token included in the request is invalid."
            raise Refusal(code, words, 403, ((named, token or access_key),)) from unknown

    def check_expiry(self, holder: Holder) -> None:
        """Refuse what was signed with credentials that are no longer good: no grant outlives its signer's session."""
        expires = holder.credentials.expires
        if expires is not None and self._clock.timestamp() >= expires:
            details = (("Token-0", holder.credentials.session_token or ""),)
            raise Refusal("ExpiredToken", "The security token included in the request is expired", 403, details)

    def _check_time(self, claim: Claim, principal: Principal) -> None:
        signed = calendar.timegm(time.strptime(claim.moment, "%Y%m%dT%H%M%SZ"))
        now = self._clock.timestamp()
        if claim.expires is not None and now >= signed + claim.expires:
            times = (("X-Amz-Expires", f"{claim.expires:.0f}"), ("Expires", _iso(signed + claim.expires)))
            raise Refusal("RequestExpired", "Request has expired", 403, (*times, ("ServerTime", _iso(now))))
        if claim.expires is None and principal.kind == "developer" and abs(real_time() - signed) <= SKEW_SECONDS:
            return  # sam and aws, processes of their own, sign by the clock on the wall
        too_old = claim.expires is None and now - signed > SKEW_SECONDS
        if too_old or signed - now > SKEW_SECONDS:
            words = f"{claim.moment} is not within 15 minutes of the current time"
            allowed = ("MaxAllowedSkewMilliseconds", str(SKEW_SECONDS * 1000))
            details = (("RequestTime", claim.moment), ("ServerTime", _iso(now)), allowed)
            raise Refusal("RequestTimeTooSkewed", words, 403, details)

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


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_region(claim: Claim, region: str) -> None:
    """S3 names the Region that it expects in the credential."""
    if not region or claim.region == region:
        return
    wrong = f"the region '{claim.region}' is wrong; expecting '{region}'"
    if claim.place == "query":
        words = f"Error parsing the X-Amz-Credential parameter; {wrong}"
        raise Refusal("AuthorizationQueryParametersError", words, 400, (("Region", region),))
    words = f"The authorization header is malformed; {wrong}"
    raise Refusal("AuthorizationHeaderMalformed", words, 400, (("Region", region),))


def _check_all_signed(request: Request, claim: Claim) -> None:
    """S3 takes no ``x-amz-`` header that the signature does not cover: nobody adds one to somebody else's grant."""
    sent = dict.fromkeys(name.lower() for name, _ in request.headers if name.lower().startswith("x-amz-"))
    outside = [name for name in sent if name not in claim.signed_headers and name != "x-amz-content-sha256"]
    if outside:
        words = "There were headers present in the request which were not signed"
        raise Refusal("AccessDenied", words, 403, (("HeadersNotSigned", ", ".join(outside)),))


def octets(text: str) -> str:
    """The bytes of a text as S3 shows them: two hexadecimal digits each, with spaces between."""
    return text.encode().hex(" ")


def mismatch(claim: Claim, canonical: str) -> Refusal:
    """What S3 says of a signature that is not the request's: everything that it computed with, the key apart."""
    text = string_to_sign(canonical, claim)
    details = (
        ("AWSAccessKeyId", claim.access_key), ("StringToSign", text), ("SignatureProvided", claim.signature),
        ("StringToSignBytes", octets(text)), ("CanonicalRequest", canonical),
        ("CanonicalRequestBytes", octets(canonical)),
    )  # fmt: skip
    return Refusal("SignatureDoesNotMatch", MISMATCH, 403, details)
