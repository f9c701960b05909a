"""The rules of the Fetch standard (https://fetch.spec.whatwg.org), as pure functions: what needs a preflight, what an
answer allows, what a script may read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from grader.cloud.http.answer import Headers

Credentials = Literal["omit", "same-origin", "include"]
SIMPLE_METHODS = frozenset({"GET", "HEAD", "POST"})
NORMALISED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
SIMPLE_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
READABLE = frozenset(
    {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
)
FORBIDDEN_HEADERS = frozenset(
    {
        "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
        "access-control-request-private-network", "connection", "content-length", "cookie", "cookie2", "date", "dnt",
        "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding",
        "upgrade", "via",
    }
)  # fmt: skip
_UNSAFE = re.compile(r"[\x00-\x08\x10-\x1f\"():<>?@\[\\\]{}\x7f]")
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=\d+-\d*")


def origin_of(url: str) -> str:
    """The origin of an address: scheme, host and port, a standard port left out; ``null`` for a page without one."""
    parts = urlsplit(url)
    if not parts.hostname:  # a file, or a frame in a sandbox
        return "null"
    standard = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, standard) else f":{parts.port}"
    return f"{parts.scheme}://{(parts.hostname or '').lower()}{port}"


def is_forbidden(name: str) -> bool:
    """Whether a script may not set this request header; browsers leave it out without a word."""
    lower = name.lower()
    return lower in FORBIDDEN_HEADERS or lower.startswith(("proxy-", "sec-"))


def is_simple_header(name: str, value: str) -> bool:
    """Whether a header is one that a form could have sent: a CORS-safelisted request header."""
    lower = name.lower()
    if len(value.encode()) > 128:
        return False
    if lower == "accept":
        return _UNSAFE.search(value) is None
    if lower in ("accept-language", "content-language"):
        return _LANGUAGE.fullmatch(value) is not None
    if lower == "content-type":
        return _UNSAFE.search(value) is None and value.split(";")[0].strip().lower() in SIMPLE_TYPES
    return lower == "range" and _RANGE.fullmatch(value) is not None


def unsafe_headers(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The names, sorted and in lower case, that a preflight has to ask for."""
    return sorted({name.lower() for name, value in headers if not is_simple_header(name, value)})


def needs_preflight(method: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a browser asks the other origin before it sends such a request."""
    return method not in SIMPLE_METHODS or bool(unsafe_headers(headers))


def cors_fault(headers: Headers, origin: str, credentials: Credentials) -> str | None:
    """Why a page of ``origin`` may not read an answer, in the words of a browser's console; None when it may."""
    allowed = headers.all("access-control-allow-origin")
    if not allowed:
        return "No 'Access-Control-Allow-Origin' header is present on the requested resource."
    if len(allowed) > 1 or "," in allowed[0]:
        listed = ", ".join(allowed)
        return f"The 'Access-Control-Allow-Origin' header contains multiple values '{listed}', but only one is allowed."
    [value] = allowed
    if value == "*" and credentials == "include":
        return (
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when "
            "the request's credentials mode is 'include'."
        )
    if value not in ("*", origin):
        return (
            f"The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied origin."
        )
    granted = headers.get("access-control-allow-credentials", "")
    if credentials == "include" and granted != "true":
        return (
            f"The value of the 'Access-Control-Allow-Credentials' header in the response is '{granted}' which must be "
            "'true' when the request's credentials mode is 'include'."
        )
    return None


@dataclass(frozen=True)
class Allowance:
    """What a preflight's answer allows, and for how long a browser keeps it."""

    methods: frozenset[str]
    headers: frozenset[str]
    seconds: float

    def fault(self, method: str, unsafe: Iterable[str], credentials: Credentials) -> str | None:
        """Why a request is not allowed, in the words of a browser's console; None when it is.

        A wildcard does not count for requests with credentials, and never for ``Authorization``.
        """
        any_method = "*" in self.methods and credentials != "include"
        if method not in self.methods and method not in SIMPLE_METHODS and not any_method:
            return f"Method {method} is not allowed by Access-Control-Allow-Methods in preflight response."
        any_header = "*" in self.headers and credentials != "include"
        for name in unsafe:
            if name not in self.headers and (name == "authorization" or not any_header):
                return (
                    f"Request header field {name} is not allowed by Access-Control-Allow-Headers in preflight response."
                )
        return None


DEFAULT_AGE, LONGEST_AGE = 5.0, 7200.0


def allowance_of(headers: Headers) -> Allowance:
    """Read a preflight's answer: methods are case-sensitive, header names are not; kept for 5 s unless it says more."""
    age = headers.get("access-control-max-age", "")
    seconds = min(float(age), LONGEST_AGE) if age.strip().isdigit() else DEFAULT_AGE
    names = frozenset(name.lower() for name in _listed(headers, "access-control-allow-headers"))
    return Allowance(frozenset(_listed(headers, "access-control-allow-methods")), names, seconds)


def readable_headers(headers: Headers, credentials: Credentials) -> tuple[tuple[str, str], ...]:
    """The headers of another origin's answer that a script gets to see."""
    exposed = {name.lower() for name in _listed(headers, "access-control-expose-headers")}
    everything = "*" in exposed and credentials != "include"
    return tuple(
        (name, value)
        for name, value in headers.pairs
        if name.lower() != "set-cookie" and (everything or name.lower() in READABLE | exposed)
    )


def _listed(headers: Headers, name: str) -> list[str]:
    return [part.strip() for value in headers.all(name) for part in value.split(",") if part.strip()]


@dataclass
class PreflightCache:
    """What other origins have allowed, until it is too old."""

    _kept: dict[tuple[str, str, bool], tuple[float, Allowance]] = field(default_factory=dict)

    def find(self, origin: str, url: str, credentials: Credentials, now: float) -> Allowance | None:
        """What ``url`` has allowed pages of ``origin``, if that is still fresh at ``now``."""
        expires, allowance = self._kept.get((origin, url, credentials == "include"), (0.0, None))
        return allowance if now < expires else None

    def keep(self, origin: str, url: str, credentials: Credentials, now: float, allowance: Allowance) -> None:
        """Remember what a preflight's answer allowed."""
        self._kept[origin, url, credentials == "include"] = (now + allowance.seconds, allowance)


def with_cookie(headers: list[tuple[str, str]], cookie: str | None) -> list[tuple[str, str]]:
    """Headers and the cookies that go with them."""
    return [*headers, ("Cookie", cookie)] if cookie else headers


def merged(headers: Mapping[str, str] | Iterable[tuple[str, str]] | None) -> list[tuple[str, str]]:
    """Headers in either form as pairs, without those that a script may not set."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return [(name, value) for name, value in pairs if not is_forbidden(name)]
