"""Diagrams as a browser draws them, light and dark: no words touch, measured by its own letters."""

from __future__ import annotations

import os
from itertools import combinations
from typing import Any

import pytest

from grader.cloud.drawing import draw_stack
from tests.cloud.drawing.large_stack import large_stack

pytestmark = pytest.mark.journey
MEASURE = """() => [...document.querySelectorAll("svg text")].map(text => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.left, box.top, box.right, box.bottom, getComputedStyle(text).fill];
})"""
PAGE = "<meta name=color-scheme content='light dark'><body style='background:Canvas;color:CanvasText'>"


@pytest.mark.parametrize(("scheme", "ink"), [("light", "rgb(0, 0, 0)"), ("dark", "rgb(255, 255, 255)")])
def test_no_words_touch(browser: Any, scheme: str, ink: str) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1700, "height": 900})
    page.set_content(f"{PAGE}{draw_stack(large_stack()).html}")
    texts = page.evaluate(MEASURE)
    if folder := os.environ.get("RUNNING_SERVERLESS_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/diagram-{scheme}.png", full_page=True)
    page.close()

    assert len(texts) > 130 and {text[5] for text in texts} == {ink}
    touching = [
        (a[0], b[0]) for a, b in combinations(texts, 2) if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]
    assert touching == []
