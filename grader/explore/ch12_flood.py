"""A flood against two limits: the gateway's token bucket, and the function's concurrency."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, paragraph, picture
from grader.facts import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SERVED, AT_THE_DOOR, AT_THE_FUNCTION = "#2e7d4f", "#b58105", "#b3261e"
HATCHES = ("", "//", "xx")


@dataclass(frozen=True)
class Flood:
    """What comes, and what stands against it.

    Attributes
    ----------
    offered
        Requests a second that arrive, evenly.
    seconds
        How long.
    rate, burst
        The gateway's bucket: tokens a second, and how many it holds.
    duration
        How long one request takes the function, in seconds.
    reserved
        How many may run at once.
    memory_mb
        The function's memory.
    """

    offered: float = 100
    seconds: int = 10
    rate: float = 50
    burst: int = 100
    duration: float = 0.5
    reserved: int = 20
    memory_mb: int = 512


@dataclass(frozen=True)
class Outcome:
    """Requests by second of arrival: served, refused at the door, refused by the function; and what it costs."""

    served: tuple[int, ...]
    at_the_door: tuple[int, ...]
    at_the_function: tuple[int, ...]
    busiest: int
    dollars: float


def play(flood: Flood) -> Outcome:
    """Let every request of a flood meet the bucket, then the function."""
    counts = [[0] * flood.seconds for _ in range(3)]
    running: list[float] = []
    tokens, last, busiest = float(flood.burst), 0.0, 0
    for number in range(int(flood.offered * flood.seconds)):
        now = number / flood.offered
        tokens = min(float(flood.burst), tokens + (now - last) * flood.rate)
        last = now
        while running and running[0] <= now:
            heapq.heappop(running)
        if tokens < 1:
            kind = 1
        else:
            tokens -= 1
            kind = 0 if len(running) < flood.reserved else 2
        if kind == 0:
            heapq.heappush(running, now + flood.duration)
            busiest = max(busiest, len(running))
        counts[kind][int(now)] += 1
    served, door, function = (tuple(one) for one in counts)
    return Outcome(served, door, function, busiest, dollars_of(flood, sum(served)))


def dollars_of(flood: Flood, served: int) -> float:
    """What the served requests cost: requests and GB-seconds of Lambda, requests of the REST API."""
    known = facts()
    gb_seconds = served * flood.duration * flood.memory_mb / 1024
    a_million = known["price.lambda.requests"].number + known["price.rest_api"].number
    return served / 1_000_000 * a_million + gb_seconds * known["price.lambda.gb_second.x86"].number


def needed(flood: Flood) -> float:
    """Little's law: requests that are let in a second, times how long each takes, run at once."""
    return min(flood.offered, flood.rate) * flood.duration


def describe(flood: Flood, outcome: Outcome) -> str:
    """The outcome in words."""
    asked = int(flood.offered * flood.seconds)
    return (
        f"Of {asked:,} requests in {flood.seconds} s, {sum(outcome.served):,} were served, "
        f"{sum(outcome.at_the_door):,} refused at the door, {sum(outcome.at_the_function):,} refused by the function. "
        f"At most {outcome.busiest} ran at once; Little's law asks for {needed(flood):g}. "
        f"It cost ${outcome.dollars:.6f} (prices of {facts()['price.lambda.requests'].dated})."
    )


def draw_flood(flood: Flood, outcome: Outcome) -> Figure:
    """A step for each second, in three kinds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.4))  # margins of its own: measuring them takes a third of the time
    axes = figure.add_axes((0.08, 0.15, 0.9, 0.75))
    seconds = list(range(flood.seconds))
    below = [0] * flood.seconds
    rows = (
        ("served", outcome.served, SERVED),
        ("refused at the door (429)", outcome.at_the_door, AT_THE_DOOR),
        ("refused by the function", outcome.at_the_function, AT_THE_FUNCTION),
    )
    edges = [second - 0.5 for second in range(flood.seconds + 1)]
    for (label, values, color), hatch in zip(rows, HATCHES, strict=True):
        tops = [under + value for under, value in zip(below, values, strict=True)]
        axes.stairs(
            tops, edges, baseline=below, fill=True, facecolor=color, hatch=hatch, edgecolor="white", label=label
        )
        below = tops
    if flood.duration:
        most = flood.reserved / flood.duration
        axes.axhline(most, color="#333333", linestyle="--", linewidth=1)
        axes.annotate(f"what {flood.reserved} environments can do: {most:g} a second", (0, most), xytext=(0, 4),
                      textcoords="offset points", fontsize=9,
                      bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1})  # fmt: skip
    axes.set(xlabel="second", ylabel="requests")
    axes.set_xticks(seconds)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=9, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def show_flood(flood: Flood) -> Picture:
    """The flood's picture, with its text alternative."""
    outcome = play(flood)
    return picture(draw_flood(flood, outcome), describe(flood, outcome))


def flood_explorer() -> object:
    """The explorer itself: what comes, and what stands against it."""
    import ipywidgets as widgets
    from IPython.display import HTML, display

    wide: dict[str, Any] = {"style": {"description_width": "230px"}, "layout": widgets.Layout(width="560px")}
    first = Flood()
    dials = {
        "offered": widgets.IntSlider(value=int(first.offered), min=5, max=300, description="requests a second", **wide),
        "rate": widgets.IntSlider(value=int(first.rate), min=1, max=300, description="ThrottlingRateLimit", **wide),
        "burst": widgets.IntSlider(value=first.burst, min=1, max=300, description="ThrottlingBurstLimit", **wide),
        "duration": widgets.FloatSlider(
            value=first.duration, min=0.05, max=3, step=0.05, description="seconds for one request", **wide
        ),
        "reserved": widgets.IntSlider(
            value=first.reserved, min=0, max=200, description="ReservedConcurrentExecutions", **wide
        ),
    }

    def show(**chosen: Any) -> None:
        drawn = show_flood(Flood(**chosen))
        display(drawn, HTML(paragraph(drawn.text)))

    tip = widgets.HTML(
        "<p><b>Try this:</b> find the smallest reserved concurrency that refuses nothing which the door lets in. "
        "Then make each request twice as slow.</p>"
    )
    return widgets.VBox([tip, *dials.values(), widgets.interactive_output(show, dials)])
