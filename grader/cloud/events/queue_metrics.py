"""What SQS tells CloudWatch: every message that comes and goes, and once a minute how many wait, and for how long."""

from __future__ import annotations

import math
from typing import Any

from moto.sqs.models import Queue, SQSBackend

from grader.cloud.clock import Timer
from grader.cloud.cloudwatch import Metrics, dimensions
from grader.cloud.functions import FunctionService
from grader.cloud.functions.hooks import Patches

NAMESPACE = "AWS/SQS"
MINUTE = 60
DELETED_KEPT = 10_000
# A queue that nobody uses, and that holds nothing, is not measured any more.
ACTIVE_SECONDS = 6 * 3600
UNITS = {"SentMessageSize": "Bytes", "ApproximateAgeOfOldestMessage": "Seconds"}


class QueueMetrics:
    """Measures the queues of one account.

    Parameters
    ----------
    functions
        Where the account's queues are found.
    metrics
        Where it is recorded.
    """

    def __init__(self, functions: FunctionService, metrics: Metrics) -> None:
        self._functions, self._clock, self._metrics = functions, functions.clock, metrics
        self._used: dict[str, float] = {}
        self._timer: Timer | None = None
        self._patches = Patches()
        self._patches.replace(Queue, "add_message", self._counting_sent)
        self._patches.replace(Queue, "delete_message", self._counting_deleted)
        self._patches.replace(SQSBackend, "receive_message", self._counting_received)
        functions.when_closing(self._patches.remove)

    def _counting_sent(self, original: Any) -> Any:
        def add_message(queue: Any, message: Any) -> None:
            before = len(queue._messages)
            original(queue, message)
            if len(queue._messages) == before:  # a duplicate of a FIFO queue is not sent
                return
            if message.approximate_receive_count:  # moved by a redrive policy, which counts nowhere as sent
                self._use(queue.name)
                return
            self._record(queue.name, NumberOfMessagesSent=1, SentMessageSize=len(str(message.body).encode()))

        return add_message

    def _counting_deleted(self, original: Any) -> Any:
        def delete_message(queue: Any, receipt_handle: str) -> None:
            original(queue, receipt_handle)
            if len(queue.deleted_messages) > DELETED_KEPT:  # handles; moto keeps them for ever
                queue.deleted_messages.clear()
            self._record(queue.name, NumberOfMessagesDeleted=1)

        return delete_message

    def _counting_received(self, original: Any) -> Any:
        def receive_message(backend: Any, queue_name: str, *args: Any, **named: Any) -> Any:
            received = original(backend, queue_name, *args, **named)
            name = backend.get_queue(queue_name).name
            self._record(name, NumberOfMessagesReceived=len(received), NumberOfEmptyReceives=int(not received))
            return received

        return receive_message

    def _record(self, queue: str, **values: float) -> None:
        now = self._clock.timestamp()
        self._metrics.record_all(NAMESPACE, values, [dimensions({"QueueName": queue})], now, UNITS)
        if values.keys() & {"NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted"}:
            self._use(queue)

    def _use(self, queue: str) -> None:
        self._used[queue] = self._clock.timestamp()
        self._measure_later()

    def _measure_later(self) -> None:
        if self._timer is None:
            due = (math.floor(self._clock.timestamp() / MINUTE) + 1) * MINUTE
            self._timer = self._clock.at(due, self._measure, "the queues are measured")

    def _measure(self) -> None:
        """Record what each queue in use holds; go on while there is one."""
        self._timer = None
        now = self._clock.timestamp()
        for name in list(self._used):
            state = self._state(name, now)
            if state is None or (not sum(state.values()) and now - self._used[name] > ACTIVE_SECONDS):
                del self._used[name]
                continue
            # A value of a minute that has just ended belongs to that minute.
            self._metrics.record_all(NAMESPACE, state, [dimensions({"QueueName": name})], now - 1, UNITS)
        if self._used:
            self._measure_later()

    def _state(self, name: str, now: float) -> dict[str, float] | None:
        with self._functions.moto.lock:
            queue = self._functions.moto.backend("sqs").queues.get(name)
            if queue is None:
                return None
            delayed = sum(1 for message in queue._messages if message.delayed)
            hidden = sum(1 for message in queue._messages if not message.visible and not message.delayed)
            ages = [now - message.sent_timestamp / 1000 for message in queue._messages]
            return {
                "ApproximateNumberOfMessagesVisible": len(queue._messages) - hidden - delayed,
                "ApproximateNumberOfMessagesNotVisible": hidden,
                "ApproximateNumberOfMessagesDelayed": delayed,
                "ApproximateAgeOfOldestMessage": max(ages, default=0.0),
            }
