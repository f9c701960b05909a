"""One metric's values, kept by minute, and the statistics of any window of them."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

MINUTE = 60
SHORT = 10 * MINUTE  # a window that is looked through second by second
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)", re.IGNORECASE)
SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass
class Bucket:
    """What was recorded in one minute (or one second, at high resolution).

    Attributes
    ----------
    values, counts
        Each value and how often it came.
    whole
        False once a statistic set came in, whose single values nobody knows: there are no percentiles then.
    """

    count: float = 0.0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    values: array[float] = field(default_factory=lambda: array("d"))
    counts: array[float] = field(default_factory=lambda: array("d"))
    whole: bool = True

    def add(self, value: float, count: float = 1.0) -> None:
        """Record a value that came ``count`` times."""
        self.count += count
        self.total += value * count
        if value < self.least:
            self.least = value
        if value > self.most:
            self.most = value
        self._keep(value, count)

    def add_set(self, count: float, total: float, least: float, most: float) -> None:
        """Record a statistic set."""
        self.count += count
        self.total += total
        self.least, self.most = min(self.least, least), max(self.most, most)
        self.whole = self.whole and (count == 1 or least == most)
        if self.whole:
            self._keep(least, count)

    def _keep(self, value: float, count: float) -> None:
        if self.values and self.values[-1] == value:  # most are ones, one after the other
            self.counts[-1] += count
        else:
            self.values.append(value)
            self.counts.append(count)


class Series:
    """The values of one metric: namespace, name, dimensions and unit together.

    Parameters
    ----------
    unit
        AWS's word for it: ``Count``, ``Milliseconds``, ``None``.
    """

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.last = -math.inf
        self._buckets: dict[int, Bucket] = {}

    def bucket(self, at: float, resolution: int = MINUTE) -> Bucket:
        """The bucket for a moment, seconds since 1970; ``resolution`` is 60 or 1 seconds."""
        start = int(at // resolution * resolution)
        found = self._buckets.get(start)
        if found is None:
            found = self._buckets[start] = Bucket()
        self.last = max(self.last, at)
        return found

    def within(self, start: float, end: float) -> list[tuple[int, Bucket]]:
        """The buckets that begin at ``start`` or later and before ``end``, with the moments at which they begin."""
        if end - start <= SHORT:
            moments = range(math.ceil(start), math.ceil(end))
            return [(moment, self._buckets[moment]) for moment in moments if moment in self._buckets]
        return [(moment, bucket) for moment, bucket in self._buckets.items() if start <= moment < end]


def statistic(name: str, buckets: Iterable[Bucket]) -> float | None:
    """A statistic over buckets: ``Sum``, ``Average``, ``p99`` …; None when nothing was recorded in them.

    Raises
    ------
    ValueError
        When CloudWatch has no such statistic, or it is one that is not imitated.
    """
    known = [bucket for bucket in buckets if bucket.count]
    percentile = PERCENTILE.fullmatch(name)
    if percentile is None and name not in SIMPLE:
        raise ValueError(name)
    if not known:
        return None
    if percentile is not None:
        return _percentile(float(percentile[1]), known)
    count = sum(bucket.count for bucket in known)
    total = math.fsum(bucket.total for bucket in known)
    return {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min(bucket.least for bucket in known),
        "Maximum": max(bucket.most for bucket in known),
    }[name]


def _percentile(percent: float, buckets: list[Bucket]) -> float | None:
    """The value below which ``percent`` of the values lie, interpolated between its neighbours."""
    if not all(bucket.whole for bucket in buckets):
        return None
    pairs = sorted(pair for bucket in buckets for pair in zip(bucket.values, bucket.counts, strict=True))
    rank = percent / 100 * (sum(count for _, count in pairs) - 1)
    below, passed = pairs[0][0], 0.0
    for value, count in pairs:
        if passed + count - 1 >= rank:
            return value if passed <= rank else below + (value - below) * (rank - (passed - 1))
        below, passed = value, passed + count
    return pairs[-1][0]
