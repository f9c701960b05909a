"""The retry time line: what Lambda does with an asynchronous event that fails, attempt by attempt on the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, picture
from grader.facts import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GOOD, BAD, BURIED, LOST = "#2e7d4f", "#b3261e", "#5b4a9e", "#333333"


@dataclass(frozen=True)
class Attempt:
    """One attempt at an event.

    Attributes
    ----------
    number
        1 for the first.
    at
        Seconds since the event arrived.
    succeeded
        Whether the handler returned without an error.
    """

    number: int
    at: float
    succeeded: bool


@dataclass(frozen=True)
class Story:
    """What became of one event: its attempts, and its end.

    Attributes
    ----------
    end
        ``done``, ``dead letter`` or ``lost``.
    ended
        Seconds since the event arrived.
    reason
        Why it was given up: ``RetriesExhausted``, ``EventAgeExceeded``, or nothing.
    """

    attempts: tuple[Attempt, ...]
    end: str
    ended: float
    reason: str = ""


def waits() -> tuple[float, float]:
    """The documented pauses before the first and the second retry, in seconds."""
    known = facts()
    return 60 * known["lambda.async.retry.first"].number, 60 * known["lambda.async.retry.second"].number


def tell(failures: int, retries: int = 2, max_age: float = 21_600, buried: bool = True, handler: float = 1.0) -> Story:
    """Play one asynchronous event through.

    Parameters
    ----------
    failures
        How many attempts would fail before one succeeds; 3 or more is poison.
    retries
        MaximumRetryAttempts, 0 to 2.
    max_age
        MaximumEventAgeInSeconds, 60 to 21,600.
    buried
        Whether the function has a dead-letter target or an on-failure destination.
    handler
        How long each attempt takes, in seconds.
    """
    if not 0 <= retries <= 2:
        raise ValueError("MaximumRetryAttempts is 0, 1 or 2.")
    at = 0.0
    attempts: list[Attempt] = []
    for number, pause in enumerate((0.0, *waits()[:retries]), 1):
        at += pause
        if number > 1 and at > max_age:
            return Story(tuple(attempts), "dead letter" if buried else "lost", at, "EventAgeExceeded")
        succeeded = number > failures
        attempts.append(Attempt(number, at, succeeded))
        at += handler
        if succeeded:
            return Story(tuple(attempts), "done", at)
    return Story(tuple(attempts), "dead letter" if buried else "lost", at, "RetriesExhausted")


def describe(story: Story) -> str:
    """The story in words."""
    tries = ", ".join(f"{one.at:.0f} s {'succeeded' if one.succeeded else 'failed'}" for one in story.attempts)
    ending = {
        "done": "The event is done",
        "dead letter": f"The event went to the dead letters ({story.reason})",
        "lost": f"The event is lost ({story.reason})",
    }[story.end]
    return f"Attempts: {tries}. {ending} after {story.ended:.0f} s."


def draw_story(story: Story) -> Figure:
    """The attempts as marks on a time line, and the end of the event."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.0), layout="constrained")
    axes = figure.add_subplot()
    axes.axhline(0, color="#bbbbbb", zorder=0)
    for one in story.attempts:
        color = GOOD if one.succeeded else BAD
        axes.plot([one.at], [0], "o", markersize=16, color=color)
        axes.annotate("✓" if one.succeeded else "✗", (one.at, 0), ha="center", va="center", color="white")
        label = f"attempt {one.number}\n{one.at:.0f} s"
        axes.annotate(label, (one.at, 0), xytext=(0, 15), textcoords="offset points", ha="center", fontsize=9)
    if story.end != "done":
        color = BURIED if story.end == "dead letter" else LOST
        axes.plot([story.ended], [0], "s", markersize=12, color=color)
        axes.annotate(
            story.end, (story.ended, 0), xytext=(0, -24), textcoords="offset points", ha="center", color=color
        )
    axes.set(xlim=(-12, max(260.0, story.ended + 30)), ylim=(-1, 1), xlabel="seconds since the event arrived")
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure


def show_story(story: Story) -> Picture:
    """The time line, with its text alternative."""
    return picture(draw_story(story), describe(story))


def retry_explorer() -> object:
    """The explorer itself: choose how the event fails and what the function is told, watch its end."""
    import ipywidgets as widgets
    from IPython.display import display

    wide: dict[str, Any] = {"style": {"description_width": "220px"}, "layout": widgets.Layout(width="520px")}
    dials = {
        "failures": widgets.IntSlider(value=1, min=0, max=3, description="attempts that fail first", **wide),
        "retries": widgets.IntSlider(value=2, min=0, max=2, description="MaximumRetryAttempts", **wide),
        "max_age": widgets.SelectionSlider(
            value=21_600, options=[60, 120, 300, 3600, 21_600], description="MaximumEventAgeInSeconds", **wide
        ),
        "buried": widgets.Checkbox(value=True, description="a dead-letter target is set"),
    }

    def show(failures: int, retries: int, max_age: int, buried: bool) -> None:
        display(show_story(tell(failures, retries, max_age, buried)))

    hint = widgets.HTML("<p><b>Try this:</b> let three attempts fail, then take the dead-letter target away.</p>")
    return widgets.VBox([hint, *dials.values(), widgets.interactive_output(show, dials)])
