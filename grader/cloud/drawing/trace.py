"""The drawing of a trace: gates from left to right, the broken one unmistakable, what it set off below."""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.drawing.canvas import Canvas, shorten, width_of, wrap
from grader.cloud.drawing.drawing import Drawing
from grader.cloud.drawing.palette import AMBER, GREEN, RED
from grader.cloud.traces import Gate, Trace

WIDTH, MARGIN, INDENT = 900.0, 10.0, 30.0
BOX, GAP, HEIGHT = 130.5, 19.0, 84.0
SMALL, LINE = 11.0, 14.0
DEEPEST = 8
_COLOURS = {"passed": GREEN, "broken": RED, "waiting": AMBER}
_WORDS = {"passed": "passed", "broken": "broken", "waiting": "waiting"}


@dataclass
class Pen:
    """Where the next row begins."""

    canvas: Canvas
    y: float
    first_broken: Gate | None


def draw_trace(trace: Trace) -> Drawing:
    """Draw a request's path.

    Every gate is a box with ✓ (passed), ✗ (broken) or … (waiting); the first broken gate's reason stands in full
    below its row. What the trace set off follows below, indented.
    """
    pen = Pen(Canvas(), MARGIN, trace.first_broken)
    _row(pen, trace, 0)
    return pen.canvas.finish(WIDTH, pen.y + 2, _summary(trace), trace.text().splitlines())


def _summary(trace: Trace) -> str:
    broken = trace.first_broken
    end = f"It broke at the gate {broken.name}: {broken.detail}" if broken else "No gate broke."
    return f"The path of {trace.kind} {trace.title}. {end}"


def _row(pen: Pen, trace: Trace, depth: int) -> None:
    left = MARGIN + INDENT * min(depth, DEEPEST)
    _heading(pen, trace, left, depth)
    _gates(pen, trace.gates, left)
    for gate in trace.gates:
        if gate.status == "broken":
            _reason(pen, gate, left)
    pen.y += 12
    for child in trace.children:
        _row(pen, child, depth + 1)


def _heading(pen: Pen, trace: Trace, left: float, depth: int) -> None:
    pen.y += 14
    if depth:
        pen.canvas.path(f"M{left - 16:g} {pen.y - 20:g}v10q0 5 5 5h4", opacity=0.5)
        pen.canvas.head(left - 2, pen.y - 5, opacity=0.5)
    pen.canvas.text(left + 3, pen.y, trace.kind, size=13, opacity=0.62)
    begin = left + 10 + width_of(trace.kind, 13)
    pen.canvas.text(begin, pen.y, shorten(trace.title, WIDTH - begin - MARGIN, 14, bold=True), size=14, bold=True)
    pen.y += 9


def _gates(pen: Pen, gates: list[Gate], left: float) -> None:
    a_line = max(1, int((WIDTH - MARGIN - left + GAP) // (BOX + GAP)))
    for number, gate in enumerate(gates):
        column = number % a_line
        if number and column == 0:
            pen.y += HEIGHT + 12
        x = left + column * (BOX + GAP)
        if number:
            start = x - GAP if column else left - 10
            pen.canvas.path(f"M{start + 3:g} {pen.y + HEIGHT / 2:g}H{x - 6:g}", opacity=0.55)
            pen.canvas.head(x - 2, pen.y + HEIGHT / 2, opacity=0.55)
        _gate(pen, gate, x)
    if gates:
        pen.y += HEIGHT


def _gate(pen: Pen, gate: Gate, x: float) -> None:
    canvas, y, colour, broken = pen.canvas, pen.y, _COLOURS[gate.status], gate.status == "broken"
    canvas.open(f"{gate.name}: {_WORDS[gate.status]}. {gate.detail}".strip())
    canvas.box(
        x,
        y,
        BOX,
        HEIGHT,
        stroke=colour if gate.status != "passed" else "currentColor",
        thickness=3 if broken else 1.2,
        stroke_opacity=1 if gate.status != "passed" else 0.35,
        fill=colour,
        fill_opacity=0.16 if broken else 0.07,
        dashed=gate.status == "waiting",
    )
    _mark(canvas, gate.status, x + 18, y + 19)
    canvas.text(x + 33, y + 23.5, shorten(gate.name, BOX - 36, 12, bold=True), size=12.5, bold=True)
    words = ("broken here" if gate is pen.first_broken else "broken") if broken else gate.detail
    for number, line in enumerate(wrap(words, BOX - 17, SMALL, most=3)):
        canvas.text(x + 10, y + 43 + LINE * number, line, size=SMALL, opacity=0.85, bold=broken)
    canvas.close()


def _mark(canvas: Canvas, status: str, x: float, y: float) -> None:
    """✓, ✗ or … in a disc, drawn, because not every machine has the letters."""
    canvas.add(f'<circle cx="{x:g}" cy="{y:g}" r="9" fill="{_COLOURS[status]}"/>')
    shapes = {
        "passed": f"M{x - 4:g} {y:g}l3 3.4l5.2 -6.6",
        "broken": f"M{x - 3.5:g} {y - 3.5:g}l7 7m0 -7l-7 7",
        "waiting": f"M{x - 4:g} {y:g}h.01M{x:g} {y:g}h.01M{x + 4:g} {y:g}h.01",
    }
    canvas.path(shapes[status], stroke="#fff", thickness=2.4)


def _reason(pen: Pen, gate: Gate, left: float) -> None:
    """Why a gate broke, in full."""
    room = WIDTH - MARGIN - left
    lines = wrap(f"Broken at “{gate.name}”. {gate.detail}".strip(), room - 44, 12.5)
    height = 14 + 17 * len(lines)
    pen.y += 8
    pen.canvas.box(left, pen.y, room, height, stroke="none", fill=RED, fill_opacity=0.13, radius=5)
    pen.canvas.add(f'<rect x="{left:g}" y="{pen.y:g}" width="4" height="{height:g}" rx="2" fill="{RED}"/>')
    _mark(pen.canvas, "broken", left + 20, pen.y + 15.5)
    for number, line in enumerate(lines):
        pen.canvas.text(left + 37, pen.y + 20 + 17 * number, line, size=12.5, bold=number == 0 and len(lines) == 1)
    pen.y += height
