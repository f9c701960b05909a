"""A stage's throttling: one token bucket for each method, filled by the virtual clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.errors import NotSupported

ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000
_QUIET: dict[str, Any] = {
    "CachingEnabled": (False, "false"),
    "CacheDataEncrypted": (False, "false"),
    "DataTraceEnabled": (False, "false"),
    "LoggingLevel": ("OFF",),
    "MetricsEnabled": (False, "false"),
}
_KNOWN = {"HttpMethod", "ResourcePath", "ThrottlingRateLimit", "ThrottlingBurstLimit", *_QUIET}


@dataclass(frozen=True)
class Limit:
    """Requests a second that fill the bucket, and how many tokens it holds."""

    rate: float
    burst: int


@dataclass
class Bucket:
    """Tokens left, and when they were counted (seconds since 1970)."""

    tokens: float
    counted: float


def read_limits(method_settings: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Limit]:
    """The limits of a stage's ``MethodSettings``, by (resource path or ``*``, verb or ``*``).

    Raises
    ------
    NotSupported
        For a setting that is not imitated, such as ``CachingEnabled: true``.
    """
    limits = {}
    for setting in method_settings:
        for name, value in setting.items():
            if name not in _KNOWN or (name in _QUIET and value not in _QUIET[name]):
                raise NotSupported(f"MethodSettings.{name} {value}")
        if "ThrottlingRateLimit" in setting or "ThrottlingBurstLimit" in setting:
            key = (_path(str(setting.get("ResourcePath", "/*"))), str(setting.get("HttpMethod", "*")).upper())
            rate = float(setting.get("ThrottlingRateLimit", ACCOUNT_RATE))
            limits[key] = Limit(rate, int(setting.get("ThrottlingBurstLimit", ACCOUNT_BURST)))
    return limits


def _path(written: str) -> str:
    """``/*`` and ``*`` mean every resource; ``/~1hello`` is how CloudFormation may write ``/hello``."""
    path = written.replace("~1", "/").replace("//", "/")
    return "*" if path in ("/*", "*") else path


class Throttle:
    """Lets a stage's requests through as long as their method's bucket holds a token."""

    def __init__(self, limits: Mapping[tuple[str, str], Limit]) -> None:
        self._limits = dict(limits)
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def limit(self, path: str, verb: str) -> Limit | None:
        """The limit that holds for a method: the most precisely written one; None for the account's own."""
        keys = [(path, verb), (path, "*"), ("*", verb), ("*", "*")]
        return next((self._limits[key] for key in keys if key in self._limits), None)

    def admits(self, path: str, verb: str, now: float) -> bool:
        """Take a token at ``now`` (seconds since 1970); False when there is none."""
        limit = self.limit(path, verb)
        if limit is None:
            return True
        bucket = self._buckets.setdefault((path, verb), Bucket(limit.burst, now))
        passed = max(0.0, now - bucket.counted)
        bucket.tokens = min(float(limit.burst), bucket.tokens + passed * limit.rate)
        bucket.counted = max(now, bucket.counted)
        if bucket.tokens < 1 - 1e-9:
            return False
        bucket.tokens -= 1
        return True
