"""SQS event source mappings: poll, invoke with a batch, delete what succeeded, leave the rest to the queue."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.events.mappings import EventSourceMapping, Mappings, filterable
from grader.cloud.events.poller import Batch, Poller
from grader.cloud.events.queue_records import failed_items, record_of
from grader.cloud.functions import FunctionService, Invocation, LambdaError, Lineage

LINEAGES_KEPT = 10_000


@dataclass
class Progress:
    """What the poller remembers of a mapping: when its batch began to gather, when running batches end."""

    gathering_since: float | None = None
    ends: list[float] = field(default_factory=list)


class QueuePoller(Poller):
    """Polls queues.

    Messages that nobody can see yet (delayed, or in flight) put a timer on the clock, so that a poll happens at the
    moment when they come back.
    """

    service = "sqs"

    def __init__(self, functions: FunctionService, mappings: Mappings) -> None:
        super().__init__(functions, mappings)
        self._progress: dict[str, Progress] = {}
        self._lineages: dict[str, Lineage] = {}

    def sent(self, message: Any) -> None:
        """A message entered a queue: remember the chain that it continues. moto's lock is held."""
        lineage = self.functions.lineage()
        if lineage.trace is not None and message.id not in self._lineages:
            self._lineages[message.id] = lineage
            if len(self._lineages) > LINEAGES_KEPT:  # of messages that no poller ever deleted
                del self._lineages[next(iter(self._lineages))]

    def poll(self, mapping: EventSourceMapping) -> bool:
        """Receive and hand over one batch."""
        with self.functions.moto.lock:  # taken by each of these, too; to take it moves moto's time
            if not self._exists(mapping) or self._full(mapping) or not self._gathered(mapping):
                return False
        if self.version_for(mapping) is None:
            return False
        received = self._receive(mapping)
        self._come_back(mapping)
        if not received:
            return False
        wanted = [record for record in received if mapping.accepts(filterable(record))]
        self._delete(mapping, [record for record in received if record not in wanted])  # Lambda drops what it filters
        if wanted:
            self._invoke(Batch(mapping, wanted, self._cause(wanted)))
        return True

    def _exists(self, mapping: EventSourceMapping) -> bool:
        with self.functions.moto.lock:
            return mapping.source in self.functions.moto.backend("sqs").queues

    def _full(self, mapping: EventSourceMapping) -> bool:
        """Whether MaximumConcurrency batches are still running at this moment of the clock."""
        now, progress = self.functions.clock.timestamp(), self._progress_of(mapping)
        progress.ends = [end for end in progress.ends if end > now]
        if mapping.concurrency is None or len(progress.ends) < mapping.concurrency:
            return False
        self.wake(mapping, min(progress.ends))
        return True

    def _gathered(self, mapping: EventSourceMapping) -> bool:
        """Whether the batch is full, or MaximumBatchingWindowInSeconds has passed since its first message."""
        visible = self._visible(mapping)
        progress, now = self._progress_of(mapping), self.functions.clock.timestamp()
        if visible == 0:
            progress.gathering_since = None
            self._come_back(mapping)
            return False
        if progress.gathering_since is None:
            progress.gathering_since = now
        if visible >= mapping.batch_size or now - progress.gathering_since >= mapping.window_s:
            progress.gathering_since = None
            return True
        self.wake(mapping, progress.gathering_since + mapping.window_s)
        return False

    def _receive(self, mapping: EventSourceMapping) -> list[dict[str, Any]]:
        moto = self.functions.moto
        with moto.lock:
            sqs = moto.backend("sqs")
            queue = sqs.queues[mapping.source]
            messages: list[Any] = []
            while len(messages) < mapping.batch_size:
                wanted = min(10, mapping.batch_size - len(messages))
                got = sqs.receive_message(mapping.source, wanted, 0, int(queue.visibility_timeout), ["All"])
                messages += got
                if not got:
                    break
        return [record_of(message, mapping.source_arn, self.functions.region) for message in messages]

    def _cause(self, records: list[dict[str, Any]]) -> Lineage:
        """The longest of the chains that the messages continue."""
        causes = [self._lineages[record["messageId"]] for record in records if record["messageId"] in self._lineages]
        return max(causes, key=lambda cause: len(cause.chain), default=Lineage())

    def _invoke(self, batch: Batch) -> None:
        functions, mapping = self.functions, batch.mapping
        trace = self.start_trace(batch)
        trace.passed("queue", f"{len(batch.records)} messages received")
        event = json.dumps({"Records": batch.records}).encode()
        functions.note_delivery(mapping.function_name.split(":")[0], event)
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
            self._settle_in_time(batch, done)
        self._come_back(mapping)

    def _settle_in_time(self, batch: Batch, done: Invocation) -> None:
        """A FIFO queue holds the rest of a message group back until the function is done with the messages before."""
        if batch.mapping.fifo and done.ended > self.functions.clock.timestamp():
            self.functions.clock.at(done.ended, lambda: self._settle(batch, done), f"end of {batch.mapping.source}")
        else:
            self._settle(batch, done)

    def _settle(self, batch: Batch, done: Invocation) -> None:
        succeeded = self._succeeded(batch, done)
        self._delete(batch.mapping, succeeded)
        left = len(batch.records) - len(succeeded)
        if left:
            done.trace.waiting("delivery", f"{left} messages come back after the queue's visibility timeout")
        else:
            done.trace.passed("delivery", f"{len(succeeded)} messages deleted from the queue")

    def _delete(self, mapping: EventSourceMapping, records: list[dict[str, Any]]) -> None:
        moto = self.functions.moto
        with moto.lock:
            sqs = moto.backend("sqs")
            for record in records:
                if mapping.source in sqs.queues:
                    sqs.delete_message(mapping.source, record["receiptHandle"])
                self._lineages.pop(record["messageId"], None)

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

    def _visible(self, mapping: EventSourceMapping) -> int:
        with self.functions.moto.lock:
            return len(self.functions.moto.backend("sqs").queues[mapping.source].messages)

    def _come_back(self, mapping: EventSourceMapping) -> None:
        """Poll again at the moment when the next hidden message becomes visible."""
        with self.functions.moto.lock:
            queue = self.functions.moto.backend("sqs").queues.get(mapping.source)
            if queue is None:
                return
            visible = {id(message) for message in queue.messages}  # asked once: it looks at each
            hidden = [message for message in queue._messages if id(message) not in visible]
            moments = [max(message.visible_at, message.delayed_until) / 1000 for message in hidden]
        if moments:
            self.wake(mapping, min(moments))

    def _progress_of(self, mapping: EventSourceMapping) -> Progress:
        return self._progress.setdefault(mapping.id, Progress())
