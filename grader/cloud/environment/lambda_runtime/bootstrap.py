"""The Python runtime: imports the handler once, then answers one event after another."""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from . import context, faults, frames, marshal, output
from .layout import Layout

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
Handler = Callable[..., Any]
# A fresh runtime on Lambda reports some 36 MB before it has done anything.
RESTING_MB = 36
MAX_RESPONSE = 6291556
INIT_LIMIT_S = 10.0


class Runtime:
    """The loop that AWS's runtime runs, with our channel in the place of its HTTP interface."""

    def __init__(self, channel: socket.socket, layout: Layout, order: dict[str, Any]) -> None:
        self.channel, self.pipe, self.clock, self.order = channel, layout.pipe, layout.clock, order
        self.filter, self.streams = layout.request_id, layout.streams
        self.handler: Handler | None = None
        self.resting_kb = _peak_kb()
        self.request: dict[str, Any] = {}
        self.init_ms: float | None = None
        self.init_slept = self.init_cpu = 0.0  # as far as they count for the invocation
        self.writes_json = output.writes_json()

    def run(self) -> NoReturn:
        """Answer events until the environment is ended from outside."""
        while True:
            try:
                self.request, event, _ = frames.receive(self.channel)
            except frames.BrokenFrame:
                os._exit(0)
            self.answer(event)

    def answer(self, event: bytes) -> None:
        """One event, one result frame."""
        self.init_ms = None
        self.init_slept = self.init_cpu = 0.0
        try:
            if self.handler is None:
                self.initialise()
            status, body = self.call(event)
        except faults.Fault as fault:
            status, body = self.failed(faults.fault_object(fault, self.request["id"]))
        except MemoryError:
            self.give_up("out_of_memory")
        except marshal.NotStrict as number:
            status, body = self.not_strict(str(number))
        except Exception as error:
            status, body = self.failed(faults.error_object(error, self.request["id"], OWN_FOLDER))
        self.reply(status, body)

    def initialise(self) -> None:
        """The init phase: time stands still but for sleeping, its real length is measured.

        It may take ten seconds; who takes longer is started anew, and has the time of the invocation.
        """
        repeated = self.order["init_in_invoke"]
        self.clock.on_timeout = self.time_out if repeated else self.init_time_out
        self.clock.begin(self.request["now"], self.request["timeout"] if repeated else INIT_LIMIT_S)
        self.handler = find_handler(self.order["handler"])
        if repeated:
            self.init_slept, self.init_cpu = self.clock.slept(), self.clock.cpu()
        else:
            self.init_ms = 1000 * (self.clock.slept() + self.clock.cpu()) + self.order["birth_ms"]

    def call(self, event: bytes) -> tuple[str, bytes]:
        """The invoke phase."""
        assert self.handler is not None
        timeout = self.request["timeout"] - self.init_slept - self.init_cpu
        self.filter.request_id = self.request["id"]
        slept_in_init = self.clock.slept() if self.init_ms is not None else 0.0
        self.clock.on_timeout = self.time_out
        self.clock.begin(self.request["now"] + slept_in_init + self.init_slept, timeout)
        arguments, keywords = self.arguments(marshal.load(event), slept_in_init)
        body = marshal.dump(self.handler(*arguments, **keywords))
        return ("ok", body) if len(body) <= MAX_RESPONSE else ("error", too_large())

    def arguments(self, event: Any, slept: float) -> tuple[list[Any], dict[str, Any]]:
        """Event and context; or, by the value convention, what the event spells out."""
        set_trace(self.request["trace"])
        if self.order["convention"] == "value":
            return event["args"], event["kwargs"]
        deadline = self.clock.deadline_ms(self.request["deadline_ms"], slept)
        arn, client = self.request["arn"], self.request["client_context"]
        return [event, context.LambdaContext(self.request["id"], arn, deadline, client)], {}

    def failed(self, error: dict[str, Any]) -> tuple[str, bytes]:
        """Log an error as the runtime does, and give it as the answer."""
        self.end_lines()
        self.pipe.send(faults.log_json(error) if self.writes_json else faults.log_text(error))
        return "error", json.dumps(error).encode()

    def not_strict(self, number: str) -> tuple[str, bytes]:
        """AWS lets NaN through as text that is not JSON; whoever reads it fails."""
        message = f"The response is not valid JSON: it contains {number}."
        return "bad_response", json.dumps({"errorMessage": message, "errorType": "Runtime.InvalidResponse"}).encode()

    def init_time_out(self) -> NoReturn:
        """The module slept past the ten seconds that INIT may take."""
        self.give_up("init_timeout")

    def time_out(self) -> NoReturn:
        """The function slept past its timeout: say so and wait for the end."""
        self.give_up("timeout")

    def give_up(self, status: str) -> NoReturn:
        """Nothing more will come from this environment."""
        self.reply(status, b"")
        while True:
            signal.pause()

    def end_lines(self) -> None:
        """A print without a line end is a line all the same when the invocation ends."""
        for stream in self.streams:
            stream.end()

    def reply(self, status: str, body: bytes) -> None:
        """Send the one frame that answers the request."""
        self.clock.end()
        self.end_lines()
        header = {
            "nonce": self.request["nonce"],
            "status": status,
            "slept": self.clock.slept() + self.init_slept,
            "cpu": self.clock.cpu() + self.init_cpu,
            "in_init": self.handler is None,
            "init_ms": self.init_ms,
            "memory_mb": RESTING_MB + max(0, _peak_kb() - self.resting_kb) // 1024,
        }
        frames.send(self.channel, header, body)


def find_handler(handler: str) -> Handler:
    """Import the handler's module and look the handler up, with AWS's words for what can go wrong."""
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        message = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        raise faults.Fault("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise faults.Fault("Runtime.BuiltInModuleConflict", message)
    module = import_module(module_name)
    try:
        found: Handler = getattr(module, name)
    except AttributeError:
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise faults.Fault("Runtime.HandlerNotFound", message) from None
    return found


def import_module(name: str) -> Any:
    """The handler's module."""
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise faults.Fault("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise faults.Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", trace) from error


def too_large() -> bytes:
    """What the service says in the place of an answer over 6 MB."""
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
    return json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).encode()


def set_trace(trace_id: str | None) -> None:
    """X-Ray's variable, as the runtime sets it for each event."""
    if trace_id is None:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    else:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id


def _peak_kb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "linux" else peak // 1024
