"""A class report as one page: it loads nothing from anywhere, runs nothing, and shows students' words as text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from grader.checks.failure import readable
from grader.classroom.class_report.figures import ClassFigures
from grader.classroom.class_report.likeness import NEARLY, Alike
from grader.classroom.class_report.plots import passing_plot, scores_plot
from grader.grading.wording import MARKS, NAMES, amount, isolation

if TYPE_CHECKING:
    from jinja2 import Template

MOST_FAILURES = 25


def report_page(chapters: Sequence[tuple[ClassFigures, str, Sequence[Alike]]]) -> str:
    """The whole page.

    Parameters
    ----------
    chapters
        For each chapter its figures, its title, and the answers that are alike.
    """
    shown = [
        {
            "figures": found,
            "title": title,
            "alike": alike,
            "isolation": isolation(found.isolation),
            "failures": found.failures[:MOST_FAILURES],
            "plots": [plot._repr_html_() for plot in (passing_plot(found), scores_plot(found))],
        }
        for found, title, alike in chapters
    ]
    return template().render(chapters=shown, amount=amount, marks=MARKS, names=NAMES, nearly=NEARLY, readable=readable)


@cache
def template() -> Template:
    """The page's shape, from ``report.html`` beside this file; every value in it is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("grader.classroom.class_report", ".")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters["percent"] = _percent
    return found.get_template("report.html")


def _percent(share: Any) -> str:
    return f"{100 * share:.0f} %"
