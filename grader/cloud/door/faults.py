"""Refusals in the shape that each AWS protocol gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.sax.saxutils import escape

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

Protocol = Literal["rest-xml", "query", "json", "rest-json"]


@dataclass(unsafe_hash=True)  # not frozen: Python itself sets an exception's traceback
class Refusal(Exception):
    """Why the door does not let a request through, in AWS's terms.

    ``code`` is the query protocol's; JSON services and S3 have names of their own for the same things.

    Attributes
    ----------
    details
        Further elements of an error in XML, in their order: S3 explains itself (``StringToSign``, ``ProposedSize``).
    members
        Further members of an error in JSON: DynamoDB's ``CancellationReasons``.
    """

    code: str
    message: str
    status: int = 403
    details: tuple[tuple[str, str], ...] = ()
    members: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def malformed_xml() -> Refusal:
    """S3's words for a document that it cannot use."""
    words = "The XML you provided was not well-formed or did not validate against our published schema"
    return Refusal("MalformedXML", words, 400)


S3_CODES = {
    "InvalidClientTokenId": (
        "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "InvalidToken": ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
    "ExpiredToken": ("ExpiredToken", 400, "The provided token has expired."),
    "RequestExpired": ("AccessDenied", 403, "Request has expired"),
    "RequestTimeTooSkewed": (
        "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.",
    ),
    "IncompleteSignature": ("AuthorizationHeaderMalformed", 400, ""),
    "SignatureDoesNotMatch": (
        "SignatureDoesNotMatch", 403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method.",
    ),
    "MissingAuthenticationToken": ("AccessDenied", 403, "Access Denied"),
}  # fmt: skip
JSON_CODES = {
    "InvalidClientTokenId": ("UnrecognizedClientException", 400),
    "InvalidToken": ("UnrecognizedClientException", 400),
    "ExpiredToken": ("ExpiredTokenException", 400),
    "RequestExpired": ("InvalidSignatureException", 400),
    "RequestTimeTooSkewed": ("InvalidSignatureException", 400),
    "SignatureDoesNotMatch": ("InvalidSignatureException", 400),
    "IncompleteSignature": ("IncompleteSignatureException", 400),
    "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 400),
    "AccessDenied": ("AccessDeniedException", 400),
}
QUERY_CODES = {
    "InvalidToken": ("InvalidClientTokenId", 403),
    "RequestExpired": ("SignatureDoesNotMatch", 403),
    "RequestTimeTooSkewed": ("SignatureDoesNotMatch", 403),
}
# SNS has a code of its own for what is not allowed.
ACCESS_DENIED = {"sns": "AuthorizationError"}
# Services that moved from the query protocol to JSON and still say the old codes beside.
QUERY_COMPATIBLE = frozenset({"sqs", "cloudwatch"})
PROTOCOLS: dict[str, Protocol] = {
    "s3": "rest-xml",
    "lambda": "rest-json",
    "execute-api": "rest-json",
    "apigateway": "rest-json",
    "apigatewayv2": "rest-json",
    "scheduler": "rest-json",
    "sesv2": "rest-json",
    "xray": "rest-json",
    "appsync": "rest-json",
    "batch": "rest-json",
    "eks": "rest-json",
    "kafka": "rest-json",
    "pipes": "rest-json",
    "cloudfront": "rest-xml",
    "route53": "rest-xml",
}


def protocol_of(service: str, request: Request) -> Protocol:
    """How the client speaks; CloudWatch and SQS can be spoken to in more than one way."""
    return PROTOCOLS.get(service) or ("json" if request.has_header("X-Amz-Target") else "query")


def refuse(refusal: Refusal, service: str, request: Request, request_id: str) -> Response:
    """The refusal as an answer that the service's clients understand."""
    protocol = protocol_of(service, request)
    if protocol == "rest-xml":
        return _rest_xml(refusal, request, request_id)
    if protocol == "query":
        return _query(refusal, service, request_id)
    return _json(refusal, service, protocol, request_id)


def _rest_xml(refusal: Refusal, request: Request, request_id: str) -> Response:
    code, status, message = S3_CODES.get(refusal.code, (refusal.code, refusal.status, ""))
    more = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in refusal.details)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message or refusal.message)}</Message>{more}"
        f"<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
    )
    headers = (("Content-Type", "application/xml"), ("x-amz-request-id", request_id))
    return Response(status, headers, b"" if request.method == "HEAD" else body.encode())


def _query(refusal: Refusal, service: str, request_id: str) -> Response:
    code, status = QUERY_CODES.get(refusal.code, (refusal.code, refusal.status))
    if code == "AccessDenied":
        code = ACCESS_DENIED.get(service, code)
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(refusal.message)}</Message>"
        f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Response(status, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body.encode())


def _json(refusal: Refusal, service: str, protocol: Protocol, request_id: str) -> Response:
    code, status = JSON_CODES.get(refusal.code, (refusal.code, refusal.status))
    rest = protocol == "rest-json"
    headers = [
        ("Content-Type", "application/json" if rest else "application/x-amz-json-1.0"),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", code),
    ]
    if service in QUERY_COMPATIBLE:
        headers.append(("x-amzn-query-error", f"{refusal.code};Sender"))
        status = refusal.status
    said = {"Message": refusal.message} if rest else {"__type": code, "message": refusal.message}
    body = json.dumps({**said, **refusal.members}).encode()
    # A REST service answers 403 where the JSON services answer 400.
    return Response(403 if rest and status == 400 else status, tuple(headers), body)
