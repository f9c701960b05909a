"""The storage chooser: what a workload asks for, which store answers, and what a month of it costs in each.

The rules are the chapter's table; prices come from the course's facts. Widgets only turn the dials.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, picture
from grader.facts import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

S3, TABLE = "S3", "DynamoDB"
COLORS = {"requests": "#3b6ea5", "storage": "#d98c21"}
MILLION = 1_000_000
KB_PER_GB = 1024 * 1024


@dataclass(frozen=True)
class Workload:
    """What is stored, and how it is used.

    Attributes
    ----------
    item_kb
        The size of an item, KB.
    items
        How many are kept.
    writes, reads
        In a month.
    together
        Several items change all or none.
    query
        Items are found by what is in them.
    quick
        A read may take a few milliseconds only.
    counters
        Many count up the same number at once.
    history
        An overwritten item must be found again.
    link
        A browser fetches items by a plain link.
    archive
        Kept for years, hardly ever read.
    """

    item_kb: float = 2.0
    items: float = 100_000
    writes: float = 1_000_000
    reads: float = 5_000_000
    together: bool = False
    query: bool = False
    quick: bool = False
    counters: bool = False
    history: bool = False
    link: bool = False
    archive: bool = False


@dataclass(frozen=True)
class Reason:
    """One need, and the store that meets it."""

    store: str
    why: str


@dataclass(frozen=True)
class Advice:
    """What is recommended: ``S3``, ``DynamoDB``, ``both``, ``either`` or ``neither``; and why."""

    store: str
    reasons: tuple[Reason, ...]

    @property
    def text(self) -> str:
        """The advice in words."""
        sentences = {
            "both": "Both: the files in S3, what is known about them in a table.",
            "either": "Either will do. Let the bill decide.",
            "neither": "Neither, as it stands: an item this large cannot be read this fast. Split it, or put a cache "
            "in front.",
        }
        why = " ".join(f"{reason.store}: {reason.why}." for reason in self.reasons)
        return f"{sentences.get(self.store, f'{self.store}.')} {why}".strip()


@dataclass(frozen=True)
class Bill:
    """A month in one store, US dollars; ``possible`` is False when the items do not fit."""

    store: str
    requests: float
    storage: float
    possible: bool = True

    @property
    def total(self) -> float:
        """Everything together."""
        return self.requests + self.storage


def advise(workload: Workload) -> Advice:
    """Which store meets the needs of a workload, by the table of chapter 7."""
    limit = facts()["dynamodb.item.max"]
    large = workload.item_kb > limit.number
    if large and workload.quick:
        return Advice("neither", (Reason(S3, f"items over {limit.text}"), Reason(TABLE, "milliseconds")))
    needs = (
        (large, S3, f"items over {limit.text}"),
        (workload.history, S3, "versions of every object"),
        (workload.link, S3, "an object has an address that a browser can open"),
        (workload.archive, S3, "cheap classes for what is hardly ever read"),
        (workload.together, TABLE, "all or none, in one transaction"),
        (workload.query, TABLE, "keys and indexes to search by"),
        (workload.quick, TABLE, "single-digit milliseconds"),
        (workload.counters, TABLE, "updates inside an item, without reading it first"),
    )
    reasons = tuple(Reason(store, why) for needed, store, why in needs if needed)
    stores = {reason.store for reason in reasons}
    return Advice("both" if len(stores) == 2 else stores.pop() if stores else "either", reasons)


def bill_of(store: str, workload: Workload) -> Bill:
    """What a month costs in one store, at the list prices of us-east-1, without transfer and free allowances.

    DynamoDB is on demand, its reads strongly consistent.
    """
    known = facts()
    gigabytes = workload.items * workload.item_kb / KB_PER_GB
    if store == S3:
        puts = workload.writes / 1000 * known["price.s3.put"].number
        gets = workload.reads / 1000 * known["price.s3.get"].number
        return Bill(S3, puts + gets, gigabytes * known["price.s3.gb_month"].number)
    write_units = math.ceil(workload.item_kb / known["dynamodb.write_unit"].number) or 1
    read_units = math.ceil(workload.item_kb / known["dynamodb.read_unit"].number) or 1
    written = workload.writes * write_units / MILLION * known["price.dynamodb.write"].number
    read = workload.reads * read_units / MILLION * known["price.dynamodb.read"].number
    possible = workload.item_kb <= known["dynamodb.item.max"].number
    return Bill(TABLE, written + read, gigabytes * known["price.dynamodb.gb_month"].number, possible)


def describe(workload: Workload) -> str:
    """Advice and bills in words."""
    said = ", ".join(_bill_text(bill_of(store, workload)) for store in (S3, TABLE))
    return f"{advise(workload).text} A month costs {said} (list prices, {facts()['price.s3.put'].dated})."


def _bill_text(bill: Bill) -> str:
    if not bill.possible:
        return f"nothing in {bill.store}, where items of this size do not fit"
    return f"${bill.total:,.2f} in {bill.store} (${bill.requests:,.2f} requests, ${bill.storage:,.2f} storage)"


def draw_bills(workload: Workload) -> Figure:
    """Both bills as bars: requests, and storage on top of them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    axes = figure.add_subplot()
    for row, store in enumerate((TABLE, S3)):
        bill = bill_of(store, workload)
        if not bill.possible:
            axes.annotate("items do not fit", (0, row), xytext=(4, 0), textcoords="offset points", va="center",
                          color="#b3261e")  # fmt: skip
            continue
        axes.barh(row, bill.requests, color=COLORS["requests"], label="requests" if row else None)
        axes.barh(row, bill.storage, left=bill.requests, color=COLORS["storage"], label="storage" if row else None)
        axes.annotate(f"${bill.total:,.2f}", (bill.total, row), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks([0, 1], [TABLE, S3])
    axes.set_xlabel("US dollars a month")
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    axes.set_title(advise(workload).store, loc="left")
    axes.set_title(f"list prices, checked {facts()['price.s3.put'].dated}", fontsize=10, color="#666666", loc="right")
    return figure


def show_choice(workload: Workload) -> Picture:
    """The advice and the bills, with their text alternative."""
    return picture(draw_bills(workload), describe(workload))


def storage_chooser() -> object:
    """The explorer itself: answer the questions, watch the recommendation and the bill."""
    import ipywidgets as widgets
    from IPython.display import display

    wide: dict[str, Any] = {"style": {"description_width": "230px"}, "layout": widgets.Layout(width="560px")}
    amounts: dict[str, tuple[list[Any], Any, str]] = {
        "item_kb": ([0.5, 1, 2, 4, 10, 50, 100, 400, 401, 2_000, 10_000], 2, "size of an item, KB"),
        "items": ([1_000, 10_000, 100_000, MILLION, 10 * MILLION], 100_000, "items kept"),
        "writes": ([1_000, 10_000, 100_000, MILLION, 10 * MILLION, 100 * MILLION], MILLION, "writes a month"),
        "reads": ([1_000, 10_000, 100_000, MILLION, 10 * MILLION, 100 * MILLION], 10 * MILLION, "reads a month"),
    }
    questions = {
        "together": "several items change all or none",
        "query": "found by what is in them",
        "quick": "reads within a few milliseconds",
        "counters": "many count up the same number",
        "history": "overwritten items must come back",
        "link": "a browser fetches them by a link",
        "archive": "kept for years, hardly ever read",
    }
    dials: dict[str, Any] = {
        name: widgets.SelectionSlider(
            options=[(f"{one:,}", one) for one in options], value=value, description=text, **wide
        )
        for name, (options, value, text) in amounts.items()
    }
    dials |= {name: widgets.Checkbox(value=False, description=text, **wide) for name, text in questions.items()}

    def show(**chosen: Any) -> None:
        display(show_choice(Workload(**chosen)))

    hint = widgets.HTML(
        "<p><b>Try this:</b> leave all questions unanswered and let the items grow. Where do the bills cross? "
        "Then ask for all or none.</p>"
    )
    return widgets.VBox([hint, *dials.values(), widgets.interactive_output(show, dials)])
