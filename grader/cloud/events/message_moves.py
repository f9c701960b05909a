"""A redrive of dead letters: SQS moves what waits in a dead-letter queue back to its queue, or to another one.

AWS works through them in the background, so many a second. Here all that can be received are moved at once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation
from grader.cloud.door.responder import Action, ApiError
from grader.cloud.errors import NotSupported
from grader.cloud.iam.needs import Need
from grader.cloud.ids import Ids

ON_SOURCE = ("sqs:receivemessage", "sqs:deletemessage", "sqs:getqueueattributes")


@dataclass(frozen=True)
class Move:
    """One task, which is over: its handle is told no more."""

    handle: str
    source: str
    destination: str
    moved: int
    started: float

    def answer(self) -> dict[str, Any]:
        """As ListMessageMoveTasks tells it."""
        return {
            "Status": "COMPLETED",
            "SourceArn": self.source,
            **({"DestinationArn": self.destination} if self.destination else {}),
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.moved,
            "StartedTimestamp": int(self.started * 1000),
        }


class MessageMoves:
    """Moves messages from dead-letter queues.

    Parameters
    ----------
    moto
        Keeps queues and messages.

    Attributes
    ----------
    actions
        What answers each operation.
    """

    def __init__(self, moto: Moto, clock: Clock, ids: Ids) -> None:
        self._moto, self._clock, self._ids = moto, clock, ids
        self._moves: list[Move] = []
        self.actions: dict[str, Action] = {
            "StartMessageMoveTask": self._start,
            "ListMessageMoveTasks": self._list,
            "CancelMessageMoveTask": self._cancel,
        }

    def needs(self, operation: Operation) -> list[Need]:
        """What a move needs besides its own action: to take from the one queue, and to send to the other."""
        if operation.name != "StartMessageMoveTask":
            return []
        source = str(operation.parameters.get("SourceArn") or "")
        wanted = str(operation.parameters.get("DestinationArn") or "")
        with self._moto.lock:
            targets = [wanted] if wanted else [queue.queue_arn for queue in self._queues_before(source)]
        return [*(Need(action, source) for action in ON_SOURCE), *(Need("sqs:sendmessage", one) for one in targets)]

    def _start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if given.get("MaxNumberOfMessagesPerSecond"):
            raise NotSupported("sqs:StartMessageMoveTask with MaxNumberOfMessagesPerSecond")
        source, wanted = str(given["SourceArn"]), str(given.get("DestinationArn") or "")
        with self._moto.lock:
            letters = self._queue(source, "SourceArn")
            target = self._target(source, wanted)
            waiting = list(letters.messages)
            for message in waiting:
                self._move(message, letters, target)
        handle = base64.b64encode(json.dumps({"taskId": self._ids.uuid(), "sourceArn": source}).encode()).decode()
        self._moves.append(Move(handle, source, wanted, len(waiting), self._clock.timestamp()))
        return {"TaskHandle": handle}

    def _target(self, source: str, wanted: str) -> Any:
        before = list(self._queues_before(source))
        if not before:
            raise ApiError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        if wanted:
            return self._queue(wanted, "DestinationArn")
        if len(before) > 1:
            raise NotSupported(
                "sqs:StartMessageMoveTask without DestinationArn from a queue that serves several others"
            )
        return before[0]

    def _move(self, message: Any, letters: Any, target: Any) -> None:
        """Send it anew, as AWS does: with an id, a time and a receive count of its own."""
        self._moto.backend("sqs").send_message(
            target.name,
            message.body,
            message.message_attributes,
            group_id=message.group_id,
            deduplication_id=message.deduplication_id,
            system_attributes=message.system_attributes,
        )
        letters._messages.remove(message)
        letters.pending_messages.discard(message)

    def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        source = str(given["SourceArn"])
        with self._moto.lock:
            self._queue(source, "SourceArn")
        found = [one.answer() for one in reversed(self._moves) if one.source == source]
        return {"Results": found[: int(given.get("MaxResults") or 1)]}

    def _cancel(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not any(one.handle == given["TaskHandle"] for one in self._moves):
            raise ApiError("ResourceNotFoundException", "Task does not exist.")
        raise ApiError("UnsupportedOperation", "Only active tasks can be cancelled: this one is COMPLETED.")

    def _queue(self, arn: str, parameter: str) -> Any:
        for queue in self._moto.backend("sqs").queues.values():
            if queue.queue_arn == arn:
                return queue
        words = f"The resource that you specified for the {parameter} parameter doesn't exist."
        raise ApiError("ResourceNotFoundException", words)

    def _queues_before(self, arn: str) -> Iterator[Any]:
        """The queues whose dead letters go to this one."""
        for queue in self._moto.backend("sqs").queues.values():
            if queue.dead_letter_queue is not None and queue.dead_letter_queue.queue_arn == arn:
                yield queue
