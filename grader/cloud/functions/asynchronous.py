"""The asynchronous queue: events wait for their function, are tried again, and end at a destination or are lost."""

from __future__ import annotations

import heapq
import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from grader.cloud.functions.destinations import Ending, report_ending
from grader.cloud.functions.errors import FunctionNotFound, LambdaError, RecursiveInvocation, TooManyRequests
from grader.cloud.functions.invocation import Invocation, Lineage
from grader.cloud.functions.payloads import checked_event
from grader.cloud.functions.registry import FunctionVersion, split_name
from grader.cloud.traces import Trace

if TYPE_CHECKING:
    from grader.cloud.functions.service import FunctionService

RETRY_SECONDS = (60.0, 120.0)
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 300.0

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency", "RecursiveInvocation"]


@dataclass(order=True)
class QueuedEvent:
    """An event in the queue; its request id stays the same on every attempt.

    Attributes
    ----------
    due, received
        Seconds since 1970 on the clock.
    failures, throttles
        How often the function failed with it, and how often there was no environment for it.
    """

    due: float
    order: int
    request_id: str = field(compare=False)
    function: str = field(compare=False)
    qualifier: str | None = field(compare=False)
    payload: bytes = field(compare=False)
    received: float = field(compare=False)
    trace: Trace = field(compare=False)
    chain: tuple[str, ...] = field(compare=False, default=())
    failures: int = field(compare=False, default=0)
    throttles: int = field(compare=False, default=0)
    last: Invocation | None = field(compare=False, default=None)


class AsyncQueue:
    """Every function's asynchronous events, in the order in which they are due."""

    def __init__(self, functions: FunctionService) -> None:
        self._functions = functions
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._heap: list[QueuedEvent] = []
        self._in_hand: dict[int, QueuedEvent] = {}

    def put(
        self,
        function: str,
        payload: bytes,
        qualifier: str | None,
        source: str,
        parent: Trace | None,
        chain: tuple[str, ...],
    ) -> str:
        """Take an event in, due now; returns its request id.

        Raises
        ------
        FunctionNotFound, InvalidRequestContent
            As the Lambda API refuses them.
        """
        name, own = split_name(function)
        now = self._functions.clock.timestamp()
        request_id = self._functions.ids.uuid()
        trace = self._functions.traces.start("event", f"{source} → {name}", parent)
        event = QueuedEvent(
            now, next(self._order), request_id, name, own or qualifier, checked_event(payload), now, trace, chain
        )
        trace.passed("queue", f"accepted as {request_id}")
        self._push(event)
        return request_id

    def waiting(self) -> tuple[QueuedEvent, ...]:
        """The events that are still to be delivered, earliest first."""
        with self._lock:
            return tuple(sorted(self._heap))

    def drain(self) -> bool:
        """Deliver what is due now; False when nothing was."""
        delivered = False
        while (event := self._next()) is not None:
            try:
                self._deliver(event)
            finally:
                self._in_hand.pop(event.order, None)
            delivered = True
        return delivered

    def resume(self) -> None:
        """After a restart: what was being delivered when the process ended is delivered again."""
        with self._lock:
            self._heap += self._in_hand.values()
            self._in_hand.clear()
            heapq.heapify(self._heap)

    def _next(self) -> QueuedEvent | None:
        with self._lock:
            if not self._heap or self._heap[0].due > self._functions.clock.timestamp():
                return None
            event = heapq.heappop(self._heap)
            self._in_hand[event.order] = event
            return event

    def _push(self, event: QueuedEvent) -> None:
        with self._lock:
            heapq.heappush(self._heap, event)

    def _deliver(self, event: QueuedEvent) -> None:
        try:
            version = self._functions.registry.resolve(event.function, event.qualifier)
        except FunctionNotFound as missing:
            event.trace.broken("function", missing.message)
            return
        now = self._functions.clock.timestamp()
        if not event.failures + event.throttles:
            self._functions.metrics.record(version, event.received, {"AsyncEventsReceived": 1})
        self._functions.metrics.record(version, now, {"AsyncEventAge": 1000 * (now - event.received)})
        if event.due - event.received > self._age(event):
            self._end(event, version, "EventAgeExceeded")
        elif version.reserved_concurrency == 0:
            event.trace.broken("concurrency", "The function's reserved concurrency is 0: nothing may run.")
            self._end(event, version, "ZeroReservedConcurrency")
        else:
            self._attempt(event, version)

    def _attempt(self, event: QueuedEvent, version: FunctionVersion) -> None:
        self._functions.note_delivery(event.function, event.payload)
        try:
            invocation = self._functions.run(
                version, event.payload, event.trace, event.due, event.request_id, Lineage(event.trace, event.chain)
            )
        except TooManyRequests:
            self._back_off(event, version)
        except RecursiveInvocation:
            self._end(event, version, "RecursiveInvocation")
        except LambdaError as refused:
            event.trace.broken("invocation", refused.message)
            self._back_off(event, version)
        else:
            self._judge(event, version, invocation)

    def _judge(self, event: QueuedEvent, version: FunctionVersion, invocation: Invocation) -> None:
        event.last = invocation
        if invocation.error is None:
            self._end(event, version, "Success")
            return
        event.failures += 1
        if event.failures > self._functions.event_invoke_configs.of(event.function, event.qualifier).attempts:
            self._end(event, version, "RetriesExhausted")
        else:
            self._retry(event, version, invocation.ended + RETRY_SECONDS[event.failures - 1])

    def _back_off(self, event: QueuedEvent, version: FunctionVersion) -> None:
        delay = min(FIRST_BACKOFF_SECONDS * 2**event.throttles, LONGEST_BACKOFF_SECONDS)
        event.throttles += 1
        self._retry(event, version, event.due + delay)

    def _retry(self, event: QueuedEvent, version: FunctionVersion, due: float) -> None:
        if due - event.received > self._age(event):
            self._end(event, version, "EventAgeExceeded")
            return
        event.trace.waiting("retry", f"again {due - event.received:.0f} s after the event, as {event.request_id}")
        event.due = due
        self._push(event)
        self._functions.clock.at(due, lambda: None, f"retry of {event.function}")

    def _age(self, event: QueuedEvent) -> float:
        return self._functions.event_invoke_configs.of(event.function, event.qualifier).age

    def _end(self, event: QueuedEvent, version: FunctionVersion, condition: Condition) -> None:
        ending = Ending(
            request_id=event.request_id,
            payload=event.payload,
            condition=condition,
            attempts=event.failures + (condition == "Success"),
            last=event.last,
            lineage=Lineage(event.trace, (*event.chain, version.arn)),
        )
        if condition != "Success":
            self._functions.metrics.record(version, self._functions.clock.timestamp(), {"AsyncEventsDropped": 1})
        report_ending(self._functions, version, event.qualifier, ending)
