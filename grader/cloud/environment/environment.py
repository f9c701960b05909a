"""An execution environment, seen from the cloud: one process that runs one version of one function."""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import shutil
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import wording
from .answer import FrameReader, LogReader, NotAnAnswer, number, strict_json
from .configuration import FunctionConfiguration
from .invocation import InitFailure, InvocationOutcome, InvocationRequest, Status
from .lambda_runtime import frames

LOOK_EVERY_S = 0.2
INIT_LIMIT_S = 10.0
NEVER = 86400.0
INIT_LIMIT_S = 10.0


@dataclass(frozen=True)
class Patience:
    """How long student code may really occupy this machine, whatever its function's timeout is.

    Attributes
    ----------
    cpu_s
        Seconds of CPU for one invocation; an endless loop is told that it timed out after this.
    wall_s
        Seconds of waiting for one invocation, CPU or not.
    """

    cpu_s: float = 3.0
    wall_s: float = 15.0

    @classmethod
    def in_real_time(cls, timeout_s: float) -> Patience:
        """For an environment in which time passes by itself: the timeout, after an init phase of ten seconds."""
        return cls(cpu_s=timeout_s, wall_s=timeout_s + INIT_LIMIT_S)


class ExecutionEnvironment:
    """A sandbox with its own process tree, /tmp and module state; made by ``Zygote.start``."""

    def __init__(
        self,
        configuration: FunctionConfiguration,
        control: socket.socket,
        channel: socket.socket,
        pipes: tuple[int, int],
        folder: Path,
        pid: int,
        patience: Patience,
    ) -> None:
        self.id = secrets.token_hex(16)
        self.configuration = configuration
        self.pid = pid  # of its topmost process, as this machine numbers it
        self.alive = True
        self.invocations = 0
        self.port = 0
        self._tmp: int | None = None  # its /tmp, when that is a file system of its own
        self._control, self._channel, self._folder, self._patience = control, channel, folder, patience
        self._log = LogReader(*pipes)
        self._stop_serving: Callable[[], None] = lambda: None
        self._talker: int | None = None  # the thread that waits for an answer
        self._hung_up = False

    def take(self, ready: dict[str, Any], descriptors: list[int]) -> socket.socket:
        """The guardian is up: remember where things are; returns the socket to serve the endpoint on."""
        self.port = ready["port"]
        listener, *tmp = descriptors
        self._tmp = tmp[0] if tmp else None
        return socket.socket(fileno=listener)

    def attach(self, stop_serving: Callable[[], None]) -> None:
        """Remember what ends the serving of its endpoint."""
        self._stop_serving = stop_serving

    def invoke(self, request: InvocationRequest) -> InvocationOutcome:
        """Run the handler on one event.

        Whatever the function does becomes an outcome; the call returns within the environment's ``Patience``.
        """
        if not self.alive:
            return self._dead(request, wording.exited(request.request_id, 1), "exit", 0.0)
        self._talker = threading.get_ident()
        try:
            outcome = _Conversation(self, request).hold()
        except BaseException:  # interrupted from outside: nobody knows what the function is doing now
            self.close()
            raise
        finally:
            self._talker = None
        if self._hung_up:
            self.close()
        self.invocations += 1
        return outcome

    @property
    def tmp(self) -> Path:
        """The folder that the function sees as ``/tmp``, as this process can look at it."""
        return self._folder / "tmp" if self._tmp is None else Path(f"/proc/self/fd/{self._tmp}")

    def freeze(self) -> None:
        """Stop every thread and process of the environment until the next event, as Lambda does."""
        self.order("freeze")

    def order(self, name: str) -> None:
        """Tell the guardian something."""
        try:
            frames.send(self._control, {"op": name})
        except OSError:
            self.close()

    def close(self) -> None:
        """End the environment and everything it started. Closing twice does no harm.

        While another thread waits for its answer, its processes end at once, and that thread clears up.
        """
        if not self.alive:
            return
        if self._talker not in (None, threading.get_ident()):
            self._hung_up = True
            with contextlib.suppress(OSError):  # it has died by itself
                self._control.shutdown(socket.SHUT_RDWR)
            return
        self.alive = False
        for sock in (self._control, self._channel):
            sock.close()
        for descriptor in (self._log.records, self._log.raw, self._tmp):
            if descriptor is not None:
                os.close(descriptor)
        self._stop_serving()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _dead(
        self, request: InvocationRequest, words: tuple[bytes, str], status: Status, elapsed: float
    ) -> InvocationOutcome:
        payload, line = words
        return InvocationOutcome(status, payload, ((elapsed, line),), 0.0, 0.0, 1000 * elapsed, None, 0)


class _Conversation:
    """One request and its answer."""

    def __init__(self, environment: ExecutionEnvironment, request: InvocationRequest) -> None:
        self.environment, self.request = environment, request
        self.configuration = environment.configuration
        self.control, self.channel = environment._control, environment._channel
        self.log = environment._log
        self.nonce = secrets.token_hex(8)
        self.reader = FrameReader()
        self.exit_code: int | None = None
        self.started = time.monotonic()
        self.cpu_before: float | None = None
        self.cpu = 0.0

    def hold(self) -> InvocationOutcome:
        """Ask, listen, judge."""
        if self._speaks_unasked():
            return self._end("bad_response", wording.bad_response(self.request.request_id), 0.0)
        self.environment.order("thaw")
        with selectors.DefaultSelector() as selector:
            try:
                answer = self._listen(selector)
            except NotAnAnswer:
                return self._end("bad_response", wording.bad_response(self.request.request_id), self._elapsed())
        if answer is None:
            return self._without_answer()
        return self._judge(*answer)

    def _speaks_unasked(self) -> bool:
        self.channel.setblocking(False)
        try:
            return bool(self.channel.recv(1))
        except OSError:
            return False

    def _question(self) -> bytes:
        request, configuration = self.request, self.configuration
        deadline = request.deadline_ms or round(1000 * (request.now + configuration.timeout_s))
        header = {
            "nonce": self.nonce,
            "id": request.request_id,
            "now": request.now,
            "timeout": configuration.timeout_s,
            "deadline_ms": deadline,
            "trace": request.trace_id,
            "arn": request.invoked_arn or configuration.arn,
            "client_context": dict(request.client_context) if request.client_context is not None else None,
        }
        return frames.encode(header, request.payload)

    def _listen(self, selector: selectors.BaseSelector) -> tuple[dict[str, Any], bytes] | None:
        """The answer's frame; None when there will not be one."""
        if not self.environment.alive:
            return None
        question = memoryview(self._question())
        selector.register(self.channel, selectors.EVENT_READ | selectors.EVENT_WRITE)
        for source in (self.control, self.log.records, self.log.raw):
            selector.register(source, selectors.EVENT_READ)
        while self.environment.alive and not self._overdue():
            for key, events in selector.select(LOOK_EVERY_S):
                if key.fileobj is self.channel:
                    if events & selectors.EVENT_WRITE:
                        question = self._ask(selector, question)
                    if events & selectors.EVENT_READ and (answer := self._hear(selector)) is not None:
                        return answer
                elif key.fileobj is self.control:
                    self._heed()
                elif not self.log.read(key.fd):
                    selector.unregister(key.fileobj)
            if self.exit_code is not None or self.log.is_flooded:
                return None
        return None

    def _ask(self, selector: selectors.BaseSelector, question: memoryview) -> memoryview:
        try:
            question = question[self.channel.send(question) :]
        except BlockingIOError:
            return question
        except OSError:  # gone; the guardian will say how
            question = question[:0]
        if not question:
            selector.modify(self.channel, selectors.EVENT_READ)
        return question

    def _hear(self, selector: selectors.BaseSelector) -> tuple[dict[str, Any], bytes] | None:
        try:
            chunk = self.channel.recv(1 << 18)
        except BlockingIOError:
            return None
        except OSError:
            chunk = b""
        if not chunk:
            selector.unregister(self.channel)
            return None
        answer = self.reader.feed(chunk)
        if answer is not None and answer[0].get("nonce") != self.nonce:
            raise NotAnAnswer("an answer to something else")
        return answer

    def _heed(self) -> None:
        """What the guardian says: how the process ended, or the CPU it has used."""
        try:
            news, _, _ = frames.receive(self.control)
        except (frames.BrokenFrame, OSError):
            self.exit_code = -9
            return
        if "exit" in news:
            self.exit_code = int(news["exit"])
        elif "cpu" in news:
            self._count_cpu(float(news["cpu"]))

    def _count_cpu(self, total: float) -> None:
        if self.cpu_before is None:
            self.cpu_before = max(0.0, total - self._elapsed())
        self.cpu = total - self.cpu_before

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _overdue(self) -> bool:
        patience, elapsed = self.environment._patience, self._elapsed()
        if elapsed > LOOK_EVERY_S:
            self.environment.order("cpu")
        if self.configuration.real_time:  # its own alarm rings at the timeout; this ends one that does not hear it
            return elapsed > patience.wall_s
        return elapsed > patience.wall_s or self.cpu > min(self.configuration.timeout_s, patience.cpu_s)

    def _without_answer(self) -> InvocationOutcome:
        if self.log.is_flooded:
            return self._end("output_limit", wording.output_limit(self.request.request_id), self._elapsed())
        if self.exit_code is None and self.environment.alive:
            return self._timeout()
        code = -9 if self.exit_code is None else self.exit_code
        return self._end("exit", wording.exited(self.request.request_id, code), self._elapsed())

    def _timeout(self) -> InvocationOutcome:
        timeout = self.configuration.timeout_s
        words = wording.timed_out(self.request.request_id, timeout, self.request.now + timeout)
        return self._end("timeout", words, timeout)

    def _end(self, status: Status, words: tuple[bytes, str], seconds: float, memory: int = 0) -> InvocationOutcome:
        """The environment is lost; its last log line is AWS's."""
        if self.environment.alive:
            self.log.drain()
        payload, line = words
        logs = (*self.log.take(), (seconds, line))
        self.environment.close()
        cpu = min(self.cpu, seconds)
        return InvocationOutcome(status, payload, logs, seconds - cpu, cpu, round(1000 * seconds, 2), None, memory)

    def _judge(self, header: dict[str, Any], body: bytes) -> InvocationOutcome:
        timeout, status = self.configuration.timeout_s, header.get("status")
        slept, cpu = number(header, "slept", NEVER), number(header, "cpu", self._elapsed() * 64)
        if status == "init_timeout":
            return self._end("init_timeout", wording.timed_out(self.request.request_id, INIT_LIMIT_S, 0), INIT_LIMIT_S)
        if status == "timeout" or slept + cpu >= timeout:
            return replace(self._timeout(), in_init=header.get("in_init") is True)
        if status == "out_of_memory":
            words = wording.out_of_memory(self.request.request_id)
            return self._end("out_of_memory", words, slept + cpu, self.configuration.memory_mb)
        if status not in ("ok", "error", "bad_response") or not self._is_json(body):
            return self._end("bad_response", wording.bad_response(self.request.request_id), slept + cpu)
        return self._outcome(header, status, body, slept, cpu)

    def _is_json(self, body: bytes) -> bool:
        try:
            strict_json(body)
        except NotAnAnswer:
            return False
        return True

    def _outcome(
        self, header: dict[str, Any], status: Status, body: bytes, slept: float, cpu: float
    ) -> InvocationOutcome:
        self.log.drain()
        self.environment.freeze()
        init = None if header.get("init_ms") is None else round(number(header, "init_ms", 1000 * NEVER), 2)
        memory = min(int(number(header, "memory_mb", 1e6)), self.configuration.memory_mb)
        duration, logs = round(1000 * (slept + cpu), 2), self.log.take()
        failure = _init_failure(body, duration, logs) if header.get("in_init") is True and status == "error" else None
        return InvocationOutcome(
            status, body, logs, slept, cpu, duration, init, memory, failure, in_init=failure is not None
        )


def _init_failure(body: bytes, duration_ms: float, logs: tuple[tuple[float, str], ...]) -> InitFailure:
    error = strict_json(body)
    kind = str(error.get("errorType", "")) if isinstance(error, dict) else ""
    return InitFailure("error", kind, duration_ms, logs)
