"""Every explorer of every chapter, moved by hand in JupyterLab: the picture follows, the console stays quiet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.grading.course import Course
from tests.journeys import jupyter_lab as lab

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]

EXPLORER = re.compile(r"^\w+_(?:explorer|chooser|lab)\(", re.MULTILINE)
NOTEBOOK = "explorers.ipynb"
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
CHAPTERS = [chapter.stem for chapter in Course.find(Path(__file__)).chapters if chapter.number]
SLIDER, BOX, BUTTON = ".noUi-handle", "input[type=checkbox]", "button.widget-toggle-button:not(.mod-active)"
TEXT, LIST = ".widget-textarea textarea", ".widget-select select, .widget-dropdown select"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    lab.chromium()
    return lab.own_course(tmp_path_factory.mktemp("course"))


def gathered(course: Course) -> list[str]:
    """One notebook in ``work/`` with every chapter's first cell and its explorers; the names of its cells, in order.

    A page, a kernel and a notebook for each chapter would take five minutes; what a chapter's explorer needs
    is its first cell and its folder.
    """
    cells: list[Any] = []
    for stem in CHAPTERS:
        first, *found = explorers_in(course.root / "work" / stem / f"{stem}.ipynb")
        assert found, f"{stem} has no explorer"
        cells.append(nbformat.v4.new_code_cell(f"# {stem} begins\n%cd -q {course.root / 'work' / stem}\n{first}"))
        cells += [
            nbformat.v4.new_code_cell(f"# {stem} explorer {number}\n{source}")
            for number, source in enumerate(found, start=1)
        ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), course.root / "work" / NOTEBOOK)
    return [cell.source.split("\n")[0] for cell in cells]


def explorers_in(notebook: Path) -> list[str]:
    """A chapter's first cell, then the cells that open an explorer, in the notebook's order."""
    cells = [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    first = next(source for source in cells if "from grader.notebooks import" in source)
    return [first, *(source for source in cells if EXPLORER.search(source))]


def shown(cell: Any) -> str:
    """What stands under an explorer's controls: pictures, tables, words."""
    return str(cell.locator(".widget-output .jp-OutputArea").last.inner_html())


def move(page: Any, cell: Any) -> str:
    """Take the first control by hand, as it wants to be taken; returns which kind it was."""
    for kind in (SLIDER, BOX, BUTTON, TEXT, LIST):
        control = cell.locator(kind).first
        if not control.count():
            continue
        control.scroll_into_view_if_needed()
        if kind == SLIDER:
            box = control.bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=6)
            page.mouse.up()
        elif kind == TEXT:
            control.fill("42")
            control.blur()
        elif kind == LIST:
            control.select_option(index=1)
        else:
            control.click()
        return kind
    raise AssertionError("the explorer has no control")


def test_every_explorer_follows_the_hand(course: Course, browser: Any) -> None:
    names = gathered(course)
    with lab.serving(course, NOTEBOOK) as address:
        journey = lab.Journey(browser, address, "explorers")
        for name in names:
            try:
                cell = journey.reader.run(name)
                if "explorer" in name:
                    follows_the_hand(journey, cell, name[2:].replace(" ", "-"))
                assert (journey.outside, journey.errors) == ([], [])
            except Exception as problem:
                problem.add_note(f"It happened in the cell that begins with: {name}")
                raise
        journey.page.close()


def follows_the_hand(journey: lab.Journey, cell: Any, station: str) -> None:
    """Something is shown, and something else after a control was moved."""
    cell.locator(".widget-output .jp-OutputArea-output").first.wait_for(timeout=60_000)
    cell.scroll_into_view_if_needed()
    before = shown(cell)
    journey.picture(f"{station}-before")
    move(journey.page, cell)
    changed_within(journey, cell, before)
    journey.picture(f"{station}-after")


def changed_within(journey: lab.Journey, cell: Any, before: str, seconds: float = 30) -> None:
    """Wait until something else stands there."""
    for _ in range(int(seconds * 20)):
        journey.page.wait_for_timeout(50)
        if shown(cell) not in (before, ""):
            return
    raise AssertionError("the picture did not follow the hand")
