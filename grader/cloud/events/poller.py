"""What the pollers of queues and of streams have in common: turns, timers on the clock, complaints, batches."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from grader.cloud.events.mapping_rules import NEEDED
from grader.cloud.events.mappings import EventSourceMapping, Mappings
from grader.cloud.functions import FunctionService, LambdaError, Lineage
from grader.cloud.functions.registry import FunctionVersion
from grader.cloud.traces import Trace


@dataclass
class Batch:
    """The records of one poll, on their way to the function."""

    mapping: EventSourceMapping
    records: list[dict[str, Any]]
    lineage: Lineage


class Poller(ABC):
    """Polls the sources of one kind, when the cloud drains; no mapping is polled by two threads at once."""

    service: str

    def __init__(self, functions: FunctionService, mappings: Mappings) -> None:
        self.functions, self.mappings = functions, mappings
        self._lock = threading.Lock()
        self._polling: set[str] = set()
        self._told: dict[str, str] = {}
        self._timers: set[tuple[str, float]] = set()

    @abstractmethod
    def poll(self, mapping: EventSourceMapping) -> bool:
        """Invoke the mapping's function with one batch; False when there is none now."""

    def drain(self) -> bool:
        """Poll every source until nothing more can be had; False when nothing was."""
        delivered = False
        for mapping in self.mappings.polling(self.service):
            if not self._begin(mapping):
                continue
            try:
                while self.poll(mapping):
                    delivered = True
            finally:
                self._end(mapping)
        return delivered

    def resume(self) -> None:
        """After a restart: nobody is polling; what was under way comes back from its source."""
        self._polling.clear()

    def version_for(self, mapping: EventSourceMapping) -> FunctionVersion | None:
        """The version to invoke, if its role may read the source; otherwise the trace says once why not."""
        try:
            version = self.functions.registry.resolve(mapping.function)
        except LambdaError as missing:
            self.complain(mapping, missing.message)
            return None
        for operation in NEEDED[self.service]:
            action, resource = f"{self.service}:{operation}", mapping.source_arn
            if operation == "ListStreams":
                continue
            if not self.functions.roles.may(version.role, version.name, action, resource).allowed:
                self.complain(mapping, f"The role of {version.name} may not {action} on {resource}.")
                return None
        self._told.pop(mapping.id, None)
        return version

    def complain(self, mapping: EventSourceMapping, why: str) -> None:
        """Note in a trace why nothing is polled: once, not at every poll."""
        if self._told.get(mapping.id) != why:
            self._told[mapping.id] = why
            trace = self.functions.traces.start("queue", f"{mapping.source} → {mapping.function_name}")
            trace.broken("permission", why)

    def wake(self, mapping: EventSourceMapping, moment: float) -> None:
        """Poll again at a moment of the clock."""
        now = self.functions.clock.timestamp()
        with self._lock:
            self._timers = {timer for timer in self._timers if timer[1] > now}
            if moment <= now or (mapping.id, moment) in self._timers:
                return
            self._timers.add((mapping.id, moment))
        self.functions.clock.at(moment, lambda: None, f"poll of {mapping.source}")

    def start_trace(self, batch: Batch) -> Trace:
        """The trace of a batch on its way."""
        mapping, count = batch.mapping, len(batch.records)
        title = f"{count} of {mapping.source} → {mapping.function_name}"
        return self.functions.traces.start("batch", title, batch.lineage.trace)

    def _begin(self, mapping: EventSourceMapping) -> bool:
        with self._lock:
            if mapping.id in self._polling:
                return False
            self._polling.add(mapping.id)
            return True

    def _end(self, mapping: EventSourceMapping) -> None:
        with self._lock:
            self._polling.discard(mapping.id)
