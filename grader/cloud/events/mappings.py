"""Event source mappings: which function is fed from which queue or stream, and how."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.cloud.events.event_pattern import EventPattern, parse_event_pattern
from grader.cloud.events.pattern_operators import InvalidEventPattern
from grader.cloud.functions.errors import InvalidParameterValue

NEVER = -1
STREAM_SETTINGS = {
    "MaximumRetryAttempts": NEVER,
    "MaximumRecordAgeInSeconds": NEVER,
    "ParallelizationFactor": 1,
    "BisectBatchOnFunctionError": False,
    "TumblingWindowInSeconds": 0,
}


@dataclass(frozen=True)
class EventSourceMapping:
    """One mapping.

    Attributes
    ----------
    function
        The ARN that is invoked, with the qualifier that was asked for.
    settings
        What was given, by AWS's names; ``setting`` knows the defaults.
    modified
        Seconds since 1970 on the clock.
    """

    id: str
    source_arn: str
    function: str
    settings: Mapping[str, Any]
    modified: float
    result: str = "No records processed"

    @property
    def service(self) -> str:
        """``sqs`` or ``dynamodb``."""
        return self.source_arn.split(":")[2]

    @property
    def source(self) -> str:
        """The queue's name, or the stream's path."""
        return self.source_arn.split(":", 5)[5]

    @property
    def fifo(self) -> bool:
        """Whether the source is a FIFO queue."""
        return self.service == "sqs" and self.source_arn.endswith(".fifo")

    @property
    def function_name(self) -> str:
        """Name, and qualifier if there is one."""
        return self.function.split(":function:")[-1]

    @property
    def enabled(self) -> bool:
        """Whether it polls."""
        return bool(self.settings.get("Enabled", True))

    @property
    def batch_size(self) -> int:
        """At most this many records an invocation."""
        return int(self.settings.get("BatchSize") or (10 if self.service == "sqs" else 100))

    @property
    def window_s(self) -> float:
        """How long a batch may gather."""
        return float(self.settings.get("MaximumBatchingWindowInSeconds") or 0)

    @property
    def partial(self) -> bool:
        """Whether the function reports which records failed."""
        return "ReportBatchItemFailures" in (self.settings.get("FunctionResponseTypes") or ())

    @property
    def concurrency(self) -> int | None:
        """At most this many invocations at a time; None leaves it to the function."""
        found = (self.settings.get("ScalingConfig") or {}).get("MaximumConcurrency")
        return None if found is None else int(found)

    @property
    def on_failure(self) -> str | None:
        """Where discarded batches of a stream are told."""
        return ((self.settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") or None

    def setting(self, name: str) -> Any:
        """A setting of streams, or its default."""
        value = self.settings.get(name)
        return STREAM_SETTINGS[name] if value is None else value

    def accepts(self, record: Any) -> bool:
        """Whether the filter criteria let a record pass; without criteria, each does."""
        filters = read_filters(self.settings.get("FilterCriteria") or {})
        return not filters or any(pattern.matches(record) for pattern in filters)

    def answer(self) -> dict[str, Any]:
        """The mapping as the Lambda API tells it."""
        told: dict[str, Any] = {
            "UUID": self.id,
            "EventSourceArn": self.source_arn,
            "EventSourceMappingArn": ":".join([*self.function.split(":")[:5], "event-source-mapping", self.id]),
            "FunctionArn": self.function,
            "LastModified": self.modified,
            "LastProcessingResult": self.result,
            "State": "Enabled" if self.enabled else "Disabled",
            "StateTransitionReason": "USER_INITIATED",
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": int(self.window_s),
            "FunctionResponseTypes": list(self.settings.get("FunctionResponseTypes") or ()),
        }
        for name in ("FilterCriteria", "ScalingConfig", "DestinationConfig"):
            if self.settings.get(name):
                told[name] = self.settings[name]
        if self.service == "sqs":
            return told
        return (
            told
            | {"StartingPosition": self.settings["StartingPosition"]}
            | {name: self.setting(name) for name in STREAM_SETTINGS}
        )


class Mappings:
    """The account's event source mappings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mappings: dict[str, EventSourceMapping] = {}

    def put(self, mapping: EventSourceMapping) -> EventSourceMapping:
        """Store a mapping, new or changed."""
        with self._lock:
            self._mappings[mapping.id] = mapping
        return mapping

    def note(self, mapping_id: str, result: str) -> None:
        """Remember how the last poll went: ``OK``, or a problem."""
        with self._lock:
            if mapping_id in self._mappings:
                self._mappings[mapping_id] = replace(self._mappings[mapping_id], result=result)

    def get(self, mapping_id: str) -> EventSourceMapping | None:
        """A mapping; None when there is none."""
        with self._lock:
            return self._mappings.get(mapping_id)

    def remove(self, mapping_id: str) -> None:
        """Forget a mapping."""
        with self._lock:
            self._mappings.pop(mapping_id, None)

    def all(self) -> list[EventSourceMapping]:
        """Every mapping, in the order in which they were made."""
        with self._lock:
            return list(self._mappings.values())

    def polling(self, service: str) -> list[EventSourceMapping]:
        """The enabled mappings of a kind of source."""
        return [mapping for mapping in self.all() if mapping.service == service and mapping.enabled]


def read_filters(criteria: Mapping[str, Any]) -> tuple[EventPattern, ...]:
    """The patterns of FilterCriteria; a record must match one of them.

    Raises
    ------
    InvalidParameterValue
        When one is no event pattern.
    """
    found = []
    for one in criteria.get("Filters") or ():
        try:
            found.append(parse_event_pattern(str(one.get("Pattern") or "")))
        except InvalidEventPattern as fault:
            raise InvalidParameterValue(f"Invalid filter pattern definition. Reason: {fault}") from fault
    return tuple(found)


def filterable(record: Mapping[str, Any]) -> Any:
    """A message as filters see it: its body parsed when it is JSON."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except (ValueError, RecursionError):
        return record
