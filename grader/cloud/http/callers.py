"""Who signed a request to an API or to a function URL, and what IAM lets them do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader.cloud.door.claim import ALGORITHM, Claim, claim_of
from grader.cloud.door.faults import JSON_CODES, Refusal
from grader.cloud.door.request import Request
from grader.cloud.http.neighbours import Decision
from grader.cloud.iam.principals import ANONYMOUS, Principal
from grader.cloud.iam.request_context import request_context

NO_EQUAL_SIGN = (
    "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
    "Base64): '{digest}'."
)


@dataclass(frozen=True)
class Caller:
    """The principal behind a signature, and the access key that it was made with."""

    principal: Principal
    access_key: str


class Verifier(Protocol):
    """Turns a signed request into a principal; the door's own."""

    def verify(self, request: Request, claim: Claim | None, region: str) -> tuple[Principal, Request]: ...


class Authorization(Protocol):
    """IAM's decisions."""

    def decide(
        self,
        principal: Principal,
        action: str,
        resource_arn: str,
        context: Mapping[str, Any] | None = None,
        policies: Sequence[Any] | None = None,
    ) -> Decision: ...


class Callers:
    """Recognises the signers of requests and asks IAM about them.

    Parameters
    ----------
    verifier
        Verifies signatures.
    authorization
        Decides.
    region
        ``aws:RequestedRegion``.
    """

    def __init__(self, verifier: Verifier, authorization: Authorization, region: str) -> None:
        self._verifier = verifier
        self._authorization = authorization
        self._region = region

    def identify(self, request: Request, service: str) -> Caller | None:
        """Who signed a request for ``execute-api`` or ``lambda``; None when it is not signed at all.

        Raises
        ------
        Refusal
            When there is an ``Authorization`` header or a signed query that is no valid signature for the service.
        """
        claim = claim_of(request)
        if claim is None:
            if request.has_header("Authorization"):
                raise not_a_signature(request)
            return None
        if claim.service != service:
            raise Refusal("SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'. ")
        if claim.region != self._region:
            raise Refusal(
                "SignatureDoesNotMatch", f"Credential should be scoped to a valid Region, not '{claim.region}'. "
            )
        principal, _ = self._verifier.verify(request, claim, self._region)
        return Caller(principal, claim.access_key)

    def decide(
        self,
        caller: Caller | None,
        action: str,
        resource: str,
        request: Request,
        policies: Sequence[Any] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Whether a caller (None: anonymous) may do ``action`` to ``resource``.

        Parameters
        ----------
        policies
            The resource's own policies, where they are kept here and not in moto.
        more
            Condition keys of the service, in lower case.
        """
        principal = caller.principal if caller else ANONYMOUS
        context = request_context("execute-api", "", {}, request, None, self._region) | dict(more or {})
        return self._authorization.decide(principal, action, resource, context, policies)


def not_a_signature(request: Request) -> Refusal:
    """What IAM says of an Authorization header that is none of its own, a bearer token for example."""
    header = request.header("Authorization")
    if header.startswith(ALGORITHM):
        return Refusal("IncompleteSignature", "Authorization header requires 'Credential' parameter.")
    digest = base64.b64encode(hashlib.sha256(header.encode()).digest()).decode()
    return Refusal("IncompleteSignature", NO_EQUAL_SIGN.format(digest=digest))


def error_type(refusal: Refusal) -> str:
    """``x-amzn-ErrorType`` of a signature that was refused."""
    return JSON_CODES.get(refusal.code, ("InvalidSignatureException", 403))[0]
