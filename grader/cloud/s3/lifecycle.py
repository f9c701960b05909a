"""Lifecycle rules: what S3 itself deletes or moves, each midnight (UTC).

S3 User Guide, *Lifecycle configuration elements* and *Managing the lifecycle of objects*: days are counted from an
object's creation, rounded up to the next midnight. On AWS it happens some time after that; here, at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from moto.s3.models import FakeDeleteMarker

from grader.cloud.clock import Clock, Timer
from grader.cloud.door.moto_service import Moto
from grader.cloud.errors import NotSupported

DAY = 86400.0
FOREIGN = {
    "Filter": ("ObjectSizeGreaterThan", "ObjectSizeLessThan"),
    "NoncurrentVersionExpiration": ("NewerNoncurrentVersions",),
}


def check_rules(rules: list[Mapping[str, Any]]) -> None:
    """Refuse what no rule here looks at.

    Raises
    ------
    NotSupported
        By the setting's name.
    """
    for rule in rules:
        for part, names in FOREIGN.items():
            given = rule.get(part) or {}
            for name in names:
                if name in given or name in (given.get("And") or {}):
                    raise NotSupported(f"S3's lifecycle setting {name}")


class Lifecycle:
    """Carries out the rules of all buckets every midnight, as long as there are any.

    Parameters
    ----------
    moto
        Keeps buckets and their rules.
    clock
        Says when.
    """

    def __init__(self, moto: Moto, clock: Clock) -> None:
        self._moto, self._clock = moto, clock
        self._timer: Timer | None = None

    def watch(self) -> None:
        """Begin, unless it is begun already."""
        if self._timer is None and self._buckets():
            now = self._clock.timestamp()
            self._timer = self._clock.at(now - now % DAY + DAY, self._sweep, "S3 lifecycle")

    def began(self, bucket: Any) -> None:
        """Note when uploads in parts began: moto does not."""
        for upload in bucket.multiparts.values():
            if not hasattr(upload, "began"):
                upload.began = self._clock.timestamp()

    def _buckets(self) -> list[Any]:
        with self._moto.lock:
            return [bucket for bucket in self._moto.backend("s3").buckets.values() if bucket.rules]

    def _sweep(self) -> None:
        self._timer = None
        now = self._clock.timestamp()
        for bucket in self._buckets():
            with self._moto.lock:
                for rule in bucket.rules:
                    if rule.status == "Enabled":
                        _Rule(rule, bucket, self._moto.backend("s3"), now).apply()
        self.watch()


class _Rule:
    """One rule of one bucket at one midnight."""

    def __init__(self, rule: Any, bucket: Any, backend: Any, now: float) -> None:
        self._rule, self._bucket, self._backend, self._now = rule, bucket, backend, now

    def apply(self) -> None:
        for name in list(self._bucket.keys):
            versions = list(self._bucket.keys.getlist(name))
            if versions and self._matches(versions[-1]):
                self._expire_old(versions)
                self._expire(name, versions[-1])
        for upload in list(self._bucket.multiparts.values()):
            mine = upload.key_name.startswith(self._prefix)
            if mine and self._due(self._rule.aimu_days, getattr(upload, "began", self._now)):
                del self._bucket.multiparts[upload.id]

    def _expire(self, name: str, current: Any) -> None:
        """The version that counts: deleted, or given a delete marker; moved, when it stays."""
        rule, since = self._rule, _seconds(current.last_modified)
        if isinstance(current, FakeDeleteMarker):
            alone = len(self._bucket.keys.getlist(name)) == 1
            if alone and (rule.expiration_days or str(rule.expired_object_delete_marker).lower() == "true"):
                self._forget(name)
        elif self._due(rule.expiration_days, since) or self._past(rule.expiration_date):
            if self._bucket.is_versioned:
                self._backend._set_delete_marker(self._bucket.name, name)
            else:
                self._forget(name)
        else:
            for step in rule.transitions or ():
                if self._due(step.days, since) or self._past(step.date):
                    current.set_storage_class(step.storage_class)

    def _forget(self, name: str) -> None:
        self._bucket.keys.setlist(name, [])  # which knows delete markers; pop does not
        self._bucket.keys.pop(name)

    def _expire_old(self, versions: list[Any]) -> None:
        """Versions that do not count any more; they are that old from the day the next one was made."""
        gone = [
            version
            for version, following in pairwise(versions)
            if self._due(self._rule.nve_noncurrent_days, _seconds(following.last_modified))
        ]
        if gone:
            kept = [version for version in versions if version not in gone]
            self._bucket.keys.setlist(versions[0].name, kept)

    @property
    def _prefix(self) -> str:
        return next((prefix for prefix in self._prefixes() if prefix is not None), "")

    def _prefixes(self) -> Iterator[str | None]:
        chosen = self._rule.filter
        yield from (self._rule.prefix, chosen and chosen.prefix)
        yield chosen.and_filter.prefix if chosen and chosen.and_filter else None

    def _matches(self, version: Any) -> bool:
        chosen = self._rule.filter
        wanted = {chosen.tag_key: chosen.tag_value} if chosen and chosen.tag_key else {}
        if chosen and chosen.and_filter:
            wanted |= chosen.and_filter.tags
        if not version.name.startswith(self._prefix):
            return False
        tagged = getattr(version, "key", version)
        tags = self._backend.tagger.get_tag_dict_for_resource(tagged.arn) if wanted else {}
        return all(tags.get(key) == value for key, value in wanted.items())

    def _due(self, days: Any, since: float) -> bool:
        if days is None:
            return False
        due = since + int(days) * DAY
        return due + (-due % DAY) <= self._now

    def _past(self, date: Any) -> bool:
        if date is None:
            return False
        known = date if isinstance(date, datetime) else datetime.fromisoformat(str(date).replace("Z", "+00:00"))
        return _seconds(known) <= self._now


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
