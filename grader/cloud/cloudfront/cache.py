"""What one edge location keeps of answers, and how long.

CloudFront Developer Guide: *Manage how long content stays in the cache*, *Control how long CloudFront caches errors*,
*How CloudFront processes HTTP 4xx and 5xx status codes*, *Invalidate files*.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from grader.cloud.cloudfront.configuration import ERROR_TTL, CacheBehaviour, ErrorResponse
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

ALWAYS_KEPT = frozenset({404, 414, 500, 501, 502, 503, 504})
KEPT_BY_HEADERS = frozenset({400, 403, 405, 412, 415})


@dataclass(frozen=True)
class Key:
    """What distinguishes two answers: the path, the query and the headers that count."""

    path: str
    query: str
    rest: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kept:
    """A cached answer: since when, and until when it is good."""

    response: Response
    since: float
    until: float


@dataclass
class Cache:
    """The cached answers of one distribution."""

    entries: dict[Key, Kept] = field(default_factory=dict)

    def keep(self, key: Key, response: Response, now: float, seconds: float) -> None:
        """Remember an answer."""
        self.entries[key] = Kept(response, now, now + seconds)

    def renew(self, key: Key, now: float, seconds: float) -> None:
        """The origin says that what is kept is still good."""
        self.entries[key] = replace(self.entries[key], since=now, until=now + seconds)

    def forget(self, path: str, root: str) -> None:
        """Take out a path, or all that begin like it when it ends with ``*``."""
        wanted = unquote(f"/{root}" if path == "/" and root else path)
        for key in list(self.entries):
            full = unquote(key.path) + (f"?{unquote(key.query)}" if key.query else "")
            if full.startswith(wanted[:-1]) if wanted.endswith("*") else full == wanted:
                del self.entries[key]


def key_of(request: Request, behaviour: CacheBehaviour) -> Key:
    """The cache key of a request under a behaviour's policy; where only errors are kept, all of the request counts."""
    policy = behaviour.cache
    if not policy.keeps:
        headers = [(name.lower(), value) for name, value in request.headers]
        return Key(request.path, request.query, (*sorted(headers), ("method", request.method)))
    query = "&".join(f"{name}={value}" for name, value in request.raw_pairs if policy.queries.takes(unquote(name)))
    rest = [(name.lower(), value) for name, value in request.headers if policy.headers.takes(name.lower())]
    rest += [("cookie", pair) for pair in cookies_of(request) if policy.cookies.takes(pair.partition("=")[0])]
    if policy.compressed:
        rest.append(("accept-encoding", encodings(request)))
    if request.method == "OPTIONS":
        rest.append(("method", "OPTIONS"))
    return Key(request.path, query, tuple(sorted(rest)))


def cookies_of(request: Request) -> list[str]:
    """The request's cookies, ``name=value``."""
    return [pair.strip() for pair in request.header("Cookie").split(";") if pair.strip()]


def encodings(request: Request) -> str:
    """``Accept-Encoding`` with what CloudFront knows only."""
    accepted = request.header("Accept-Encoding").lower()
    return ",".join(name for name in ("br", "gzip") if name in accepted)


def lifetime(response: Response, behaviour: CacheBehaviour, error: ErrorResponse | None, now: float) -> float | None:
    """How many seconds an origin's answer is kept; None: not at all."""
    policy = behaviour.cache
    if response.status >= 400:
        return _error_lifetime(response, error, now)
    if not policy.keeps:
        return None
    directives = _directives(response)
    if {"no-cache", "no-store", "private"} & set(directives):
        return policy.minimum or None
    stated = _stated(response, directives, now)
    if stated is None:
        return max(policy.default, policy.minimum) or None
    return min(max(stated, policy.minimum), policy.maximum) or None


def _error_lifetime(response: Response, error: ErrorResponse | None, now: float) -> float | None:
    stated = _stated(response, _directives(response), now)
    seconds = error.seconds if error else ERROR_TTL
    if response.status in ALWAYS_KEPT or (response.status in KEPT_BY_HEADERS and (stated or (error and error.page))):
        return max(seconds, stated or 0) or None
    return None


def _directives(response: Response) -> dict[str, str]:
    parts = [part.strip().partition("=") for part in response.header("Cache-Control").lower().split(",")]
    return {name: value.strip('" ') for name, _, value in parts if name}


def _stated(response: Response, directives: dict[str, str], now: float) -> float | None:
    """What the origin says: ``s-maxage``, else ``max-age``, else ``Expires``."""
    for name in ("s-maxage", "max-age"):
        if directives.get(name, "").isdigit():
            return float(directives[name])
    try:
        return max(0.0, parsedate_to_datetime(response.header("Expires")).timestamp() - now)
    except (TypeError, ValueError):
        return None
