"""What AWS says when an environment dies: the words of its log and of the error object."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime

SIGNALS = {
    signal.SIGKILL: "killed",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "aborted",
    signal.SIGTERM: "terminated",
    signal.SIGINT: "interrupt",
    signal.SIGBUS: "bus error",
    signal.SIGILL: "illegal instruction",
    signal.SIGFPE: "floating point exception",
    signal.SIGHUP: "hangup",
    signal.SIGXCPU: "CPU time limit exceeded",
    signal.SIGXFSZ: "file size limit exceeded",
    signal.SIGSYS: "bad system call",
} if hasattr(signal, "SIGKILL") else {}  # fmt: skip


def timed_out(request_id: str, timeout_s: float, end: float) -> tuple[bytes, str]:
    """Error object and log line of a timeout; ``end`` is seconds since 1970."""
    words = f"Task timed out after {timeout_s:.2f} seconds"
    moment = datetime.fromtimestamp(end, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _error("Sandbox.Timedout", f"RequestId: {request_id} Error: {words}"), f"{moment} {request_id} {words}\n"


def exited(request_id: str, code: int) -> tuple[bytes, str]:
    """Error object and log line when the process ended by itself; a negative code is a signal."""
    if code == 0:
        reason = "Runtime exited without providing a reason"
    elif code > 0:
        reason = f"Runtime exited with error: exit status {code}"
    else:
        reason = f"Runtime exited with error: signal: {_signal(-code)}"
    return _died("Runtime.ExitError", request_id, reason)


def out_of_memory(request_id: str) -> tuple[bytes, str]:
    """Error object and log line when MemorySize was not enough."""
    return _died("Runtime.OutOfMemory", request_id, "Runtime exited with error: signal: killed")


def output_limit(request_id: str) -> tuple[bytes, str]:
    """Error object and log line when it wrote without end; Lambda has no such limit, and lets it time out."""
    return _died("Runtime.OutputLimit", request_id, "Output limit: one invocation may write 16 MB, and it wrote more")


def bad_response(request_id: str) -> tuple[bytes, str]:
    """Error object and log line when what came back is not an answer."""
    return _died("Runtime.InvalidResponse", request_id, "The runtime's response is not valid JSON")


def _died(kind: str, request_id: str, reason: str) -> tuple[bytes, str]:
    message = f"RequestId: {request_id} Error: {reason}"
    return _error(kind, message), f"{message}\n{kind}\n"


def _signal(number: int) -> str:
    known = {int(one): words for one, words in SIGNALS.items()}
    return known.get(number, f"signal {number}")


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
