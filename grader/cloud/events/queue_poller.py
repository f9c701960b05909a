"""SQS event source mappings: poll, invoke with a batch, delete what succeeded, leave the rest to the queue."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.events.queue_records import Mapping, failed_items, mapping_of, record_of
from grader.cloud.functions import FunctionService, Invocation, LambdaError, Lineage
from grader.cloud.functions.registry import FunctionVersion

NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


@dataclass
class Batch:
    """The records of one poll, on their way to the function."""

    mapping: Mapping
    records: list[dict[str, Any]]
    lineage: Lineage


@dataclass
class Progress:
    """What the poller remembers of a mapping: when its batch began to gather, when running batches end."""

    gathering_since: float | None = None
    ends: list[float] = field(default_factory=list)
    told: str = ""


class QueuePoller:
    """Polls the queues of all mappings, when the cloud drains.

    Messages that nobody can see yet (delayed, or in flight) put a timer on the clock, so that a poll happens at the
    moment when they come back.
    """

    def __init__(self, functions: FunctionService) -> None:
        self._functions = functions
        self._lock = threading.Lock()
        self._polling: set[str] = set()
        self._progress: dict[str, Progress] = {}
        self._lineages: dict[str, Lineage] = {}
        self._timers: set[tuple[str, float]] = set()

    def sent(self, message: Any) -> None:
        """A message entered a queue: remember the chain that it continues. moto's lock is held."""
        lineage = self._functions.lineage()
        if lineage.trace is not None and message.id not in self._lineages:
            self._lineages[message.id] = lineage

    def resume(self) -> None:
        """After a restart: nobody is polling; batches that were under way come back by the visibility timeout."""
        self._polling.clear()

    def drain(self) -> bool:
        """Poll every queue until nothing more can be received; False when nothing was."""
        delivered = False
        for mapping in self._mappings():
            if not self._begin(mapping):
                continue
            try:
                while (batch := self._poll(mapping)) is not None:
                    self._invoke(batch)
                    delivered = True
            finally:
                self._end(mapping)
        return delivered

    def _begin(self, mapping: Mapping) -> bool:
        with self._lock:
            if mapping.id in self._polling:
                return False
            self._polling.add(mapping.id)
            return True

    def _end(self, mapping: Mapping) -> None:
        with self._lock:
            self._polling.discard(mapping.id)

    def _mappings(self) -> list[Mapping]:
        moto = self._functions.moto
        with moto.lock:
            known = moto.backend("lambda")._event_source_mappings.values()
            queues = moto.backend("sqs").queues
            return [
                mapping_of(one)
                for one in known
                if one.enabled and ":sqs:" in one.event_source_arn and one.event_source_arn.split(":")[-1] in queues
            ]

    def _poll(self, mapping: Mapping) -> Batch | None:
        if self._full(mapping) or not self._gathered(mapping):
            return None
        try:
            version = self._functions.registry.resolve(mapping.function)
        except LambdaError as missing:
            self._complain(mapping, missing.message)
            return None
        if not self._allowed(mapping, version):
            return None
        batch = self._receive(mapping)
        self._come_back(mapping)
        return batch

    def _full(self, mapping: Mapping) -> bool:
        """Whether MaximumConcurrency batches are still running at this moment of the clock."""
        now, progress = self._functions.clock.timestamp(), self._progress_of(mapping)
        progress.ends = [end for end in progress.ends if end > now]
        if mapping.concurrency is None or len(progress.ends) < mapping.concurrency:
            return False
        self._wake(mapping, min(progress.ends))
        return True

    def _gathered(self, mapping: Mapping) -> bool:
        """Whether the batch is full, or MaximumBatchingWindowInSeconds has passed since its first message."""
        visible = self._visible(mapping)
        progress, now = self._progress_of(mapping), self._functions.clock.timestamp()
        if visible == 0:
            progress.gathering_since = None
            self._come_back(mapping)
            return False
        if progress.gathering_since is None:
            progress.gathering_since = now
        if visible >= mapping.batch_size or now - progress.gathering_since >= mapping.window_s:
            progress.gathering_since = None
            return True
        self._wake(mapping, progress.gathering_since + mapping.window_s)
        return False

    def _allowed(self, mapping: Mapping, version: FunctionVersion) -> bool:
        for action in NEEDED:
            verdict = self._functions.roles.may(version.role, version.name, action, mapping.queue_arn)
            if not verdict.allowed:
                self._complain(mapping, f"The role of {version.name} may not {action} on {mapping.queue_arn}.")
                return False
        self._progress_of(mapping).told = ""
        return True

    def _complain(self, mapping: Mapping, why: str) -> None:
        progress = self._progress_of(mapping)
        if progress.told != why:  # once, not at every poll
            progress.told = why
            trace = self._functions.traces.start("queue", f"{mapping.queue} → {mapping.function.split(':')[-1]}")
            trace.broken("permission", why)

    def _receive(self, mapping: Mapping) -> Batch | None:
        moto = self._functions.moto
        with moto.lock:
            sqs = moto.backend("sqs")
            queue = sqs.queues[mapping.queue]
            messages: list[Any] = []
            while len(messages) < mapping.batch_size:
                wanted = min(10, mapping.batch_size - len(messages))
                got = sqs.receive_message(mapping.queue, wanted, 0, int(queue.visibility_timeout), ["All"])
                messages += got
                if not got:
                    break
        if not messages:
            return None
        causes = [self._lineages[message.id] for message in messages if message.id in self._lineages]
        lineage = max(causes, key=lambda cause: len(cause.chain), default=Lineage())
        records = [record_of(message, mapping.queue_arn, self._functions.region) for message in messages]
        return Batch(mapping, records, lineage)

    def _invoke(self, batch: Batch) -> None:
        functions, mapping = self._functions, batch.mapping
        name = mapping.function.split(":function:")[-1]
        title = f"{len(batch.records)} of {mapping.queue} → {name}"
        trace = functions.traces.start("batch", title, batch.lineage.trace)
        trace.passed("queue", f"{len(batch.records)} messages received")
        event = json.dumps({"Records": batch.records}).encode()
        functions.note_delivery(name.split(":")[0], event)
        try:
            done = functions.run(
                functions.registry.resolve(mapping.function),
                event,
                trace,
                functions.clock.timestamp(),
                functions.ids.uuid(),
                Lineage(trace, batch.lineage.chain),
            )
        except LambdaError as refused:
            trace.waiting("delivery", f"{refused.message} The messages come back after the visibility timeout.")
        else:
            self._progress_of(mapping).ends.append(done.ended)
            self._settle(batch, done)
        self._come_back(mapping)

    def _settle(self, batch: Batch, done: Invocation) -> None:
        succeeded = self._succeeded(batch, done)
        moto = self._functions.moto
        with moto.lock:
            sqs = moto.backend("sqs")
            for record in succeeded:
                if batch.mapping.queue in sqs.queues:
                    sqs.delete_message(batch.mapping.queue, record["receiptHandle"])
                self._lineages.pop(record["messageId"], None)
        left = len(batch.records) - len(succeeded)
        if left:
            done.trace.waiting("delivery", f"{left} messages come back after the queue's visibility timeout")
        else:
            done.trace.passed("delivery", f"{len(succeeded)} messages deleted from the queue")

    def _succeeded(self, batch: Batch, done: Invocation) -> list[dict[str, Any]]:
        if done.error is not None:
            return []
        if not batch.mapping.partial:
            return batch.records
        failed = failed_items(done.payload, {record["messageId"] for record in batch.records})
        if failed is None:
            done.trace.broken("response", "batchItemFailures is malformed: the whole batch counts as failed.")
            return []
        return [record for record in batch.records if record["messageId"] not in failed]

    def _visible(self, mapping: Mapping) -> int:
        with self._functions.moto.lock:
            return len(self._functions.moto.backend("sqs").queues[mapping.queue].messages)

    def _come_back(self, mapping: Mapping) -> None:
        """Poll again at the moment when the next hidden message becomes visible."""
        with self._functions.moto.lock:
            queue = self._functions.moto.backend("sqs").queues.get(mapping.queue)
            hidden = [] if queue is None else [one for one in queue._messages if one not in queue.messages]
            moments = [max(message.visible_at, message.delayed_until) / 1000 for message in hidden]
        if moments:
            self._wake(mapping, min(moments))

    def _wake(self, mapping: Mapping, moment: float) -> None:
        now = self._functions.clock.timestamp()
        with self._lock:
            self._timers = {timer for timer in self._timers if timer[1] > now}
            if moment <= now or (mapping.id, moment) in self._timers:
                return
            self._timers.add((mapping.id, moment))
        self._functions.clock.at(moment, lambda: None, f"poll of {mapping.queue}")

    def _progress_of(self, mapping: Mapping) -> Progress:
        return self._progress.setdefault(mapping.id, Progress())
