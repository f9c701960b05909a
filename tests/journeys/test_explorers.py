"""Every explorer of every chapter, moved by hand in JupyterLab: the picture follows, the console stays quiet."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course
from tests.journeys import jupyter_lab as lab

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]

EXPLORER = re.compile(r"^\w+_(?:explorer|chooser|lab)\(", re.MULTILINE)
CHAPTERS = [chapter.stem for chapter in Course.find(Path(__file__)).chapters if chapter.number]
SLIDER, BOX, BUTTON = ".noUi-handle", "input[type=checkbox]", "button.widget-toggle-button:not(.mod-active)"
TEXT, LIST = ".widget-textarea textarea", ".widget-select select, .widget-dropdown select"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    lab.chromium()
    return lab.own_course(tmp_path_factory.mktemp("course"))


def explorers_in(course: Course, notebook: str) -> list[str]:
    """The calls that open an explorer, in the notebook's order."""
    cells = json.loads((course.root / "work" / notebook).read_text("utf-8"))["cells"]
    found = [EXPLORER.search("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    return [match[0] for match in found if match]


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


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_explorer_follows_the_hand(course: Course, browser: Any, stem: str) -> None:
    notebook = f"{stem}/{stem}.ipynb"
    calls = explorers_in(course, notebook)
    assert calls, f"{stem} has no explorer"
    with lab.serving(course, notebook) as address:
        journey = lab.Journey(browser, address, f"explorers-{stem}")
        journey.reader.run("from grader.notebooks import")
        for number, call in enumerate(calls, start=1):
            cell = journey.reader.run(call)
            cell.locator(".widget-output .jp-OutputArea-output").first.wait_for(timeout=60_000)
            cell.scroll_into_view_if_needed()
            before = shown(cell)
            journey.picture(f"{number}-before")
            move(journey.page, cell)
            changed_within(journey, cell, before)
            journey.picture(f"{number}-after")
        journey.page.close()

    assert journey.outside == []
    assert journey.errors == []


def changed_within(journey: Any, cell: Any, before: str, seconds: float = 30) -> None:
    """Wait until something else stands there."""
    for _ in range(int(seconds * 5)):
        journey.page.wait_for_timeout(200)
        if shown(cell) not in (before, ""):
            return
    raise AssertionError("the picture did not follow the hand")
