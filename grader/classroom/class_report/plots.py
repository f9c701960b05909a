"""The plots of a class report: drawn once, as SVG, without a word that a student wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.classroom.class_report.figures import ClassFigures
from grader.explore.picture import Picture, picture

GOOD, BAD, QUIET = "#0a6b2d", "#b3261e", "#57606a"
BINS = 10


def passing_plot(found: ClassFigures) -> Picture:
    """For each exercise how many passed, tried without passing, and did not try."""
    names = [one.id for one in found.exercises]
    passed = [one.passed for one in found.exercises]
    failed = [one.tried - one.passed for one in found.exercises]
    untried = [one.class_size - one.tried for one in found.exercises]

    def draw(axes: Any) -> None:
        bottom = [0] * len(names)
        for label, values, colour in (("passed", passed, GOOD), ("tried", failed, BAD), ("not tried", untried, QUIET)):
            axes.bar(names, values, bottom=bottom, label=label, color=colour)
            bottom = [low + value for low, value in zip(bottom, values, strict=True)]
        axes.set_ylabel("students")
        axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)

    said = "; ".join(f"{one.id}: {one.passed} of {one.class_size} passed, {one.tried} tried" for one in found.exercises)
    return _plot(draw, f"Who passed: {said}.")


def scores_plot(found: ClassFigures) -> Picture:
    """How many students earned which part of the points."""
    counts = [0] * BINS
    for share in found.shares:
        counts[min(int(share * BINS), BINS - 1)] += 1
    labels = [f"{100 * at // BINS}–{100 * (at + 1) // BINS}" for at in range(BINS)]

    def draw(axes: Any) -> None:
        axes.bar(labels, counts, color=QUIET)
        axes.set_xlabel("percent of the points")
        axes.set_ylabel("students")

    said = ", ".join(f"{label} %: {count}" for label, count in zip(labels, counts, strict=True) if count)
    return _plot(draw, f"Students by percent of the points: {said or 'nobody has a score'}.")


def _plot(draw: Callable[[Any], None], text: str) -> Picture:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.add_subplot()
    draw(axes)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return picture(figure, text)
