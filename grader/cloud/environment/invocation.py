"""One event on its way into an execution environment, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "error", "timeout", "init_timeout", "exit", "out_of_memory", "output_limit", "bad_response"]


@dataclass(frozen=True)
class InvocationRequest:
    """An event for a handler.

    Attributes
    ----------
    payload
        The event, as JSON.
    now
        The moment on the virtual clock, seconds since 1970.
    deadline_ms
        When the invocation times out, milliseconds since 1970 on the virtual clock; None means now plus the
        function's timeout.
    client_context
        What a mobile client sent along, already parsed.
    """

    request_id: str
    payload: bytes
    now: float
    deadline_ms: int | None = None
    trace_id: str | None = None
    invoked_arn: str | None = None
    client_context: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class InitFailure:
    """An INIT phase that came to nothing: the module could not be imported, or took more than ten seconds.

    Attributes
    ----------
    error_type
        ``Runtime.ImportModuleError`` and the like; empty after a timeout.
    duration_ms
        How long it took.
    logs
        What it wrote.
    """

    status: Literal["error", "timeout"]
    error_type: str
    duration_ms: float
    logs: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class InvocationOutcome:
    """What an invocation came to; student code can cause every one of these, and nothing else.

    Attributes
    ----------
    payload
        Strict JSON: the handler's result, or AWS's error object
        (``errorMessage``, ``errorType``, ``requestId``, ``stackTrace``).
    logs
        Pairs of seconds since the invocation began (virtual) and the text that the function wrote.
    slept_s, cpu_s
        Virtual seconds slept and real seconds of CPU used by the handler (initialisation not included).
    duration_ms
        Slept plus CPU; exactly the timeout when it timed out.
    init_ms
        Length of the initialisation of a cold environment; None when warm.
    init_failure
        What became of an INIT phase that failed; Lambda repeats it in the invocation.
    in_init
        The invocation ended before its handler was reached.
    """

    status: Status
    payload: bytes
    logs: tuple[tuple[float, str], ...]
    slept_s: float
    cpu_s: float
    duration_ms: float
    init_ms: float | None
    max_memory_mb: int
    init_failure: InitFailure | None = None
    in_init: bool = False

    @property
    def failed(self) -> bool:
        """Whether AWS would set X-Amz-Function-Error."""
        return self.status != "ok"
