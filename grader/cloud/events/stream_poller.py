"""DynamoDB streams as event sources: batches in order, tried again until they succeed, expire or are given up."""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.events.mappings import EventSourceMapping, Mappings
from grader.cloud.events.poller import Batch, Poller
from grader.cloud.events.stream_lanes import Attempted, Lane, Progress, given_up
from grader.cloud.events.stream_records import discarded_batch, first_failed, stream_record
from grader.cloud.functions import FunctionService, Invocation, LambdaError, Lineage
from grader.cloud.functions.registry import FunctionVersion
from grader.cloud.functions.targets import Undeliverable

ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "s3": "s3:PutObject"}


class StreamPoller(Poller):
    """Polls streams."""

    service = "dynamodb"

    def __init__(self, functions: FunctionService, mappings: Mappings) -> None:
        super().__init__(functions, mappings)
        self._progress: dict[str, Progress] = {}
        self._lineages: dict[str, Lineage] = {}

    def changed(self, record: Any) -> None:
        """A record came into a stream: remember the chain that it continues. moto's lock is held."""
        lineage = self.functions.lineage()
        if lineage.trace is not None:
            self._lineages[record.to_json()["eventID"]] = lineage

    def begin(self, mapping: EventSourceMapping) -> None:
        """A mapping was made: it starts with the oldest record, or with the next one."""
        with self.functions.moto.lock:
            table = self._table(mapping)
            held = len(table.stream_shard.items) if table is not None else 0
        position = held if mapping.settings["StartingPosition"] == "LATEST" else 0
        self._progress[mapping.id] = Progress(mapping.source.rpartition("/")[2], position)

    def poll(self, mapping: EventSourceMapping) -> bool:
        """Hand over the next batch of the first lane that has one."""
        progress = self._progress.get(mapping.id)
        if progress is None or not self._take_new(mapping, progress):
            return False
        now = self.functions.clock.timestamp()
        for lane in progress.lanes:
            following = lane.next(mapping, now)
            if isinstance(following, float):
                self.wake(mapping, following)
            elif following is not None and (version := self.version_for(mapping)) is not None:
                self._hand_over(mapping, version, lane, following)
                return True
        return False

    def _table(self, mapping: EventSourceMapping) -> Any:
        """moto's table, while it has the stream that the mapping reads; None when it is gone."""
        _, name, _, label = mapping.source.split("/")
        table = self.functions.moto.backend("dynamodb").tables.get(name)
        return table if table is not None and table.latest_stream_label == label else None

    def _take_new(self, mapping: EventSourceMapping, progress: Progress) -> bool:
        with self.functions.moto.lock:
            table = self._table(mapping)
            if table is None or table.stream_shard is None:
                return False
            new = table.stream_shard.items[progress.position :]
            records = [stream_record(one, mapping.source_arn, self.functions.region) for one in new]
            progress.take(records, mapping, table.hash_key_attr)
        return True

    def _hand_over(
        self, mapping: EventSourceMapping, version: FunctionVersion, lane: Lane, attempted: Attempted
    ) -> None:
        functions, now = self.functions, self.functions.clock.timestamp()
        if reason := given_up(attempted, mapping, now):
            self._discard(mapping, version, lane, attempted, reason, None)
            return
        batch = Batch(mapping, attempted.records, self._cause(attempted))
        trace = self.start_trace(batch)
        trace.passed("stream", f"{len(batch.records)} changes, attempt {attempted.attempts + 1}")
        event = json.dumps({"Records": batch.records}).encode()
        functions.note_delivery(version.name, event)
        age_ms = 1000 * (now - batch.records[-1]["dynamodb"]["ApproximateCreationDateTime"])
        functions.metrics.record(version, now, {"IteratorAge": max(0.0, age_ms)})
        lineage = Lineage(trace, batch.lineage.chain)
        try:
            done = functions.run(version, event, trace, now, functions.ids.uuid(), lineage)
        except LambdaError as refused:  # no attempt of the function's
            attempted.due = now + 1
            trace.waiting("delivery", f"{refused.message} The batch is tried again.")
        else:
            lane.busy_until = done.ended
            self._settle(mapping, version, lane, attempted, done)

    def _settle(
        self,
        mapping: EventSourceMapping,
        version: FunctionVersion,
        lane: Lane,
        attempted: Attempted,
        done: Invocation,
    ) -> None:
        taken = self._taken(mapping, attempted, done)
        self.mappings.note(mapping.id, "OK" if taken == len(attempted.records) else "PROBLEM: Function call failed")
        if taken == len(attempted.records):
            lane.tried.popleft()
            done.trace.passed("delivery", "the stream's position moves on")
            return
        del attempted.records[:taken]
        bisect = bool(mapping.setting("BisectBatchOnFunctionError")) and taken == 0
        lane.failed(attempted, bisect, done.ended)
        if reason := given_up(attempted, mapping, done.ended):
            self._discard(mapping, version, lane, attempted, reason, done)
        else:
            done.trace.waiting("delivery", f"{len(attempted.records)} changes are tried again, and hold up the rest")

    def _taken(self, mapping: EventSourceMapping, attempted: Attempted, done: Invocation) -> int:
        """How many records of a batch are done with."""
        if done.error is not None:
            return 0
        if not mapping.partial:
            return len(attempted.records)
        place = first_failed(done.payload, attempted.records)
        if place is None:
            done.trace.broken("response", "batchItemFailures is malformed: the whole batch counts as failed.")
        return place or 0

    def _cause(self, attempted: Attempted) -> Lineage:
        causes = [self._lineages[one["eventID"]] for one in attempted.records if one["eventID"] in self._lineages]
        return max(causes, key=lambda cause: len(cause.chain), default=Lineage())

    def _discard(
        self,
        mapping: EventSourceMapping,
        version: FunctionVersion,
        lane: Lane,
        attempted: Attempted,
        reason: str,
        done: Invocation | None,
    ) -> None:
        """Give a batch up: tell the on-failure destination where it was in the stream, and go on behind it."""
        lane.tried.popleft()
        trace = done.trace if done is not None else self.start_trace(Batch(mapping, attempted.records, Lineage()))
        if mapping.on_failure is None:
            trace.broken("discarded", f"{reason}: {len(attempted.records)} changes are skipped, and nobody is told.")
            return
        action = ACTIONS.get(mapping.on_failure.split(":")[2], "")
        allowed = (
            bool(action) and self.functions.roles.may(version.role, version.name, action, mapping.on_failure).allowed
        )
        if not allowed:
            trace.broken("destination", f"The role of {version.name} may not {action} on {mapping.on_failure}.")
            return
        self._tell(mapping, attempted, reason, done, version, Lineage(trace))

    def _tell(
        self,
        mapping: EventSourceMapping,
        attempted: Attempted,
        reason: str,
        done: Invocation | None,
        version: FunctionVersion,
        lineage: Lineage,
    ) -> None:
        assert mapping.on_failure is not None and lineage.trace is not None
        about: dict[str, Any] = {"requestId": self.functions.ids.uuid(), "functionArn": mapping.function}
        if done is not None:
            about["requestId"] = done.request_id
            context = {"statusCode": 200, "executedVersion": done.version, "functionError": done.function_error}
            about["responseContext"] = {name: value for name, value in context.items() if value is not None}
        with self.functions.moto.lock:
            table = self._table(mapping)
            shard = table.stream_shard.id if table is not None else ""
        record = discarded_batch(
            attempted.records, shard, reason, attempted.attempts, about, self.functions.clock.timestamp()
        )
        if mapping.on_failure.split(":")[2] == "s3":  # a bucket gets the changes themselves, too
            record["payload"] = json.dumps({"Records": attempted.records})
        try:
            with self.functions.caused_by(lineage):
                self.functions.targets.tell(mapping.on_failure, record, f"aws/lambda/{mapping.id}/{shard}")
        except Undeliverable as fault:
            lineage.trace.broken("destination", fault.what)
        else:
            lineage.trace.passed("destination", f"{reason}: told {mapping.on_failure}")
