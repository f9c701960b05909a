"""The log explorer: what several environments wrote, on a time line, and which lines a filter pattern finds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from grader.cloud.logs import InvalidPattern, parse_pattern
from grader.explore.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOUND, PASSED_OVER = "#b3261e", "#b8c4d0"
PATTERNS = (
    "",
    "ERROR",
    '"timed out"',
    "?ERROR ?WARN",
    '{ $.level = "ERROR" }',
    "{ $.durationMs > 1000 }",
    '{ ($.level = "ERROR") && ($.item = "pen") }',
    "%[Tt]imed out after [0-9.]+%",
)


@dataclass(frozen=True)
class Line:
    """One event of a log.

    Attributes
    ----------
    at
        Seconds since the beginning of the story.
    stream
        The environment that wrote it.
    """

    at: float
    stream: str
    message: str


@dataclass(frozen=True)
class Search:
    """What a pattern does to a log.

    Attributes
    ----------
    lines
        All lines of the window, in order.
    found
        Those that match.
    problem
        Why CloudWatch Logs would refuse the pattern, or nothing.
    """

    lines: tuple[Line, ...]
    found: tuple[Line, ...]
    problem: str = ""


def morning(seed: int = 4, requests: int = 40, environments: int = 3) -> tuple[Line, ...]:
    """A till's busy morning: each request is served by one of the environments and writes a line of JSON.

    One request in ten is refused, one in twenty runs out of time and writes a line of the platform's only, and one
    good line speaks of an ERROR without being one.
    """
    rng = Random(seed)
    lines = [Line(0.0, "environment 1", json.dumps({"level": "INFO", "message": "no ERROR since yesterday"}))]
    for number in range(1, requests + 1):
        at, stream = round(number * 15 + rng.uniform(0, 10), 1), f"environment {rng.randrange(environments) + 1}"
        lines.append(Line(at, stream, _message(rng, number)))
    return tuple(sorted(lines, key=lambda line: (line.at, line.stream)))


def _message(rng: Random, number: int) -> str:
    request = f"request-{number}"
    if number % 20 == 0:
        return f"{request} Task timed out after 3.00 seconds"
    refused = number % 10 == 5
    fields = {
        "level": "ERROR" if refused else "WARN" if number % 7 == 0 else "INFO",
        "requestId": request,
        "durationMs": rng.randrange(1200, 2800) if number % 7 == 0 else rng.randrange(20, 400),
        "item": rng.choice(["book", "pen", "ink"]),
    }
    return json.dumps(fields)


def search(lines: Sequence[Line], pattern: str, start: float = 0, end: float = float("inf")) -> Search:
    """Search the lines from ``start`` to ``end`` as FilterLogEvents does, both moments included."""
    window = tuple(line for line in lines if start <= line.at <= end)
    try:
        wanted = parse_pattern(pattern)
    except InvalidPattern as problem:
        return Search(window, (), str(problem))
    return Search(window, tuple(line for line in window if wanted.match(line.message) is not None))


def describe(result: Search) -> str:
    """The search in words."""
    if result.problem:
        return f"CloudWatch Logs refuses this pattern: {result.problem}"
    streams = sorted({line.stream for line in result.found})
    places = f", in {', '.join(streams)}" if streams else ""
    return f"{len(result.found)} of {len(result.lines)} lines match{places}."


def draw_search(result: Search) -> Figure:
    """A row for each stream, a mark for each line; those that match stand out by colour and by shape."""
    from matplotlib.figure import Figure

    streams = sorted({line.stream for line in result.lines}, reverse=True)
    figure = Figure(figsize=(7.4, 0.7 + 0.55 * max(1, len(streams))), layout="constrained")
    axes = figure.add_subplot()
    found = set(result.found)
    for line in result.lines:
        hit = line in found
        marker, color = ("D", FOUND) if hit else ("|", PASSED_OVER)
        axes.plot([line.at / 60], [streams.index(line.stream)], marker, color=color, markersize=8 if hit else 12)
    axes.set_yticks(range(len(streams)), streams)
    axes.set_title("◆ matches the pattern, | does not", fontsize=9, color="#555555", loc="right")
    axes.set(xlabel="minutes", ylim=(-0.6, len(streams) - 0.4))
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure


def show_search(result: Search) -> Picture:
    """The time line, with its text alternative."""
    return picture(draw_search(result), describe(result))


def log_explorer() -> object:
    """The explorer itself: a filter box, a window of time, the time line, and the lines that were found."""
    import ipywidgets as widgets
    from IPython.display import display

    lines = morning()
    last = int(lines[-1].at) + 1
    wide: dict[str, Any] = {"style": {"description_width": "120px"}, "layout": widgets.Layout(width="560px")}
    dials = {
        "pattern": widgets.Combobox(
            value="ERROR", options=PATTERNS, ensure_option=False, description="filter pattern", **wide
        ),
        "window": widgets.IntRangeSlider(
            value=(0, last), min=0, max=last, description="seconds", continuous_update=False, **wide
        ),
    }

    def show(pattern: str, window: tuple[int, int]) -> None:
        result = search(lines, pattern, *window)
        display(show_search(result))
        print(describe(result))
        for line in result.found[:8]:
            print(f"{line.at:6.1f} s  {line.stream}  {line.message}")

    note = widgets.HTML(
        "<p><b>Try this:</b> the word ERROR finds a line too many; ask for the field. Then find the requests that ran "
        "out of time, and the slow ones.</p>"
    )
    return widgets.VBox([note, *dials.values(), widgets.interactive_output(show, dials)])
