"""What a signed request says of itself: in its Authorization header, or in its query when it was signed in advance."""

from __future__ import annotations

import calendar
import re
import time
from dataclasses import dataclass
from typing import Literal

from grader.cloud.door.faults import Refusal
from grader.cloud.door.request import Request

ALGORITHM = "AWS4-HMAC-SHA256"
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


def signed_keys(claim: Claim, now: float) -> tuple[tuple[str, str], ...]:
    """What S3's policies can ask about a signature: where it stood, which kind it is, how old in milliseconds."""
    signed = calendar.timegm(time.strptime(claim.moment, "%Y%m%dT%H%M%SZ"))
    kind = {"header": "REST-HEADER", "query": "REST-QUERY-STRING"}[claim.place]
    age = str(max(0, int((now - signed) * 1000)))
    return ("s3:authtype", kind), ("s3:signatureversion", ALGORITHM), ("s3:signatureage", age)
