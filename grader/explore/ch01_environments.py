"""A picture of a burst: which execution environment served which request, cold or warm, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from grader.explore.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLD, WARM = "#d9730d", "#4c6fa5"


class Served(Protocol):
    """What the picture needs to know of an answer: the members of the pocket AWS's ``Answer`` after a burst."""

    @property
    def at(self) -> float | None: ...
    @property
    def latency(self) -> float | None: ...
    @property
    def environment(self) -> str | None: ...
    @property
    def cold(self) -> bool | None: ...


@dataclass(frozen=True)
class Lane:
    """One execution environment and the requests it served: (number of the request, start s, length s, cold)."""

    environment: str
    requests: tuple[tuple[int, float, float, bool], ...]


def lanes(answers: Sequence[Served]) -> list[Lane]:
    """Sort the answers of a burst into one lane for each environment, in the order in which they were started."""
    found: dict[str, list[tuple[int, float, float, bool]]] = {}
    first = min((answer.at or 0.0 for answer in answers), default=0.0)
    for number, answer in enumerate(answers, 1):
        row = (number, (answer.at or 0.0) - first, answer.latency or 0.0, bool(answer.cold))
        found.setdefault(answer.environment or "none", []).append(row)
    return [Lane(name, tuple(rows)) for name, rows in found.items()]


def show_burst(answers: Sequence[Served]) -> Picture:
    """The plot of a burst, with its text alternative."""
    return picture(draw_burst(answers), describe_burst(answers))


def draw_burst(answers: Sequence[Served]) -> Figure:
    """One lane for each environment, one bar for each request: orange started cold, blue was warm."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    drawn = lanes(answers)
    figure = Figure(figsize=(7.6, 1.2 + 0.32 * len(drawn)), layout="constrained")
    axes = figure.add_subplot()
    for row, lane in enumerate(drawn):
        for number, start, length, cold in lane.requests:
            axes.barh(
                row, length * 1000, left=start * 1000, height=0.7, color=COLD if cold else WARM, edgecolor="white"
            )
            axes.annotate(
                str(number), ((start + length / 2) * 1000, row), ha="center", va="center", color="white", fontsize=7
            )
    axes.set_yticks(range(len(drawn)), [f"environment {row + 1}" for row in range(len(drawn))])
    axes.invert_yaxis()
    axes.set_xlabel("time since the first request (ms)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(
        handles=[Patch(color=COLD, label="cold"), Patch(color=WARM, label="warm")],
        frameon=False,
        ncols=2,
        loc="lower right",
        bbox_to_anchor=(1, 1),
    )
    return figure


def describe_burst(answers: Sequence[Served]) -> str:
    """The same in one sentence, for those who cannot see the picture."""
    cold = sum(bool(answer.cold) for answer in answers)
    return f"{len(answers)} requests were served by {len(lanes(answers))} execution environments; {cold} started cold."
