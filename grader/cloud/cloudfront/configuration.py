"""A distribution's configuration, read from what the API was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.cloud.cloudfront.policies import (
    ALL,
    CACHE_POLICIES,
    DAY,
    NONE,
    ORIGIN_REQUEST_POLICIES,
    RESPONSE_HEADERS_POLICIES,
    YEAR,
    CachePolicy,
    OriginRequestPolicy,
    ResponseHeadersPolicy,
    Selection,
    some,
)

Given = Mapping[str, Any]
READING = ("GET", "HEAD")
ERROR_TTL = 10


@dataclass(frozen=True)
class Origin:
    """Where answers come from.

    Attributes
    ----------
    protocol
        ``http-only``, ``https-only`` or ``match-viewer``; empty for a bucket's own endpoint.
    control
        The id of the origin access control, if there is one.
    """

    domain: str
    path: str
    headers: tuple[tuple[str, str], ...]
    protocol: str
    control: str


@dataclass(frozen=True)
class CacheBehaviour:
    """What is done with requests whose path matches ``pattern``."""

    pattern: str
    origin: Origin
    protocol: str
    methods: frozenset[str]
    cached: frozenset[str]
    cache: CachePolicy
    forwarding: OriginRequestPolicy
    answering: ResponseHeadersPolicy | None

    def matches(self, path: str) -> bool:
        """Whether a path is one of the pattern's: case counts, ``*`` is anything and ``?`` one character."""
        return _compiled(self.pattern.lstrip("/")).fullmatch(path.lstrip("/")) is not None


@dataclass(frozen=True)
class ErrorResponse:
    """What viewers see instead of an origin's error, and how long."""

    page: str
    status: int
    seconds: int


@dataclass(frozen=True)
class Configuration:
    """A distribution as requests meet it; the default behaviour is the last one."""

    enabled: bool
    root: str
    behaviours: tuple[CacheBehaviour, ...]
    errors: Mapping[int, ErrorResponse]

    def behaviour_for(self, path: str) -> CacheBehaviour:
        """The first behaviour whose pattern matches."""
        return next(each for each in self.behaviours if each.matches(path))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(each, re.escape(each)) for each in pattern), re.DOTALL)


def items(given: Any) -> list[Any]:
    """The items of one of the API's lists with their number."""
    return list((given or {}).get("Items") or [])


def configuration_of(config: Given) -> Configuration:
    """Read a configuration that has been checked."""
    origins = {each["Id"]: _origin(each) for each in items(config.get("Origins"))}
    given = [*items(config.get("CacheBehaviors")), config["DefaultCacheBehavior"]]
    return Configuration(
        bool(config["Enabled"]),
        str(config.get("DefaultRootObject") or "").lstrip("/"),
        tuple(_behaviour(each, origins[each["TargetOriginId"]]) for each in given),
        {int(each["ErrorCode"]): _error(each) for each in items(config.get("CustomErrorResponses"))},
    )


def _origin(given: Given) -> Origin:
    headers = tuple((each["HeaderName"], each["HeaderValue"]) for each in items(given.get("CustomHeaders")))
    custom = given.get("CustomOriginConfig") or {}
    return Origin(
        str(given["DomainName"]).lower(),
        str(given.get("OriginPath") or ""),
        headers,
        str(custom.get("OriginProtocolPolicy") or ""),
        str(given.get("OriginAccessControlId") or ""),
    )


def _behaviour(given: Given, origin: Origin) -> CacheBehaviour:
    methods = given.get("AllowedMethods") or {}
    return CacheBehaviour(
        str(given.get("PathPattern") or "*"),
        origin,
        str(given["ViewerProtocolPolicy"]),
        frozenset(items(methods) or READING),
        frozenset(items(methods.get("CachedMethods")) or READING),
        CACHE_POLICIES[given["CachePolicyId"]] if given.get("CachePolicyId") else _forwarded_values(given),
        ORIGIN_REQUEST_POLICIES.get(given.get("OriginRequestPolicyId") or "", OriginRequestPolicy("")),
        RESPONSE_HEADERS_POLICIES.get(given.get("ResponseHeadersPolicyId") or ""),
    )


def _forwarded_values(given: Given) -> CachePolicy:
    """The settings of before there were policies: what is forwarded counts for the cache."""
    values = given.get("ForwardedValues") or {}
    headers = [str(name).lower() for name in items(values.get("Headers"))]
    cookies = values.get("Cookies") or {}
    keys = items(values.get("QueryStringCacheKeys"))
    chosen = {"all": ALL, "whitelist": some(*items(cookies.get("WhitelistedNames")))}
    queries: Selection = some(*keys) if keys else ALL
    return CachePolicy(
        "",
        int(given.get("MinTTL") or 0),
        _seconds(given, "DefaultTTL", DAY),
        _seconds(given, "MaxTTL", YEAR),
        ALL if headers == ["*"] else some(*headers),
        chosen.get(str(cookies.get("Forward")), NONE),
        queries if values.get("QueryString") else NONE,
        compressed=bool(given.get("Compress")),
    )


def _seconds(given: Given, name: str, otherwise: int) -> int:
    return int(given[name]) if given.get(name) is not None else max(otherwise, int(given.get("MinTTL") or 0))


def _error(given: Given) -> ErrorResponse:
    code, seconds = given.get("ResponseCode"), given.get("ErrorCachingMinTTL")
    return ErrorResponse(
        str(given.get("ResponsePagePath") or ""),
        int(code) if code else int(given["ErrorCode"]),
        int(seconds) if seconds is not None else ERROR_TTL,
    )
