"""The anatomy of a SAM project: which file is read by whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READERS = ("you", "pytest", "sam validate", "sam build", "sam deploy", "CloudFormation", "Lambda")
READ, CHOSEN, QUIET = "#1f6f8b", "#b3261e", "#9aa5ab"


@dataclass(frozen=True)
class Part:
    """One file or folder of a project.

    Attributes
    ----------
    readers
        Who reads it, in the order in which it happens; each is one of ``READERS``.
    """

    path: str
    purpose: str
    readers: tuple[str, ...]
    when: str


PARTS = (
    Part(
        "template.yaml",
        "What shall be there: functions, their events, buckets, outputs.",
        ("you", "sam validate", "sam build", "sam deploy", "CloudFormation"),
        "At every validate, build and deploy. CloudFormation gets a copy in which CodeUri points to S3.",
    ),
    Part(
        "src/app.py",
        "The handler.",
        ("you", "pytest", "sam build", "Lambda"),
        "Build copies it; Lambda imports it when an environment starts (INIT).",
    ),
    Part(
        "src/requirements.txt",
        "The libraries that the handler needs besides boto3.",
        ("you", "sam build"),
        "Build installs them beside the code. Lambda gets the libraries, and never reads this list.",
    ),
    Part(
        "samconfig.toml",
        "Stack name, Region, capabilities, parameters: what you would type as flags.",
        ("you", "sam validate", "sam build", "sam deploy"),
        "Each time you type sam, for the environment that --config-env names (default: default).",
    ),
    Part(
        "events/greet.json",
        "An event to try the handler with.",
        ("you", "pytest"),
        "When you or your tests call the handler; sam local invoke -e and sam remote invoke take it too.",
    ),
    Part(
        "tests/test_app.py",
        "Tests of the handler.",
        ("you", "pytest"),
        "On your machine and in the pipeline, before anything is deployed. Never shipped: it is not in CodeUri.",
    ),
    Part(
        ".aws-sam/build/",
        "What build made: a folder for each function, and a template that points to them.",
        ("sam deploy",),
        "Between build and deploy. It can always be made again, so it does not belong in git.",
    ),
)


def part_named(path: str) -> Part:
    """The part with this path.

    Raises
    ------
    KeyError
        When there is none.
    """
    return {part.path: part for part in PARTS}[path]


def describe(part: Part) -> str:
    """A part in words."""
    return f"{part.path}: {part.purpose} Read by {', '.join(part.readers)}. {part.when}"


def draw_anatomy(chosen: str) -> Figure:
    """Files in rows, readers in columns; the chosen row is marked by colour and by squares."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.2), layout="constrained")
    axes = figure.add_subplot()
    for row, part in enumerate(PARTS):
        is_chosen = part.path == chosen
        columns = [READERS.index(reader) for reader in part.readers]
        axes.axhline(row, color="#e4e8ea", linewidth=6 if is_chosen else 1, zorder=0)
        axes.plot(
            columns,
            [row] * len(columns),
            "s" if is_chosen else "o",
            markersize=11 if is_chosen else 7,
            color=CHOSEN if is_chosen else READ,
        )
    axes.set_yticks(range(len(PARTS)), [part.path for part in PARTS], family="monospace", fontsize=9)
    axes.set_xticks(range(len(READERS)), [name.replace(" ", "\n") for name in READERS], fontsize=9)
    axes.xaxis.tick_top()
    axes.set(xlim=(-0.5, len(READERS) - 0.5), ylim=(len(PARTS) - 0.5, -0.5))
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    for label in axes.get_yticklabels():
        if label.get_text() == chosen:
            label.set(color=CHOSEN, weight="bold")
    return figure


def show_anatomy(chosen: str = "template.yaml") -> Picture:
    """The project's picture with one file marked, and what is to be said of it."""
    return picture(draw_anatomy(chosen), describe(part_named(chosen)))


def anatomy_explorer() -> object:
    """The explorer itself: choose a file, and see who reads it and when."""
    import ipywidgets as widgets
    from IPython.display import HTML, display

    paths = [part.path for part in PARTS]
    wide: dict[str, Any] = {"style": {"description_width": "40px"}, "layout": widgets.Layout(width="300px")}
    choice = widgets.Select(options=paths, value=paths[0], rows=len(paths), description="file", **wide)

    def show(path: str) -> None:
        part = part_named(path)
        display(show_anatomy(path), HTML(f"<p><b>{path}</b>: {part.purpose}<br>{part.when}</p>"))

    tip = widgets.HTML(
        "<p><b>Try this:</b> find the only file that Lambda itself reads, and the one that nobody but you and your "
        "tests would miss.</p>"
    )
    return widgets.VBox([tip, choice, widgets.interactive_output(show, {"path": choice})])
