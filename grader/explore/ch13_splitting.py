"""Splitting: jobs with memory, time and rights, grouped by hand; the bill and the rights of each grouping."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.explore.picture import Picture, paragraph, picture
from grader.facts import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FUNCTIONS = ("A", "B", "C", "D", "E")
MB_PER_GB = 1024
COLORS = ("#1f77b4", "#b58105", "#2e7d4f", "#b3261e", "#6a4c93")
HATCHES = ("", "//", "xx", "--", "\\\\")


@dataclass(frozen=True)
class Job:
    """One job of an album.

    Attributes
    ----------
    ms
        How long one run takes.
    runs
        How often it runs in a month.
    rights
        What it needs to be allowed to do.
    """

    name: str
    memory_mb: int
    ms: int
    runs: int
    rights: frozenset[str]


JOBS = (
    Job("browse", 128, 20, 5_000_000, frozenset({"read titles"})),
    Job("add", 128, 50, 300_000, frozenset({"write titles", "write pictures"})),
    Job("convert", 1024, 800, 300_000, frozenset({"read pictures", "write thumbnails"})),
    Job("report", 512, 3000, 30, frozenset({"read titles", "write reports"})),
    Job("remove", 128, 30, 5_000, frozenset({"delete titles", "delete pictures"})),
)
Grouping = Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """One function of a grouping.

    Attributes
    ----------
    dollars
        The month's bill by job.
    spare
        For each job, the rights of the function that it does not need.
    """

    function: str
    memory_mb: int
    dollars: Mapping[str, float]
    spare: Mapping[str, frozenset[str]]

    @property
    def total(self) -> float:
        """Dollars a month."""
        return sum(self.dollars.values())


def split(grouping: Grouping) -> tuple[Part, ...]:
    """The functions of a grouping: job by name of its function."""
    used = [name for name in FUNCTIONS if name in grouping.values()]
    return tuple(_part(name, [job for job in JOBS if grouping[job.name] == name]) for name in used)


def _part(function: str, jobs: list[Job]) -> Part:
    memory = max(job.memory_mb for job in jobs)
    rights = frozenset().union(*(job.rights for job in jobs))
    return Part(
        function,
        memory,
        {job.name: dollars_of(job, memory) for job in jobs},
        {job.name: rights - job.rights for job in jobs},
    )


def dollars_of(job: Job, memory_mb: int) -> float:
    """A month of one job in a function of that size."""
    known = facts()
    gb_seconds = memory_mb / MB_PER_GB * job.runs * math.ceil(job.ms) / 1000
    requests = job.runs / 1_000_000 * known["price.lambda.requests"].number
    return gb_seconds * known["price.lambda.gb_second.x86"].number + requests


def together() -> dict[str, str]:
    """All jobs in one function."""
    return {job.name: "A" for job in JOBS}


def apart() -> dict[str, str]:
    """Each job in a function of its own."""
    return {job.name: name for job, name in zip(JOBS, FUNCTIONS, strict=True)}


def describe(parts: tuple[Part, ...]) -> str:
    """A grouping in words."""
    spare = sum(len(rights) for part in parts for rights in part.spare.values())
    sizes = ", ".join(f"{part.function}: {part.memory_mb:,} MB, {' and '.join(part.dollars)}" for part in parts)
    return (
        f"{len(parts)} function{'s' if len(parts) > 1 else ''} ({sizes}) cost ${sum(part.total for part in parts):.2f} "
        f"a month (prices of {facts()['price.lambda.requests'].dated}). The jobs have {spare} rights that they do not "
        "need."
    )


def draw(parts: tuple[Part, ...]) -> Figure:
    """A bar for each function, its jobs one on the other."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.2), layout="constrained")
    axes = figure.add_subplot()
    labels = [f"{part.function}\n{part.memory_mb:,} MB" for part in parts]
    below = [0.0] * len(parts)
    for job, color, hatch in zip(JOBS, COLORS, HATCHES, strict=True):
        values = [part.dollars.get(job.name, 0.0) for part in parts]
        axes.bar(labels, values, bottom=below, color=color, hatch=hatch, edgecolor="white", label=job.name, width=0.6)
        below = [under + value for under, value in zip(below, values, strict=True)]
    axes.set(ylabel="US$ a month")
    axes.set_title(f"prices of {facts()['price.lambda.requests'].dated}", fontsize=9, color="#666666", loc="right")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, fontsize=9, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def show_split(grouping: Grouping) -> Picture:
    """The grouping's picture, with its text alternative."""
    parts = split(grouping)
    return picture(draw(parts), describe(parts))


def spare_rights(grouping: Grouping) -> str:
    """For each job, which rights it has and does not need."""
    found = {name: rights for part in split(grouping) for name, rights in part.spare.items()}
    lines = [f"{job.name}: {', '.join(sorted(found[job.name])) or 'nothing'}" for job in JOBS]
    return "may do without need — " + "; ".join(lines)


def splitting_explorer() -> object:
    """The explorer itself: choose a function for each job."""
    import ipywidgets as widgets
    from IPython.display import HTML, display

    chosen = {
        job.name: widgets.Dropdown(
            options=FUNCTIONS,
            value="A",
            description=f"{job.name} ({job.memory_mb} MB, {job.ms} ms, {job.runs:,} runs)",
            style={"description_width": "300px"},
            layout=widgets.Layout(width="420px"),
        )
        for job in JOBS
    }

    def show(**grouping: str) -> None:
        drawn = show_split(grouping)
        display(drawn, HTML(f"{paragraph(drawn.text)}{paragraph(spare_rights(grouping))}"))

    tip = widgets.HTML("<p><b>Try this:</b> which two functions save nearly everything? Which save no rights?</p>")
    return widgets.VBox([tip, *chosen.values(), widgets.interactive_output(show, chosen)])
