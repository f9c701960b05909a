"""CORS as S3 does it: the first rule of the bucket that fits decides, for a preflight and for the answer itself.

S3 User Guide, *Using cross-origin resource sharing*; the words of the refusals are S3's, spelling included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.cloud.door.faults import Refusal, malformed_xml
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.iam.patterns import matches

METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
VARY = ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method "
    "/ Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS "
    "spec."
)


@dataclass(frozen=True)
class Rule:
    """One rule of a bucket's CORS configuration."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: str = ""

    def fits(self, origin: str, method: str, asked: Iterable[str]) -> bool:
        """Whether it covers an origin, a method and every header that the browser wants to send."""
        return (
            any(matches(pattern, origin) for pattern in self.origins)
            and method in self.methods
            and all(any(matches(p, name, ignore_case=True) for p in self.headers) for name in asked)
        )

    def answer(self, origin: str, asked: list[str]) -> list[tuple[str, str]]:
        """The headers that let the browser go on."""
        everybody = "*" in self.origins
        said = [("Access-Control-Allow-Origin", "*" if everybody else origin)]
        said.append(("Access-Control-Allow-Methods", ", ".join(self.methods)))
        if asked:
            said.append(("Access-Control-Allow-Headers", ", ".join(asked)))
        if self.exposed:
            said.append(("Access-Control-Expose-Headers", ", ".join(self.exposed)))
        if self.max_age:
            said.append(("Access-Control-Max-Age", self.max_age))
        if not everybody:
            said.append(("Access-Control-Allow-Credentials", "true"))
        return [*said, VARY]


def rules_of(bucket: Any) -> tuple[Rule, ...]:
    """The CORS rules of moto's bucket, in order."""
    return tuple(
        Rule(
            tuple(_list(one.allowed_origins)), tuple(_list(one.allowed_methods)), tuple(_list(one.allowed_headers)),
            tuple(_list(one.exposed_headers)), str(one.max_age_seconds or ""),
        )
        for one in (bucket.cors if bucket is not None else ())
    )  # fmt: skip


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def preflight(request: Request, rules: tuple[Rule, ...], exists: bool = True) -> Response:
    """What ``OPTIONS`` is answered, without credentials and whoever asks.

    Raises
    ------
    Refusal
        ``BadRequest`` when it is no preflight, ``AccessForbidden`` when no rule fits.
    """
    origin, method = request.header("Origin"), request.header("Access-Control-Request-Method")
    if not origin:
        raise Refusal("BadRequest", "Insufficient information. Origin request header needed.", 400)
    if method not in METHODS:
        raise Refusal("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}", 400)
    asked = _asked(request)
    rule = next((each for each in rules if each.fits(origin, method, asked)), None)
    if rule is not None:
        return Response(200, tuple(rule.answer(origin, asked)))
    words = NOT_ALLOWED if rules else "CORSResponse: CORS is not enabled for this bucket."
    kind = "OBJECT" if request.path.strip("/").count("/") else "BUCKET"
    words = words if exists else "CORSResponse: Bucket not found"
    raise Refusal("AccessForbidden", words, 403, (("Method", method), ("ResourceType", kind)))


def with_cors(request: Request, response: Response, rules: tuple[Rule, ...]) -> Response:
    """The answer with the headers of the rule that fits, or without any; moto's own are taken off."""
    kept = [pair for pair in response.headers if not pair[0].lower().startswith("access-control-")]
    origin = request.header("Origin")
    asked = _asked(request)
    rule = next((each for each in rules if each.fits(origin, request.method, asked)), None) if origin else None
    added = rule.answer(origin, asked) if rule is not None else []
    return Response(response.status, (*kept, *added), response.body)


def _asked(request: Request) -> list[str]:
    words = request.header("Access-Control-Request-Headers").split(",")
    return [word.strip().lower() for word in words if word.strip()]


def check_configuration(configuration: Any) -> None:
    """Refuse a rule with an entry that is empty or only white space, which moto does not expect.

    Raises
    ------
    Refusal
        In S3's words.
    """
    for rule in (configuration or {}).get("CORSRules") or []:
        entries = [entry for value in rule.values() for entry in (value if isinstance(value, list) else [value])]
        if any(entry is None or not str(entry).strip() for entry in entries):
            raise malformed_xml()
