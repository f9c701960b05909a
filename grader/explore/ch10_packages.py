"""Package sizes: what a function brings, what its layers bring, and how near to the limits that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, picture
from grader.facts import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CODE, DEPENDENCIES, LAYER, LIMIT = "#2e7d4f", "#5b4a9e", "#b36b00", "#b3261e"


@dataclass(frozen=True)
class Packages:
    """Sizes in MB, unzipped.

    Attributes
    ----------
    code, dependencies
        Of each function.
    functions
        How many functions use the same dependencies.
    layers
        How many layers each function has; with one or more the dependencies lie in a layer.
    """

    code: float
    dependencies: float
    functions: int
    layers: int

    @property
    def shared(self) -> bool:
        """Whether the dependencies lie in a layer."""
        return self.layers > 0

    @property
    def unzipped(self) -> float:
        """What one function unpacks, in MB: its code and its layers, wherever the dependencies lie."""
        return self.code + self.dependencies

    @property
    def uploaded(self) -> float:
        """What a change of the code uploads, in MB, for all functions together."""
        return self.functions * (self.code if self.shared else self.unzipped)

    @property
    def stored(self) -> float:
        """What one version of everything holds of the account's code storage, in MB."""
        once = self.dependencies if self.shared else 0.0
        return self.functions * (self.code if self.shared else self.unzipped) + once


def limit_mb() -> float:
    """How much a function and its layers may unpack, in MB."""
    return facts()["lambda.package.unzipped"].number


def most_layers() -> int:
    """How many layers a function may have."""
    return int(facts()["lambda.layers.max"].number)


def problems(packages: Packages) -> list[str]:
    """What Lambda refuses, in words."""
    found = []
    if packages.unzipped > limit_mb():
        found.append(
            f"{packages.unzipped:.0f} MB unzipped is more than the {limit_mb():.0f} MB that code and layers may have "
            "together: use a container image."
        )
    if packages.layers > most_layers():
        found.append(f"A function may have {most_layers()} layers, not {packages.layers}.")
    return found


def describe(packages: Packages) -> str:
    """The sizes in words."""
    where = "in a layer" if packages.shared else "in every function"
    told = (
        f"Dependencies {where}: a change of the code uploads {packages.uploaded:.0f} MB, one version of everything "
        f"stores {packages.stored:.0f} MB, each function unpacks {packages.unzipped:.0f} MB of {limit_mb():.0f} MB."
    )
    return " ".join([told, *problems(packages)])


def draw_packages(packages: Packages) -> Figure:
    """Three bars: unpacked by one function, uploaded for a change, stored for a version."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    axes = figure.add_subplot()
    kind = LAYER if packages.shared else DEPENDENCIES
    copies = 1 if packages.shared else packages.functions
    rows = [
        ("one version stored", packages.functions * packages.code, copies * packages.dependencies),
        ("uploaded for a change", packages.functions * packages.code,
         0.0 if packages.shared else packages.functions * packages.dependencies),
        ("unpacked by one function", packages.code, packages.dependencies),
    ]  # fmt: skip
    for row, (_, code, dependencies) in enumerate(rows):
        axes.barh(row, code, color=CODE)
        axes.barh(row, dependencies, left=code, color=kind)
        axes.annotate(f"{code + dependencies:.0f} MB", (code + dependencies, row), xytext=(4, 0),
                      textcoords="offset points", va="center")  # fmt: skip
    axes.plot([limit_mb()] * 2, [1.55, 2.45], color=LIMIT, linewidth=2)
    axes.annotate(f"limit: {limit_mb():.0f} MB", (limit_mb(), 2.45), ha="center", va="bottom", color=LIMIT)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.set(xlabel="MB, unzipped", ylim=(-0.6, 2.8))
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def show_packages(packages: Packages) -> Picture:
    """The bars, with their text alternative."""
    return picture(draw_packages(packages), describe(packages))


def package_explorer() -> object:
    """The explorer itself: choose sizes and where the dependencies lie."""
    import ipywidgets as widgets
    from IPython.display import display

    wide: dict[str, Any] = {"style": {"description_width": "220px"}, "layout": widgets.Layout(width="520px")}
    dials = {
        "code": widgets.FloatSlider(value=1, min=0.5, max=50, step=0.5, description="code of a function, MB", **wide),
        "dependencies": widgets.IntSlider(value=60, min=0, max=300, step=10, description="dependencies, MB", **wide),
        "functions": widgets.IntSlider(value=5, min=1, max=12, description="functions that use them", **wide),
        "layers": widgets.IntSlider(value=0, min=0, max=6, description="layers of a function", **wide),
    }

    def show(code: float, dependencies: int, functions: int, layers: int) -> None:
        display(show_packages(Packages(code, dependencies, functions, layers)))

    hint = widgets.HTML(
        "<p><b>Try this:</b> put the dependencies into a layer and watch which bars shrink, and which one does not.</p>"
    )
    return widgets.VBox([hint, *dials.values(), widgets.interactive_output(show, dials)])
