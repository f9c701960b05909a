"""SQS long polling in real time: ``ReceiveMessage`` with ``WaitTimeSeconds`` waits for a message.

moto would wait with its lock held, and nobody could send the message that it waits for; so a lesson's clock lets it not
wait at all. Here the lock is free between two looks.
"""

from __future__ import annotations

import json
import threading
import time
from urllib.parse import parse_qs

from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

LOOK_EVERY_SECONDS = 0.1
LONGEST_SECONDS = 20.0


class LongPolling:
    """Answers ``ReceiveMessage`` of SQS; every other operation is moto's own.

    Attributes
    ----------
    ending
        Set when the server ends: nobody is kept waiting then.
    """

    def __init__(self, moto: Moto) -> None:
        self._moto = moto
        self.ending = threading.Event()

    def answers(self, request: Request) -> bool:
        """Whether the request receives messages."""
        return _operation(request) == "ReceiveMessage"

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Look for messages until there are some, or the time to wait has passed."""
        end = time.monotonic() + min(self._seconds(_members(request)), LONGEST_SECONDS)
        while True:
            response = self._moto.call(request)
            if response.status != 200 or _has_messages(response) or time.monotonic() >= end:
                return response
            if self.ending.wait(LOOK_EVERY_SECONDS):
                return response

    def _seconds(self, members: dict[str, object]) -> float:
        try:
            return float(str(members.get("WaitTimeSeconds", self._queue_setting(members))))
        except ValueError:  # SQS itself says what it thinks of such a value
            return 0.0

    def _queue_setting(self, members: dict[str, object]) -> float:
        name = str(members.get("QueueUrl", "")).rpartition("/")[2]
        with self._moto.lock:
            queue = self._moto.backend("sqs").queues.get(name)
            return float(queue.receive_message_wait_time_seconds or 0) if queue else 0.0


def _operation(request: Request) -> str:
    if target := request.header("X-Amz-Target"):
        return target.rpartition(".")[2]
    return str(_members(request).get("Action", ""))


def _members(request: Request) -> dict[str, object]:
    """The parameters, in whichever of SQS's two protocols they came."""
    if request.has_header("X-Amz-Target"):
        try:
            members = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return members if isinstance(members, dict) else {}
    form = request.body.decode("utf-8", "replace") or request.query
    return {name: values[0] for name, values in parse_qs(form).items()}


def _has_messages(response: Response) -> bool:
    return b'"MessageId"' in response.body or b"<MessageId>" in response.body
