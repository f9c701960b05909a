"""Words in diagrams have places of their own: no two touch, in large stacks either."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.cloud import Cloud
from grader.cloud.drawing import draw_stack
from grader.cloud.drawing.canvas import width_of
from grader.cloud.drawing.labels import Label, Labels
from tests.cloud.drawing.large_stack import large_stack

SVG = "{http://www.w3.org/2000/svg}"
SOLUTIONS = Path(__file__).parents[3] / "solutions"
CHAPTERS = ["ch09_events", "ch10_components", "ch12_robust"]


def texts(drawing):
    """Words, left, top, right, bottom of every text: as wide as the widest of the usual types."""
    for text in ElementTree.fromstring(drawing.svg).iter(f"{SVG}text"):
        x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
        width = width_of(text.text, size, text.get("font-weight") is not None)
        left = x - width / 2 if text.get("text-anchor") == "middle" else x
        yield text.text, left, y - 0.95 * size, left + width, y + 0.25 * size


def touching(drawing):
    return [
        (a[0], b[0])
        for a, b in combinations(texts(drawing), 2)
        if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]


def test_no_words_of_a_large_stack_touch():
    drawing = draw_stack(large_stack())
    assert len(list(texts(drawing))) > 130
    assert touching(drawing) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_words_of_a_chapters_application_touch(chapter):
    with Cloud() as cloud:
        stack = cloud.deploy(SOLUTIONS / chapter / "app" / "template.yaml", name="app")
        assert touching(stack.diagram()) == []


def test_words_that_fit_are_written_in_full():
    with Cloud() as cloud:
        drawing = cloud.deploy(SOLUTIONS / "ch12_robust" / "app" / "template.yaml", name="app").diagram()
    assert "THUMBNAILS_BUCKET" in {words for words, *_ in texts(drawing)}
    assert [words for words, *_ in texts(drawing) if "…" in words] == []


def test_words_stand_inside_the_sheet():
    drawing = draw_stack(large_stack())
    _, _, width, height = map(float, ElementTree.fromstring(drawing.svg).get("viewBox").split())
    assert all(x >= 0 and y >= 0 and right <= width and bottom <= height for _, x, y, right, bottom in texts(drawing))


def test_a_label_goes_below_one_that_is_there():
    labels = Labels()
    for words in ("one", "two", "a third one"):
        labels.add(100, 100, words, 50)
    first, second, third = labels._labels
    assert not any(a.touches(b) for a, b in combinations((first, second, third), 2))
    assert (first.y, first.y < second.y < third.y, third.written) == (96, True, "a third…")
    assert not first.touches(Label(200, 96, "far", "far"))
