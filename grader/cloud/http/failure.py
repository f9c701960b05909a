"""How a request ends at a gate: the answer that the gateway gives by itself, and the gate that broke."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """An answer of the gateway's own.

    Attributes
    ----------
    type
        The gateway response type, under which a REST API can have its own version.
    message
        What stands under ``key`` in the body; None is sent as ``null``.
    error_type
        ``x-amzn-ErrorType``; empty where AWS sends none.
    spaced
        AWS's errors from behind the gateway have a space after the colon, those of the gateway itself have none.
    headers
        Further headers, for example ``www-authenticate``.
    """

    type: str
    status: int
    message: str | None
    error_type: str = ""
    spaced: bool = False
    key: str = "message"
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> str:
        """The body, byte for byte as AWS sends it."""
        return json.dumps({self.key: self.message}, separators=(",", ": " if self.spaced else ":"))


class Stopped(Exception):
    """A gate that a request did not pass.

    Parameters
    ----------
    failure
        What the client is answered.
    gate
        The gate's name in the trace; None when the trace names it already.
    why
        One sentence for the reader of the trace: what is wrong, and what to do.
    logged
        What a REST API's execution log says of it, where AWS has a line of its own.
    """

    def __init__(self, failure: Failure, gate: str | None = None, why: str = "", logged: str = "") -> None:
        super().__init__(why or failure.message)
        self.failure = failure
        self.gate = gate
        self.why = why
        self.logged = logged
