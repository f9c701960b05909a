"""The diagram of a stack: its resources in columns, arrows for what goes where, the plumbing in words below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from grader.cloud.drawing.canvas import Canvas, shorten, width_of, wrap
from grader.cloud.drawing.drawing import Drawing
from grader.cloud.drawing.icons import BACKGROUND, KINDS, Kind, kind_of
from grader.cloud.drawing.labels import SIZE, Labels
from grader.cloud.drawing.layout import Layout, lay_out
from grader.cloud.drawing.references import Arrow, References

MARGIN, BOX, HEIGHT, GAP = 12.0, 164.0, 62.0, 24.0
# Between two columns there is room for the arrows, and for the words on them.
ROOM, MOST_ROOM, BESIDE = 64.0, 190.0, 26.0
PASSING, PORTS = 16.0, 16.0
READABLE = 0.72


class StackLike(Protocol):
    """What the diagram needs to know of a stack."""

    @property
    def name(self) -> str: ...
    @property
    def expanded(self) -> dict[str, Any]: ...
    @property
    def resources(self) -> Mapping[str, Any]: ...


@dataclass
class Sheet:
    """The places of boxes and passages, while arrows are drawn between them.

    Attributes
    ----------
    rooms
        How wide the gap after each column is.
    """

    canvas: Canvas
    layout: Layout
    left: dict[object, float] = field(default_factory=dict)
    middle: dict[object, float] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    rooms: list[float] = field(default_factory=list)
    lowest: float = 0.0

    def column(self, number: int) -> float:
        """Where a column begins."""
        return MARGIN + number * BOX + sum(self.rooms[:number])


def draw_stack(stack: StackLike) -> Drawing:
    """Draw a stack's resources and what goes from one to another.

    APIs, functions, buckets, tables, queues and topics are boxes; a full arrow says that requests, events or calls go
    that way, a dashed one that a resource refers to another. Roles, permissions and other plumbing are listed below.
    """
    resources = _resources(stack)
    drawn = {name: resource for name, resource in resources.items() if resource["Type"] not in BACKGROUND}
    arrows = [arrow for arrow in References(resources).arrows() if arrow.source in drawn and arrow.target in drawn]
    sheet = Sheet(Canvas(), lay_out(list(drawn), [(arrow.source, arrow.target) for arrow in arrows]))
    sheet.rooms = _rooms(sheet.layout, arrows)
    _place(sheet)
    for arrow in arrows:
        _arrow(sheet, arrow)
    for name, resource in drawn.items():
        _box(sheet, name, kind_of(resource["Type"]))
    sheet.labels.draw(sheet.canvas)
    sheet.lowest = max(sheet.lowest, sheet.labels.lowest())
    last = max(0, len(sheet.layout.columns) - 1)
    width = max(sheet.column(last) + BOX + MARGIN, 420.0)
    height = _plumbing(sheet, resources, width)
    title = f"The resources of stack {stack.name}: {len(drawn)} drawn, {len(resources) - len(drawn)} listed below."
    return sheet.canvas.finish(width, height, title, _words(stack.name, resources, arrows), least=width * READABLE)


def _resources(stack: StackLike) -> dict[str, dict[str, Any]]:
    """The expanded template's resources, without those whose condition did not hold."""
    declared = stack.expanded.get("Resources") or {}
    names = [name for name in declared if not stack.resources or name in stack.resources]
    return {name: dict(declared[name]) for name in sorted(names, key=lambda name: _rank(declared[name], name))}


def _rank(resource: Mapping[str, Any], name: str) -> tuple[int, str]:
    """Where requests and events come in stands first; the SAM translator's own order is not always the same."""
    kinds = list(KINDS)
    return (kinds.index(resource["Type"]) if resource["Type"] in kinds else len(kinds), name)


def _rooms(layout: Layout, arrows: list[Arrow]) -> list[float]:
    """The gaps between the columns, as wide as the words in them need."""
    rooms = [ROOM] * (len(layout.columns) - 1)
    number_of = {place: number for number, column in enumerate(layout.columns) for place in column}
    for arrow in arrows:
        way = layout.way(arrow.source, arrow.target)
        if arrow.label and len(way) == 2:
            number = number_of[way[0]]
            rooms[number] = max(rooms[number], min(width_of(arrow.label, SIZE) + BESIDE, MOST_ROOM))
    return rooms


def _place(sheet: Sheet) -> None:
    """Give every place its middle: level with what leads to it, where there is room."""
    for number, column in enumerate(sheet.layout.columns):
        free = -1e9
        wanted = [_level(sheet, place) for place in column]
        known = [middle for middle in wanted if middle is not None]
        start = min(known, default=0.0)
        for place, middle in zip(column, wanted, strict=True):
            half = HEIGHT / 2 if isinstance(place, str) else 0.0
            at = max(start if middle is None else middle, free + half)
            sheet.left[place] = sheet.column(number)
            sheet.middle[place] = at
            free = at + half + (GAP if half else PASSING)
    highest = min((middle for place, middle in sheet.middle.items() if isinstance(place, str)), default=0.0)
    passing = min(sheet.middle.values(), default=0.0)
    down = MARGIN - min(highest - HEIGHT / 2, passing - PASSING)
    sheet.middle = {place: middle + down for place, middle in sheet.middle.items()}
    bottoms = [middle + (HEIGHT / 2 if isinstance(place, str) else PASSING) for place, middle in sheet.middle.items()]
    sheet.lowest = max(bottoms, default=MARGIN)


def _level(sheet: Sheet, place: object) -> float | None:
    """The mean height of the places to the left that lead here; None when there are none."""
    near = [sheet.middle[a] for a, b in sheet.layout.links if b == place and a in sheet.middle]
    return sum(near) / len(near) if near else None


def _box(sheet: Sheet, name: str, kind: Kind) -> None:
    canvas, x, y = sheet.canvas, sheet.left[name], sheet.middle[name] - HEIGHT / 2
    canvas.open(f"{name} ({kind.label})")
    canvas.box(x, y, BOX, HEIGHT, stroke=kind.colour, thickness=1.5, fill=kind.colour, fill_opacity=0.09, radius=9)
    canvas.add(f'<rect x="{x + 9:g}" y="{y + 16:g}" width="30" height="30" rx="7" fill="{kind.colour}"/>')
    canvas.add(f'<g transform="translate({x + 12:g} {y + 19:g})">')
    canvas.path(kind.path, stroke="#fff", thickness=1.8)
    canvas.close()
    lines = _name_lines(name, BOX - 55)
    top = y + (28 if len(lines) == 1 else 20)
    for number, line in enumerate(lines):
        canvas.text(x + 48, top + 16 * number, line, size=12.5, bold=True)
    canvas.text(x + 48, top + 16 * len(lines) + 1, shorten(kind.label, BOX - 55, 11), size=11, opacity=0.7)
    canvas.close()


def _name_lines(name: str, width: float) -> list[str]:
    """A logical id on one line or, broken between its words, on two."""
    if width_of(name, 12.5, bold=True) <= width:
        return [name]
    words = re.findall(r"[A-Z]*[a-z0-9]*|.", name)
    first = ""
    for word in words:
        if width_of(first + word, 12.5, bold=True) > width:
            break
        first += word
    first = first or shorten(name, width, 12.5, bold=True).rstrip("…")
    return [first, shorten(name[len(first) :], width, 12.5, bold=True)]


def _arrow(sheet: Sheet, arrow: Arrow) -> None:
    """From a box's right side to another's left side, through the gaps that were kept free for it."""
    way = sheet.layout.way(arrow.source, arrow.target)
    back = (arrow.source, arrow.target) in sheet.layout.backward
    first, last = way[0], way[-1]
    start = (sheet.left[first] + BOX + (9 if back else 1), sheet.middle[first] + _port(sheet, arrow, "out"))
    end = (sheet.left[last] - (1 if back else 9), sheet.middle[last] + _port(sheet, arrow, "in"))
    data, (x, y) = f"M{start[0]:g} {start[1]:g}", start
    for place in way[1:-1]:
        px, py = sheet.left[place], sheet.middle[place]
        data += _curve(x, y, px, py) + f"H{px + BOX:g}"
        x, y = px + BOX, py
    data += _curve(x, y, *end)
    opacity = 0.4 if arrow.dashed else 0.7
    sheet.canvas.open(f"{arrow.source} → {arrow.target}" + (f": {arrow.label}" if arrow.label else ""))
    sheet.canvas.path(data, opacity=opacity, dashed=arrow.dashed)
    if back:
        sheet.canvas.add(f'<path d="M{start[0] - 8:g} {start[1]:g}l7.5 -4v8z" fill="currentColor" fill-opacity="0.7"/>')
    else:
        sheet.canvas.head(end[0] + 8, end[1], opacity=opacity)
    sheet.canvas.close()
    if arrow.label:
        _keep_label(sheet, way, (start[1] + end[1]) / 2, arrow.label)


def _keep_label(sheet: Sheet, way: list[object], middle: float, words: str) -> None:
    """On the straight piece of a long arrow; in the gap that a short one crosses."""
    left = sheet.left[way[0]] + BOX
    if len(way) > 2:
        sheet.labels.add(sheet.left[way[1]] + BOX / 2, sheet.middle[way[1]], words, BOX - 8)
    else:
        room = sheet.left[way[1]] - left
        sheet.labels.add(left + room / 2, middle, words, room - BESIDE + 2)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = (to_x - x) / 2
    return f"C{x + half:g} {y:g} {to_x - half:g} {to_y:g} {to_x:g} {to_y:g}"


def _port(sheet: Sheet, arrow: Arrow, side: str) -> float:
    """Spread the arrows at one side of a box, in the order of the places that they come from or go to."""
    here, lane = _lane(sheet, arrow.source, arrow.target, side)
    lanes = sorted(
        {other for place, other in (_lane(sheet, *ends, side) for ends in sheet.layout.arrows) if place == here}
    )
    step = min(PORTS, (HEIGHT - 22) / max(1, len(lanes) - 1))
    return (lanes.index(lane) - (len(lanes) - 1) / 2) * step


def _lane(sheet: Sheet, source: str, target: str, side: str) -> tuple[object, tuple[float, bool]]:
    """The box at this side of an arrow, and what its arrows are sorted by; there and back are two lanes."""
    way = sheet.layout.way(source, target)
    here, near = (way[0], way[1]) if side == "out" else (way[-1], way[-2])
    return here, (sheet.middle[near], (source, target) in sheet.layout.backward)


def _plumbing(sheet: Sheet, resources: Mapping[str, Mapping[str, Any]], width: float) -> float:
    """List the background resources, one line for each sort; returns where the drawing ends."""
    sorts: dict[str, list[str]] = {}
    for name, resource in resources.items():
        if resource["Type"] in BACKGROUND:
            sorts.setdefault(BACKGROUND[resource["Type"]], []).append(name)
    y = sheet.lowest + MARGIN
    if not sorts:
        return y
    y += 8
    sheet.canvas.path(f"M{MARGIN:g} {y:g}H{width - MARGIN:g}", thickness=1, opacity=0.2)
    column = 22 + max(width_of(sort, 11.5) for sort in sorts)
    for sort, names in sorts.items():
        for number, line in enumerate(wrap(", ".join(names), width - 2 * MARGIN - column, 11.5)):
            y += 18
            if number == 0:
                sheet.canvas.text(MARGIN, y, sort, size=11.5, opacity=0.85, bold=True)
            sheet.canvas.text(MARGIN + column, y, line, size=11.5, opacity=0.7)
    return y + MARGIN


def _words(name: str, resources: Mapping[str, Mapping[str, Any]], arrows: list[Arrow]) -> list[str]:
    lines = [f"Stack {name}"]
    for logical_id, resource in resources.items():
        lines.append(f"  {logical_id} ({resource['Type']})")
        for arrow in arrows:
            if arrow.source == logical_id:
                lines.append(f"    {'refers to' if arrow.dashed else '→'} {arrow.target}  {arrow.label}".rstrip())
    return lines
