"""8.1: Signature Version 4 by hand, equal to botocore's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from random import Random
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from grader.checks import check, exercise, expect, fail

ASKED = "asked"  # the checks ask one environment, one after the other

Request = Mapping[str, Any]

# The example in AWS's "Authenticating Requests" documentation: request, secret and signature are published there.
PUBLISHED: Request = {
    "method": "GET",
    "path": "/",
    "query": {"Action": "ListUsers", "Version": "2010-05-08"},
    "headers": {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Host": "iam.amazonaws.com",
        "X-Amz-Date": "20150830T123600Z",
    },
    "body": "",
    "time": "20150830T123600Z",
    "region": "us-east-1",
    "service": "iam",
}
PUBLISHED_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PUBLISHED_SIGNATURE = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"

# Small letters sort behind capitals, and "-" and "%" before ":" and "=": whoever sorts the names as they were sent, or
# whole lines and pairs, gets another order.
UNTIDY = {
    "X-Amz-Date": "20261127T081500Z",
    "Host": "photos.s3.us-east-1.amazonaws.com",
    "X-Amz-Meta-Title-Language": "en",
    "X-Amz-Meta-Title": "  a   day at   the sea ",
    "content-type": "image/jpeg",
}
AWKWARD_QUERY = {
    "prefix": "my photos/2026", "list-type": "2", "delimiter": "/", "Marker": "ä+b=c&d~e", "empty": "",
    "tag/my colour": "1", "tag": "sea", "list": "all",
}  # fmt: skip


def request_to(**changes: Any) -> dict[str, Any]:
    """An ordinary request to S3, with some of its parts changed."""
    body = changes.get("body", "")
    headers = {
        "Host": "photos.s3.us-east-1.amazonaws.com",
        "X-Amz-Content-Sha256": hashlib.sha256(body.encode()).hexdigest(),
        "X-Amz-Date": "20261127T081500Z",
    }
    ordinary = {"method": "GET", "path": "/beach.jpg", "query": {}, "headers": headers, "body": body}
    return {**ordinary, "time": "20261127T081500Z", "region": "us-east-1", "service": "s3", **changes}


class BotocoreSigner(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """botocore's own signer, which says each of its steps for a request that is described as the exercise does."""

    def __init__(self, request: Request, secret: str = "secret") -> None:
        super().__init__(Credentials("AKIDEXAMPLE", secret), request["service"], request["region"])
        self._described = request
        self._request = AWSRequest(
            request["method"],
            f"https://{_host(request)}{request['path']}",
            headers=dict(request["headers"]),
            data=request["body"],
            params=dict(request["query"]),
        )
        self._request.context["timestamp"] = request["time"]

    def payload(self, request: Any) -> str:
        """The digest of the body; S3's signer would otherwise leave it out over HTTPS."""
        return hashlib.sha256(self._described["body"].encode()).hexdigest()

    def steps(self) -> dict[str, str]:
        """The canonical request, the string to sign and the signature."""
        canonical = self.canonical_request(self._request)
        to_sign = self.string_to_sign(self._request, canonical)
        return {"canonical": canonical, "to_sign": to_sign, "signature": self.signature(to_sign, self._request)}


def _host(request: Request) -> str:
    return str(next(value for name, value in request["headers"].items() if name.lower() == "host"))


def judge_canonical(function: Any, request: Request, hint: str) -> None:
    """Compare the learner's canonical request with botocore's, and name the first part that differs."""
    found = function("signature.canonical_request")(dict(request))
    expect(found, what="canonical_request(request)", hint="Return the text of six parts.").is_text()
    wanted = BotocoreSigner(request).steps()["canonical"]
    if found == wanted:
        return
    for number, (ours, theirs) in enumerate(zip(wanted.split("\n"), found.split("\n"), strict=False), 1):
        if ours != theirs:
            fail(expected=f"line {number}: {ours!r}", found=f"line {number}: {theirs!r}", hint=hint)
    fail(
        expected=f"{len(wanted.splitlines())} lines: {wanted!r}",
        found=f"{len(found.splitlines())} lines: {found!r}",
        hint="Six parts are joined by line breaks, and each header has a line break of its own behind it: "
        "so a blank line stands between the headers and their names.",
    )


def judge_signature(function: Any, request: Request, secret: str, wanted: str) -> None:
    """Compare a signature; when it differs, say which step or which mistake with the key gives the one found."""
    found = function("signature.signature")(secret, dict(request))
    if found == wanted:
        return
    judge_canonical(function, request, hint="The signature differs because the canonical request does: see this line.")
    to_sign = BotocoreSigner(request).steps()["to_sign"]
    hint = (
        "The canonical request is right. Compare string_to_sign and signing_key with the lesson, step by step: the "
        "time, the day, the Region and the service are the request's, in this order. A signature is 64 hexadecimal "
        "letters."
    )
    for mistaken, words in MISTAKEN_KEYS:
        if found == hmac.new(mistaken(secret, request), to_sign.encode(), hashlib.sha256).hexdigest():
            hint = words
    fail(expected=wanted, found=str(found), hint=hint)


def chained(key: bytes, parts: list[str], in_hexadecimal: bool = False) -> bytes:
    """A key made from the last one and the next part, again and again."""
    for part in parts:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        key = key.hex().encode() if in_hexadecimal else key
    return key


def scope_of(request: Request) -> list[str]:
    """Day, Region, service, end."""
    return [request["time"][:8], request["region"], request["service"], "aws4_request"]


MISTAKEN_KEYS = (
    (lambda secret, request: secret.encode(), "That signs with the secret itself. The key is made from it in a chain."),
    (lambda secret, request: f"AWS4{secret}".encode(), "That signs with AWS4 and the secret: the chain is missing."),
    (
        lambda secret, request: chained(secret.encode(), scope_of(request)),
        "The chain begins with AWS4 and the secret, not with the secret alone.",
    ),
    (
        lambda secret, request: chained(f"AWS4{secret}".encode(), scope_of(request)[:3]),
        "The chain has a last link: aws4_request.",
    ),
    (
        lambda secret, request: chained(f"AWS4{secret}".encode(), scope_of(request), in_hexadecimal=True),
        "Each link is keyed by the bytes of the one before, not by their hexadecimal text. Only the signature is text.",
    ),
    (
        lambda secret, request: chained(f"AWS4{secret}".encode(), [request["time"], *scope_of(request)[1:]]),
        "The first link is the day alone, eight digits, without the time.",
    ),
)


def any_request(rng: Random) -> dict[str, Any]:
    """A request that nobody could have typed in beforehand."""
    body = "".join(rng.choice("abc ä{}\n") for _ in range(rng.randrange(1, 40)))
    time = f"2026{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}T{rng.randrange(24):02}1500Z"
    request = request_to(method=rng.choice(["PUT", "POST"]), body=body, time=time)
    request["path"] = f"/{rng.choice(['a', 'b'])}/{rng.randrange(1000)}.jpg"
    request["region"] = rng.choice(["eu-central-1", "ap-south-1", "us-west-2"])
    request["query"] = {f"{rng.choice('zyxab')}{number}": f"{rng.random()} +" for number in range(rng.randrange(1, 5))}
    request["headers"] |= {"X-Amz-Date": time, f"X-Amz-Meta-{rng.choice('QRS')}": f" {rng.random()}  x "}
    return request


@exercise(
    "8.1",
    "A signature by hand",
    slug="8_1_signature",
    files=["signature.py"],
    minutes=20,
    hints=[
        "Go in the order of the file. Print canonical_request of the request in the lesson, and compare it line by "
        "line with what the lesson shows. Nothing else is worth looking at before that is equal.",
        "sorted() on pairs sorts by name: sorted((name.lower(), value) for …). ' '.join(value.split()) tidies white "
        "space. The header part ends with a line break of its own, so a blank line follows it when you join.",
        "The key: begin with ('AWS4' + secret).encode(); then, for each of the four parts of scope(request), "
        "key = keyed(key, part). The signature is keyed(key, string_to_sign(request)).hex().",
    ],
    passed="Your signature equals botocore's, and AWS's published one. The secret never travels: what travels is "
    "proof that the sender has it, good for one day, one Region, one service and one request.",
    next="8.2",
)
class Signature:
    @check(points=1, shares=ASKED)
    def puts_a_request_into_its_exact_form(function):
        """An ordinary request becomes six parts in the right order."""
        for body in ("", "hello"):
            judge_canonical(
                function,
                request_to(body=body, method="PUT"),
                hint="Method, path, query, headers, names of the headers, digest of the body: joined by line breaks.",
            )

    @check(points=1, needs=puts_a_request_into_its_exact_form, shares=ASKED)
    def sorts_and_tidies_headers(function):
        """Headers in any order and any case, with untidy values, give the same form."""
        judge_canonical(
            function,
            request_to(headers={**UNTIDY, "X-Amz-Content-Sha256": hashlib.sha256(b"").hexdigest()}),
            hint="Names in small letters, then sorted by name (not by whole lines); white space around a value goes, "
            "runs become one space.",
        )

    @check(points=1, needs=puts_a_request_into_its_exact_form, shares=ASKED)
    def escapes_and_sorts_the_query(function):
        """The query is escaped, then sorted."""
        judge_canonical(
            function,
            request_to(query=AWKWARD_QUERY, path="/my%20photos/beach.jpg"),
            hint="Use escaped() for names and values of the query: a space is %20, a slash %2F. Sort by name, capitals "
            "first, and not by whole pairs; an empty value keeps its =. The path is signed as it is sent: it is "
            "escaped already.",
        )

    @check(points=1, needs=puts_a_request_into_its_exact_form, shares=ASKED)
    def makes_the_string_to_sign(function):
        """The string to sign has four lines."""
        request = request_to()
        expect(
            function("signature.string_to_sign")(dict(request)),
            what="string_to_sign(request)",
            hint="Algorithm, the whole time, scope(request), and the digest of the canonical request, a line each.",
        ).equals(BotocoreSigner(request).steps()["to_sign"])

    @check(points=2, needs=makes_the_string_to_sign, shares=ASKED)
    def signs_as_aws_does(function):
        """Signatures equal botocore's, for AWS's published example too."""
        judge_signature(function, PUBLISHED, PUBLISHED_SECRET, PUBLISHED_SIGNATURE)
        for region in ("us-east-1", "eu-central-1"):
            request = request_to(region=region)
            judge_signature(function, request, "secret", BotocoreSigner(request).steps()["signature"])
