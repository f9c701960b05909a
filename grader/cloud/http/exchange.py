"""What is remembered of requests after their answers: their traces, how long they took, where they ran."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from grader.cloud.http.passage import Passage
from grader.cloud.traces import Trace

REMEMBERED = 2000


@dataclass(frozen=True)
class Exchange:
    """What is known of a request after its answer.

    Attributes
    ----------
    at
        When it arrived, seconds since 1970.
    latency
        Seconds until the answer: what authorizers and functions took, INIT included.
    environment
        The execution environment that served it; None when no function ran.
    cold
        Whether that environment was started for it.
    """

    trace: Trace
    at: float
    latency: float
    environment: str | None
    cold: bool | None


class Exchanges:
    """The last thousand exchanges, by both ids that an answer may carry."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Exchange] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, request_id: str) -> Exchange | None:
        """The exchange with this request id."""
        return self._kept.get(request_id)

    def remember(self, request_id: str, passage: Passage) -> None:
        """Keep what is known of an answered request."""
        exchange = Exchange(passage.trace, passage.at, passage.waited, passage.environment, passage.cold)
        with self._lock:
            self._kept[request_id] = exchange
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
