"""Throttling: token buckets, filled by the virtual clock."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.http.errors import bad_request

ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000


@dataclass(frozen=True)
class Limit:
    """Requests a second that fill the bucket, and how many tokens it holds."""

    rate: float
    burst: int

    def __str__(self) -> str:
        return f"{self.rate:g} a second, bursts of {self.burst}"


Limits = dict[Hashable, Limit]
ACCOUNT = Limit(ACCOUNT_RATE, ACCOUNT_BURST)


def read_limit(
    setting: Mapping[str, Any], rate: str = "ThrottlingRateLimit", burst: str = "ThrottlingBurstLimit"
) -> Limit | None:
    """The limit that a setting names, the account's own value for what it leaves out; None when it names none."""
    if setting.get(rate) is None and setting.get(burst) is None:
        return None
    try:
        return Limit(float(setting.get(rate, ACCOUNT_RATE)), int(setting.get(burst, ACCOUNT_BURST)))
    except (TypeError, ValueError) as error:
        raise bad_request(f"Invalid throttle settings: {rate} and {burst} are numbers") from error


@dataclass
class Bucket:
    """Tokens left, and when they were counted (seconds since 1970)."""

    tokens: float
    counted: float

    def take(self, limit: Limit, now: float) -> bool:
        """Take a token at ``now``; False when there is none."""
        passed = max(0.0, now - self.counted)
        self.tokens = min(float(limit.burst), self.tokens + passed * limit.rate)
        self.counted = max(now, self.counted)
        if self.tokens < 1 - 1e-9:
            return False
        self.tokens -= 1
        return True


class Throttle:
    """Lets requests through as long as the bucket of what they ask for holds a token.

    Parameters
    ----------
    limits
        By key; what a key means is for the caller to say.
    """

    def __init__(self, limits: Mapping[Any, Limit]) -> None:
        self._limits = dict(limits)
        self._buckets: dict[Hashable, Bucket] = {}
        self._lock = threading.Lock()

    def limit(self, keys: Sequence[Hashable]) -> Limit | None:
        """The limit that holds: that of the first key that has one; None for no limit but the account's."""
        return next((self._limits[key] for key in keys if key in self._limits), None)

    def admits(self, keys: Sequence[Hashable], now: float) -> bool:
        """Take a token for the first key at ``now`` (seconds since 1970); False when there is none."""
        limit = self.limit(keys)
        return True if limit is None else self.takes(keys[0], limit, now)

    def takes(self, bucket: Hashable, limit: Limit, now: float) -> bool:
        """Take a token from a bucket of its own (a client's, for example) that a limit fills."""
        with self._lock:
            return self._buckets.setdefault(bucket, Bucket(limit.burst, now)).take(limit, now)
