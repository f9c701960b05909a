"""Time to live: items whose time has come are deleted, some time later, by DynamoDB itself.

AWS promises no moment ("within a few days"), and so do we not: here it happens at the next full hour of the clock. The
stream names the deleter in ``userIdentity``.
"""

from __future__ import annotations

from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

from grader.cloud.clock import Clock, Timer
from grader.cloud.door.moto_service import Moto

HOUR = 3600.0
OLDEST = 5 * 365 * 86400.0  # a time that is longer ago is taken for a mistake
DELETER = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


class Expiry:
    """Sweeps the tables that have a time to live, every hour, as long as there are any.

    Parameters
    ----------
    moto
        Keeps the tables.
    clock
        Says when.
    """

    def __init__(self, moto: Moto, clock: Clock) -> None:
        self._moto, self._clock = moto, clock
        self._timer: Timer | None = None

    def watch(self) -> None:
        """Begin, unless it is begun already."""
        if self._timer is None and self._tables():
            now = self._clock.timestamp()
            self._timer = self._clock.at(now - now % HOUR + HOUR, self._sweep, "DynamoDB time to live")

    def _tables(self) -> list[Any]:
        with self._moto.lock:
            tables = list(self._moto.backend("dynamodb").tables.values())
        return [table for table in tables if table.ttl["TimeToLiveStatus"] == "ENABLED"]

    def _sweep(self) -> None:
        self._timer = None
        now = self._clock.timestamp()
        for table in self._tables():
            with self._moto.lock:
                for item in _expired(table, now):
                    _delete(table, item)
        self.watch()


def _expired(table: Any, now: float) -> list[Any]:
    name = table.ttl["AttributeName"]
    return [item for item in table.all_items() if _has_expired(item.attrs.get(name), now)]


def _has_expired(value: Any, now: float) -> bool:
    if not isinstance(value, DynamoType) or value.type != "N":
        return False
    due = float(value.value)
    return now - OLDEST <= due <= now


def _delete(table: Any, item: Any) -> None:
    table.delete_item(item.hash_key, item.range_key)
    if table.stream_shard is not None and table.stream_shard.items:
        table.stream_shard.items[-1].record["userIdentity"] = DELETER
