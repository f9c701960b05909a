"""Where a custom resource reports to: addresses that take one answer each, and the wait for it on the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import quote

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.ids import Ids

HOST = "cloudformation-custom-resource-response-useast1.s3.amazonaws.com"
EXPIRES_S = 7200
REFUSAL = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)


class ResponseSite:
    """A corner of S3 that CloudFormation has signed addresses for.

    Parameters
    ----------
    clock
        What answers are waited for on.
    deliver
        Delivers what is due now: the asynchronous event that the custom resource's function is called with.
    """

    def __init__(self, clock: Clock, ids: Ids, deliver: Callable[[], object]) -> None:
        self._clock, self._ids, self._deliver = clock, ids, deliver
        self._answers: dict[str, bytes | None] = {}
        self._lock = threading.Lock()

    def address(self, whose: str) -> str:
        """A new address, presigned, for the answer of ``whose`` (stack and logical id)."""
        path = quote(f"/{whose}|{self._ids.uuid()}", safe="/")
        expires = int(self._clock.timestamp()) + EXPIRES_S
        query = f"AWSAccessKeyId=AKIA{self._ids.suffix(16)}&Expires={expires}&Signature={self._ids.hex(40)}"
        with self._lock:
            self._answers[f"{path}?{query}"] = None
        return f"https://{HOST}{path}?{query}"

    def handle(self, request: Request) -> Response:
        """Take an answer in; only the first one counts."""
        place = f"{request.path}?{request.query}"
        with self._lock:
            known = place in self._answers and request.method == "PUT"
            if known and self._answers[place] is None:
                self._answers[place] = request.body
        return Response(200, (), b"") if known else Response(403, (("Content-Type", "application/xml"),), REFUSAL)

    def wait(self, address: str, seconds: float, wait: Callable[[Callable[[], bool]], None]) -> bytes | None:
        """What was answered, or None when nothing came in ``seconds`` of the clock; the address is closed then.

        Parameters
        ----------
        wait
            Waits until something is so: in the foreground by moving the clock on, in the background by standing aside.
        """
        place = address.removeprefix(f"https://{HOST}")
        deadline = self._clock.timestamp() + seconds
        timer = self._clock.at(deadline, lambda: None, "a custom resource times out")
        self._deliver()
        wait(lambda: self._answers[place] is not None or self._clock.timestamp() >= deadline)
        timer.cancel()
        with self._lock:
            return self._answers.pop(place)
