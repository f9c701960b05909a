"""What an invocation came to, and the chain of causes it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.cloud.traces import Trace


@dataclass(frozen=True)
class Lineage:
    """Why something happens: the trace it belongs to, and the functions that ran in the same chain before it.

    AWS carries this in the ``Lineage`` part of the X-Ray trace header, and stops loops by it.
    """

    trace: Trace | None = None
    chain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requester:
    """Who asks, as S3's events name it: the ``user_id`` of the principal, and the address it is seen from."""

    user_id: str
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True)
class Invocation:
    """One finished invocation.

    Attributes
    ----------
    payload
        What the handler returned, as JSON reads it; None when it failed.
    error
        AWS's error object (``errorType``, ``errorMessage``, ``stackTrace``) when it failed.
    function_error
        ``Unhandled`` when the function failed, as in X-Amz-Function-Error.
    logs
        The log's lines, ``START`` to ``REPORT``.
    duration_ms, billed_ms, init_ms
        Milliseconds; ``init_ms`` is None for a warm environment.
    environment
        The environment's id; two invocations with the same id shared memory and ``/tmp``.
    ended
        When it ended, seconds since 1970 on the clock.
    """

    payload: Any
    error: dict[str, Any] | None
    function_error: str | None
    status_code: int
    logs: tuple[str, ...]
    duration_ms: float
    billed_ms: int
    init_ms: float | None
    max_memory_mb: int
    memory_mb: int
    environment: str
    cold: bool
    version: str
    request_id: str
    trace: Trace = field(repr=False, compare=False)
    content: bytes = b"null"
    started: float = 0.0
    ended: float = 0.0

    @property
    def slept_s(self) -> float:
        """Seconds of clock that the invocation took."""
        return self.ended - self.started
