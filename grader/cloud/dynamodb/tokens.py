"""``ClientRequestToken``: the same transaction sent twice is carried out once. DynamoDB remembers for ten minutes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.faults import Refusal
from grader.cloud.door.response import Response

SECONDS = 600.0


@dataclass(frozen=True)
class Done:
    """A transaction that was carried out."""

    said: str
    until: float
    response: Response


class Tokens:
    """The transactions of the last ten minutes.

    Parameters
    ----------
    clock
        Measures them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: dict[str, Done] = {}

    def answer(self, token: str, items: Any) -> Response | None:
        """What the same request was answered before; None when it is new.

        Raises
        ------
        Refusal
            ``IdempotentParameterMismatchException`` when the token was used for something else.
        """
        now = self._clock.timestamp()
        self._done = {name: each for name, each in self._done.items() if each.until > now}
        before = self._done.get(token)
        if before is not None and before.said != json.dumps(items, sort_keys=True):
            words = "Request parameters do not match those of a previous request with the same client token."
            raise Refusal("IdempotentParameterMismatchException", words, 400)
        return before.response if before is not None else None

    def note(self, token: str, items: Any, response: Response) -> None:
        """Remember a transaction that was carried out."""
        until = self._clock.timestamp() + SECONDS
        self._done[token] = Done(json.dumps(items, sort_keys=True), until, response)
