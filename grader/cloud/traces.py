"""The path of a request, an upload, an invocation or an event, gate by gate, and the first gate that broke."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from grader.cloud.clock import Clock

Status = Literal["passed", "broken", "waiting"]


@dataclass(frozen=True)
class Gate:
    """One thing that a request must pass: route, throttle, permission, environment, handler, response, delivery.

    Attributes
    ----------
    name
        What the gate is called in the drawing, for example ``permission``.
    status
        ``passed``, ``broken`` or ``waiting`` (a retry or a delivery that is still to come).
    detail
        One sentence for the reader.
    at
        Seconds since 1970, on the virtual clock.
    """

    name: str
    status: Status
    detail: str = ""
    at: float = 0.0


@dataclass(repr=False)
class Trace:
    """What happened to one request; grows while it travels, with a child for each thing it set off."""

    id: str
    kind: str
    title: str
    clock: Clock
    started: float
    gates: list[Gate] = field(default_factory=list)
    children: list[Trace] = field(default_factory=list)
    parent: Trace | None = field(default=None, repr=False)

    def passed(self, gate: str, detail: str = "") -> None:
        """Note that ``gate`` let it through."""
        self.gates.append(Gate(gate, "passed", detail, self.clock.timestamp()))

    def broken(self, gate: str, detail: str = "") -> None:
        """Note that it ended at ``gate``."""
        self.gates.append(Gate(gate, "broken", detail, self.clock.timestamp()))

    def waiting(self, gate: str, detail: str = "") -> None:
        """Note that it waits at ``gate``, for example for a retry."""
        self.gates.append(Gate(gate, "waiting", detail, self.clock.timestamp()))

    @property
    def first_broken(self) -> Gate | None:
        """The first gate that broke, in this trace or in what it set off; None when all is well."""
        return next((gate for trace in self.walk() for gate in trace.gates if gate.status == "broken"), None)

    def walk(self) -> Iterator[Trace]:
        """This trace and everything it set off, in the order it was set off."""
        yield self
        for child in self.children:
            yield from child.walk()

    def text(self, indent: int = 0) -> str:
        """The trace in words, one gate a line: the drawing's text alternative."""
        marks = {"passed": "✓", "broken": "✗", "waiting": "…"}
        lines = ["  " * indent + f"{self.kind}: {self.title}"]
        for gate in self.gates:
            lines.append("  " * (indent + 1) + f"{marks[gate.status]} {gate.name}  {gate.detail}".rstrip())
        lines += [child.text(indent + 1) for child in self.children]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

    def show(self) -> object:
        """Draw the path; in a notebook the drawing appears under the cell."""
        from grader.cloud.drawing import draw_trace  # drawing knows traces; a trace only asks to be drawn

        return draw_trace(self)

    def _repr_html_(self) -> str:
        from grader.cloud.drawing import draw_trace

        return draw_trace(self).html


class Traces:
    """The traces of one cloud, the most recent ones kept.

    Parameters
    ----------
    clock
        Dates the gates.
    keep
        How many top-level traces are remembered.
    """

    def __init__(self, clock: Clock, keep: int = 1000) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._kept: deque[Trace] = deque(maxlen=keep)

    def start(self, kind: str, title: str, parent: Trace | None = None) -> Trace:
        """Begin a trace; with a ``parent`` it becomes a step that the parent set off."""
        number = next(self._numbers)
        trace = Trace(f"trace-{number}", kind, title, self._clock, self._clock.timestamp(), parent=parent)
        if parent is None:
            self._kept.append(trace)
        else:
            parent.children.append(trace)
        return trace

    def adopt(self, trace: Trace, parent: Trace) -> None:
        """Make a trace that began by itself a step of another, which set it off."""
        if trace in self._kept:
            self._kept.remove(trace)
        trace.parent = parent
        parent.children.append(trace)

    def recent(self, count: int = 20) -> list[Trace]:
        """The last ``count`` top-level traces, newest first."""
        return list(itertools.islice(reversed(self._kept), count))

    def last(self) -> Trace | None:
        """The newest top-level trace."""
        return self._kept[-1] if self._kept else None
