"""The price explorer: what a month of Lambda costs beside a server that is always on, and where the two meet.

The arithmetic is pure and takes its prices as arguments; the widgets only turn the dials.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, picture
from grader.facts import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MB_PER_GB = 1024
MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """A price list, US dollars.

    Attributes
    ----------
    per_million_requests
        Dollars for a million requests.
    per_gb_second
        Dollars for a GB-second of billed time.
    free_requests, free_gb_seconds
        What a month grants before the first cent.
    dated
        The month in which the list was checked.
    """

    per_million_requests: float
    per_gb_second: float
    free_requests: float
    free_gb_seconds: float
    dated: str


def list_prices(architecture: str = "x86_64") -> Prices:
    """The list prices of us-east-1, from the course's facts.

    Parameters
    ----------
    architecture
        ``x86_64`` or ``arm64``.
    """
    known = facts()
    second = known["price.lambda.gb_second.arm" if architecture == "arm64" else "price.lambda.gb_second.x86"]
    return Prices(
        per_million_requests=known["price.lambda.requests"].number,
        per_gb_second=second.number,
        free_requests=known["price.lambda.free.requests"].number * MILLION,
        free_gb_seconds=known["price.lambda.free.gb_seconds"].number,
        dated=second.dated,
    )


@dataclass(frozen=True)
class Month:
    """A month of traffic to one function.

    Attributes
    ----------
    requests
        How many in the month.
    memory_mb
        The function's memory setting, MB.
    duration_ms, init_ms
        The handler's time, and INIT's time of a cold start, ms.
    cold_share
        The share of invocations that start cold, 0 to 1.
    """

    requests: float
    memory_mb: int = 512
    duration_ms: float = 120.0
    init_ms: float = 300.0
    cold_share: float = 0.01

    @property
    def gb_seconds(self) -> float:
        """Memory (GB) times billed time (s); INIT and handler are rounded up together to whole milliseconds."""
        cold = self.requests * self.cold_share
        warm_ms = (self.requests - cold) * math.ceil(self.duration_ms)
        cold_ms = cold * math.ceil(self.duration_ms + self.init_ms)
        return self.memory_mb / MB_PER_GB * (warm_ms + cold_ms) / 1000


def bill(month: Month, prices: Prices) -> float:
    """What the month costs in dollars, after the free allowance."""
    requests = max(0.0, month.requests - prices.free_requests)
    seconds = max(0.0, month.gb_seconds - prices.free_gb_seconds)
    return requests / MILLION * prices.per_million_requests + seconds * prices.per_gb_second


def break_even(month: Month, prices: Prices, server: float) -> float | None:
    """The requests a month at which the function costs as much as the server; None when it never does.

    Parameters
    ----------
    server
        Dollars a month for the server that is always on.
    """
    high = 1e15
    if bill(replace(month, requests=high), prices) <= server:
        return None
    low = 0.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if bill(replace(month, requests=middle), prices) > server else (middle, high)
    return high


def show_prices(month: Month, prices: Prices, server: float) -> Picture:
    """The plot of both bills, with its text alternative."""
    meeting = break_even(month, prices, server)
    here = f"{month.requests:,.0f} requests cost ${bill(month, prices):,.2f} on Lambda; the server costs ${server:,.2f}"
    there = "Lambda never costs as much" if meeting is None else f"they cost the same at {meeting:,.0f} requests"
    return picture(draw_prices(month, prices, server), f"{here}; {there}.")


def draw_prices(month: Month, prices: Prices, server: float) -> Figure:
    """Both bills over the number of requests, with the point where they meet and the traffic that was chosen."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    meeting = break_even(month, prices, server)
    furthest = max(month.requests, meeting or 0, MILLION) * 1.6
    requests = [furthest * step / 200 for step in range(201)]
    figure = Figure(figsize=(7.2, 3.6))  # margins of its own: measuring them takes a third of the time
    axes = figure.add_axes((0.1, 0.15, 0.87, 0.75))
    axes.plot(
        [n / MILLION for n in requests],
        [bill(replace(month, requests=n), prices) for n in requests],
        color="#d9730d",
        linewidth=2.5,
        label="Lambda",
    )
    axes.axhline(server, color="#4c6fa5", linewidth=2.5, label="server, always on")
    _mark(axes, month.requests, bill(month, prices), f"your month: ${bill(month, prices):,.2f}", "#d9730d")
    if meeting is not None:
        _mark(axes, meeting, server, f"break-even: {meeting / MILLION:,.1f} million", "#333333")
    axes.set(xlabel="requests a month (millions)", ylabel="US$ a month", xlim=(0, furthest / MILLION), ylim=(0, None))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.set_title(f"us-east-1 prices, checked {prices.dated}", fontsize=10, color="#666666", loc="left", y=1.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    return figure


def _mark(axes: Any, requests: float, dollars: float, text: str, color: str) -> None:
    axes.plot([requests / MILLION], [dollars], "o", color=color, markersize=8)
    axes.annotate(text, (requests / MILLION, dollars), xytext=(8, 10), textcoords="offset points", color=color,
                  bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1})  # fmt: skip


def price_explorer() -> object:
    """The explorer itself: dials above, the plot below; without a front end, the plot of the default month."""
    import ipywidgets as widgets
    from IPython.display import display

    wide = {"style": {"description_width": "170px"}, "layout": widgets.Layout(width="520px")}
    dials: dict[str, Any] = {
        "requests": widgets.FloatLogSlider(
            value=1e7, base=10, min=4, max=9, step=0.1, readout_format=",.0f", description="requests a month", **wide
        ),
        "memory": widgets.SelectionSlider(
            value=512, options=[128, 256, 512, 1024, 1769, 3072, 10240], description="memory (MB)", **wide
        ),
        "duration": widgets.IntSlider(value=120, min=1, max=3000, description="handler (ms)", **wide),
        "init": widgets.IntSlider(value=300, min=0, max=5000, description="INIT of a cold start (ms)", **wide),
        "cold": widgets.FloatSlider(value=1, min=0, max=20, step=0.5, description="cold starts (%)", **wide),
        "architecture": widgets.ToggleButtons(options=["x86_64", "arm64"], description="architecture"),
        "server": widgets.FloatText(value=30, description="server (US$ a month)", **wide),
        "gb_second": widgets.FloatText(value=list_prices().per_gb_second, description="US$ per GB-second", **wide),
    }

    def follow_architecture(change: Any) -> None:
        dials["gb_second"].value = list_prices(change["new"]).per_gb_second

    dials["architecture"].observe(follow_architecture, "value")

    def show(
        requests: float,
        memory: int,
        duration: int,
        init: int,
        cold: float,
        architecture: str,
        server: float,
        gb_second: float,
    ) -> None:
        month = Month(requests, memory, duration, init, cold / 100)
        display(show_prices(month, replace(list_prices(architecture), per_gb_second=gb_second), server))

    hint = widgets.HTML("<p><b>Try this:</b> double the memory and halve the handler's time. Does the bill change?</p>")
    return widgets.VBox([hint, *dials.values(), widgets.interactive_output(show, dials)])
