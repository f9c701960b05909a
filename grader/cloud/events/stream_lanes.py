"""Records of a stream on their way: lanes that keep the order of each key, batches that are tried until they end."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.cloud.events.mappings import NEVER, EventSourceMapping
from grader.cloud.events.stream_records import Record, partition_of

FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0  # AWS does not say how long it waits
KEPT_S = 86_400.0


@dataclass
class Attempted:
    """Records that are handed over together, until the function succeeds or Lambda gives them up.

    Attributes
    ----------
    attempts
        How often the function failed with them.
    due
        Not before this moment of the clock.
    """

    records: list[Record]
    attempts: int = 0
    due: float = 0.0


@dataclass
class Lane:
    """A part of the shard with one invocation at a time; changes of one key are all in the same lane."""

    waiting: deque[Record] = field(default_factory=deque)
    tried: deque[Attempted] = field(default_factory=deque)
    gathering_since: float | None = None
    busy_until: float = 0.0

    def next(self, mapping: EventSourceMapping, now: float) -> Attempted | float | None:
        """What to hand over now; or the moment at which to look again; or None when nothing waits."""
        if not self.tried and not self.waiting:
            return None
        if self.busy_until > now:
            return self.busy_until
        if self.tried:
            return self.tried[0] if self.tried[0].due <= now else self.tried[0].due
        if self.gathering_since is None:
            self.gathering_since = now
        if len(self.waiting) < mapping.batch_size and now < self.gathering_since + mapping.window_s:
            return self.gathering_since + mapping.window_s
        self.gathering_since = None
        count = min(len(self.waiting), mapping.batch_size)
        self.tried.append(Attempted([self.waiting.popleft() for _ in range(count)]))
        return self.tried[0]

    def failed(self, batch: Attempted, bisect: bool, now: float) -> None:
        """The function failed with all of a batch: again later, in halves if that is wanted."""
        batch.attempts += 1
        batch.due = now + min(FIRST_RETRY_S * 2 ** min(batch.attempts - 1, 10), LONGEST_RETRY_S)
        if bisect and len(batch.records) > 1:
            middle = len(batch.records) // 2
            second = Attempted(batch.records[middle:], batch.attempts - 1, batch.due)
            # Splitting does not count as a retry.
            batch.records, batch.attempts = batch.records[:middle], batch.attempts - 1
            self.tried.insert(1, second)


@dataclass
class Progress:
    """How far the poller of a mapping has come in a stream.

    Attributes
    ----------
    stream
        The stream's label: a table may get another stream.
    position
        How many of the stream's records have been taken into the lanes.
    """

    stream: str
    position: int
    lanes: list[Lane] = field(default_factory=list)

    def take(self, records: Sequence[Record], mapping: EventSourceMapping, hash_key: str) -> None:
        """Put new records into their lanes; what the filter criteria do not let pass is gone."""
        count = int(mapping.setting("ParallelizationFactor"))
        while len(self.lanes) < count:
            self.lanes.append(Lane())
        self.position += len(records)
        for record in records:
            if mapping.accepts(record):
                digest = hashlib.md5(partition_of(record, hash_key).encode(), usedforsecurity=False).digest()
                self.lanes[int.from_bytes(digest, "big") % count].waiting.append(record)


def given_up(batch: Attempted, mapping: EventSourceMapping, now: float) -> str | None:
    """Why a batch is not tried again: its age, or the number of its attempts; None when it is.

    Records leave a stream after 24 hours.
    """
    oldest = batch.records[0]["dynamodb"]["ApproximateCreationDateTime"]
    age, retries = mapping.setting("MaximumRecordAgeInSeconds"), mapping.setting("MaximumRetryAttempts")
    if now - oldest > (KEPT_S if age == NEVER else age):
        return "RecordAgeExceeded"
    return "RetryAttemptsExhausted" if retries != NEVER and batch.attempts > retries else None
