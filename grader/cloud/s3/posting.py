"""``POST Object``: who signed a form, whether its policy holds, the upload that it asks for, and the answer.

The order is S3's: the form → the signature over the policy as it was sent → the policy → IAM → the object.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, quote_plus, urlencode, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from grader.cloud.clock import Clock
from grader.cloud.door.caller import Caller
from grader.cloud.door.claim import ALGORITHM
from grader.cloud.door.faults import Refusal, malformed_xml
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.signature import signing_key
from grader.cloud.door.verifier import Verifier, octets
from grader.cloud.iam.principals import ANONYMOUS
from grader.cloud.s3.form import Form, form_of, invalid_argument, missing_field
from grader.cloud.s3.post_policy import policy_of

GRANT = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
POSTED = "x-moto-posted"  # nobody outside can send it: the door strips the name
PLAIN_HEADERS = ("cache-control", "content-type", "content-disposition", "content-encoding", "expires", "content-md5")
NOT_STORED = tuple(name.lower() for name in (*GRANT, "X-Amz-Security-Token"))
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


@dataclass(frozen=True)
class Posted:
    """A form that was let in.

    Attributes
    ----------
    request
        The upload as ``PutObject`` has it.
    caller
        Who signed the form, or nobody.
    """

    form: Form
    bucket: str
    request: Request
    caller: Caller

    def answer(self, stored: Response) -> Response:
        """What the browser gets once the object is stored."""
        etag, fields = stored.header("ETag"), self.form.fields
        location = f"https://{self.bucket}.s3.amazonaws.com/{quote(self.form.key, safe='')}"
        kept = [pair for pair in stored.headers if pair[0].lower().startswith(("x-amz-", "x-amzn-pocket-"))]
        headers = [("ETag", etag), ("Location", location), *kept]
        target = fields.get("success_action_redirect") or fields.get("redirect") or ""
        if urlsplit(target).netloc:
            said = urlencode({"bucket": self.bucket, "key": self.form.key, "etag": etag}, quote_via=quote_plus)
            where = f"{target}{'&' if urlsplit(target).query else '?'}{said}"
            return Response(303, (*((n, v) for n, v in headers if n != "Location"), ("Location", where)))
        if fields.get("success_action_status") == "201":
            headers.append(("Content-Type", "application/xml"))
            return Response(201, tuple(headers), self._description(location, etag).encode())
        return Response(200 if fields.get("success_action_status") == "200" else 204, tuple(headers))

    def _description(self, location: str, etag: str) -> str:
        found = (("Location", location), ("Bucket", self.bucket), ("Key", self.form.key), ("ETag", etag))
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in found)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'


class Posting:
    """Lets forms in.

    Parameters
    ----------
    verifier
        Knows the signers' keys.
    clock
        Judges expiration.
    """

    def __init__(self, verifier: Verifier, clock: Clock) -> None:
        self._verifier, self._clock = verifier, clock

    def admitted(self, request: Request, bucket: str, region: str) -> Posted:
        """A form that its policy and its signature let in; IAM has its say afterwards.

        Raises
        ------
        Refusal
            In S3's words.
        """
        form = form_of(request)
        caller = self._caller(form, region)
        if caller.access_key is not None:
            fields = {**form.fields, "key": form.key, "bucket": bucket}
            policy_of(form.fields["policy"]).check(fields, len(form.content), self._clock.timestamp())
        return Posted(form, bucket, _upload(request, bucket, form), caller)

    def _caller(self, form: Form, region: str) -> Caller:
        fields = form.fields
        if "signature" in fields or "awsaccesskeyid" in fields:
            words = (
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256. "
                '(With boto3: Config(signature_version="s3v4").)'
            )
            raise Refusal("InvalidRequest", words, 400)
        if not any(name.lower() in fields for name in GRANT):
            return Caller(ANONYMOUS, None)
        for name in ("Policy", *GRANT):
            if not fields.get(name.lower()):
                raise missing_field(name if name != "Policy" else "policy")
        return self._signer(fields, region)

    def _signer(self, fields: dict[str, str], region: str) -> Caller:
        key, date, named, service = _credential(fields, region)
        if fields["x-amz-algorithm"] != ALGORITHM:
            words = f'X-Amz-Algorithm only supports "{ALGORITHM}"'
            raise invalid_argument(words, "X-Amz-Algorithm", fields["x-amz-algorithm"])
        if not re.fullmatch(r"\d{8}T\d{6}Z", fields["x-amz-date"]):
            words = "X-Amz-Date must be formated via ISO8601 Long format"
            raise invalid_argument(words, "X-Amz-Date", fields["x-amz-date"])
        holder = self._verifier.holder(key, fields.get("x-amz-security-token", ""))
        secret = signing_key(holder.credentials.secret_access_key, date, named, service)
        computed = hmac.new(secret, fields["policy"].encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(computed, fields["x-amz-signature"]):
            details = (
                ("AWSAccessKeyId", key), ("StringToSign", fields["policy"]),
                ("SignatureProvided", fields["x-amz-signature"]), ("StringToSignBytes", octets(fields["policy"])),
            )  # fmt: skip
            raise Refusal("SignatureDoesNotMatch", MISMATCH, 403, details)
        self._verifier.check_expiry(holder)
        return Caller(holder.principal, key, (("s3:authtype", "POST"), ("s3:signatureversion", ALGORITHM)))


def _credential(fields: dict[str, str], region: str) -> tuple[str, str, str, str]:
    """Key, day, Region and service of the ``X-Amz-Credential`` field."""
    stated = fields["x-amz-credential"]
    parts = stated.rsplit("/", 4)
    if len(parts) != 5 or parts[3:] != ["s3", "aws4_request"] or not re.fullmatch(r"\d{8}", parts[1]):
        words = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        raise invalid_argument(words, "X-Amz-Credential", stated)
    if parts[2] != region:
        refusal = invalid_argument(
            f"the region '{parts[2]}' is wrong; expecting '{region}'", "X-Amz-Credential", stated
        )
        raise replace(refusal, details=(*refusal.details, ("Region", region)))
    return parts[0], parts[1], parts[2], parts[3]


def _upload(request: Request, bucket: str, form: Form) -> Request:
    """The same upload as a ``PutObject``."""
    kept = [(name, value) for name, value in form.fields.items() if name in PLAIN_HEADERS]
    kept += [(n, v) for n, v in form.fields.items() if n.startswith("x-amz-") and n not in NOT_STORED]
    if "acl" in form.fields:
        kept.append(("x-amz-acl", form.fields["acl"]))
    if "tagging" in form.fields:
        kept.append(("x-amz-tagging", _tags(form.fields["tagging"])))
    if "content-type" not in form.fields:
        kept.append(("content-type", "binary/octet-stream"))
    sent = [pair for pair in request.headers if pair[0].lower() in ("host", "user-agent", "referer", "origin")]
    length = ("Content-Length", str(len(form.content)))
    path = f"/{quote(bucket)}/{quote(form.key, safe='/~')}"
    headers = (*sent, length, *kept, (POSTED, "true"))
    return replace(request, method="PUT", path=path, query="", headers=headers, body=form.content)


def _tags(document: str) -> str:
    try:
        tags = ElementTree.fromstring(document).iter("Tag")
        return urlencode({tag.findtext("Key", ""): tag.findtext("Value", "") for tag in tags})
    except ElementTree.ParseError as unreadable:
        raise malformed_xml() from unreadable
