"""The words on arrows: each has a place of its own, and none touches another."""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.drawing.canvas import Canvas, clean, shorten, width_of

SIZE = 10.0
ABOVE, BELOW = 0.95 * SIZE, 0.27 * SIZE  # how far letters reach from their baseline
LIFT = 4.0  # a label stands a little above its arrow
APART, STEP = 1.5, 3.0
HALO = "paint-order:stroke;stroke:var(--jp-layout-color0,transparent);stroke-width:3px"


@dataclass(frozen=True)
class Label:
    """One label: the middle of its baseline, what it says, and as much of that as is written."""

    x: float
    y: float
    words: str
    written: str

    def touches(self, other: Label) -> bool:
        """Whether two labels stand on each other, or too close to be told apart."""
        wide = (width_of(self.written, SIZE) + width_of(other.written, SIZE)) / 2 + 2 * APART
        return abs(self.x - other.x) < wide and abs(self.y - other.y) < ABOVE + BELOW + APART


class Labels:
    """The labels of one drawing."""

    def __init__(self) -> None:
        self._labels: list[Label] = []

    def add(self, x: float, y: float, words: str, width: float) -> None:
        """Write ``words`` on an arrow at (x, y), no wider than ``width``: lower, where another label stands already."""
        label = Label(x, y - LIFT, words, shorten(words, width, SIZE))
        while any(label.touches(other) for other in self._labels):
            label = Label(x, label.y + STEP, words, label.written)
        self._labels.append(label)

    def lowest(self) -> float:
        """How far down they reach."""
        return max((label.y + BELOW for label in self._labels), default=0.0)

    def draw(self, canvas: Canvas) -> None:
        """Write them all, each in full under the pointer."""
        for label in self._labels:
            canvas.open(label.words)
            canvas.add(
                f'<text x="{label.x:g}" y="{label.y:g}" font-size="{SIZE:g}" fill="currentColor" fill-opacity="0.85"'
                f' text-anchor="middle" style="{HALO}">{clean(label.written)}</text>'
            )
            canvas.close()
