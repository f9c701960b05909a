"""What of a viewer's request counts for the cache, what goes on to the origin, and what is put on answers.

The managed policies are those of the CloudFront Developer Guide: *Use managed cache policies*, *Use managed origin
request policies*, *Use managed response headers policies*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Behaviour = Literal["none", "whitelist", "all", "allExcept"]
DAY, YEAR = 86400, 31536000


@dataclass(frozen=True)
class Selection:
    """Some of the request's headers, cookies or query strings; header names are in lower case."""

    behaviour: Behaviour = "none"
    names: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        """Whether what is called ``name`` is among them."""
        if self.behaviour == "allExcept":
            return name not in self.names
        return self.behaviour == "all" or (self.behaviour == "whitelist" and name in self.names)


NONE, ALL = Selection(), Selection("all")


def some(*names: str) -> Selection:
    """The named ones."""
    return Selection("whitelist", frozenset(names))


@dataclass(frozen=True)
class CachePolicy:
    """What distinguishes two cached answers, and how long they are kept.

    Attributes
    ----------
    minimum, default, maximum
        Seconds.
    compressed
        Whether the normalised ``Accept-Encoding`` counts and goes to the origin.
    """

    name: str
    minimum: int
    default: int
    maximum: int
    headers: Selection = NONE
    cookies: Selection = NONE
    queries: Selection = NONE
    compressed: bool = False

    @property
    def keeps(self) -> bool:
        """Whether anything is ever kept under this policy."""
        return self.maximum > 0 and self.headers.behaviour != "all"


@dataclass(frozen=True)
class OriginRequestPolicy:
    """What goes to the origin besides what counts for the cache."""

    name: str
    headers: Selection = NONE
    cookies: Selection = NONE
    queries: Selection = NONE


@dataclass(frozen=True)
class ResponseHeadersPolicy:
    """What CloudFront puts on answers.

    Attributes
    ----------
    cors
        Put on answers to requests that carry an ``Origin``, unless the origin has put them there.
    preflight
        Put on answers to preflights, likewise.
    headers
        Name, value, and whether it replaces the origin's.
    """

    name: str
    cors: tuple[tuple[str, str], ...] = ()
    preflight: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str, bool], ...] = ()


_ORIGINS = ("host", "origin", "x-http-method", "x-http-method-override", "x-method-override")
CACHE_POLICIES = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": CachePolicy("CachingOptimized", 1, DAY, YEAR, compressed=True),
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": CachePolicy("CachingOptimizedForUncompressedObjects", 1, DAY, YEAR),
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": CachePolicy("CachingDisabled", 0, 0, 0),
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": CachePolicy(
        "UseOriginCacheControlHeaders", 0, 0, YEAR, some(*_ORIGINS), ALL, compressed=True
    ),
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": CachePolicy(
        "UseOriginCacheControlHeaders-QueryStrings", 0, 0, YEAR, some(*_ORIGINS), ALL, ALL, compressed=True
    ),
}

ORIGIN_REQUEST_POLICIES = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": OriginRequestPolicy("AllViewer", ALL, ALL, ALL),
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": OriginRequestPolicy(
        "AllViewerExceptHostHeader", Selection("allExcept", frozenset({"host"})), ALL, ALL
    ),
    "59781a5b-3903-41f3-afcb-af62929ccde1": OriginRequestPolicy("CORS-CustomOrigin", some("origin")),
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": OriginRequestPolicy(
        "CORS-S3Origin", some("origin", "access-control-request-headers", "access-control-request-method")
    ),
    "acba4595-bd28-49b8-b9fe-13317c0390fa": OriginRequestPolicy(
        "UserAgentRefererHeaders", some("user-agent", "referer")
    ),
}

_SIMPLE = (("Access-Control-Allow-Origin", "*"),)
_EXPOSED = (*_SIMPLE, ("Access-Control-Expose-Headers", "*"))
_METHODS = (("Access-Control-Allow-Methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),)
_SECURITY = (
    ("Strict-Transport-Security", "max-age=31536000", False),
    ("X-Content-Type-Options", "nosniff", True),
    ("X-Frame-Options", "SAMEORIGIN", False),
    ("X-XSS-Protection", "1; mode=block", False),
    ("Referrer-Policy", "strict-origin-when-cross-origin", False),
)
RESPONSE_HEADERS_POLICIES = {
    "60669652-455b-4ae9-85a4-c4c02393f86c": ResponseHeadersPolicy("SimpleCORS", _SIMPLE),
    "5cc3b908-e619-4b99-88e5-2cf7f45965bd": ResponseHeadersPolicy("CORS-With-Preflight", _EXPOSED, _METHODS),
    "67f7725c-6f97-4210-82d7-5512b31e9d03": ResponseHeadersPolicy("SecurityHeadersPolicy", headers=_SECURITY),
    "e61eb60c-9c35-4d20-a928-2b84e02af89c": ResponseHeadersPolicy(
        "CORS-and-SecurityHeadersPolicy", _SIMPLE, (), _SECURITY
    ),
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63": ResponseHeadersPolicy(
        "CORS-with-preflight-and-SecurityHeadersPolicy", _EXPOSED, _METHODS, _SECURITY
    ),
}
