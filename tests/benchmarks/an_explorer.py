"""From a key on a slider to the new picture on the screen: JupyterLab, its kernel and a real Chromium."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.row import Row
from tests.journeys import jupyter_lab as lab

# The explorers whose first dial is a slider, by chapter; the flood is the one that simulates most.
EXPLORERS = {"ch01_serverless": "price_explorer()", "ch12_robust": "flood_explorer()"}
STEPS, WARM = 25, 3
TARGET_MS = 100
PATIENCE_MS, PAUSE_MS = 20_000, 300
# Presses a key on a slider, and looks at every frame until a picture that was not there before has been painted.
STEP = """(cell, [key, patience]) => new Promise((done, fail) => {
    const shown = () => cell.querySelector(".widget-output img");
    const before = shown().src, begun = performance.now();
    const look = () => {
        const picture = shown(), took = performance.now() - begun;
        if (picture && picture.complete && picture.src !== before) setTimeout(() => done(performance.now() - begun));
        else if (took > patience) fail(new Error("the picture did not follow"));
        else requestAnimationFrame(look);
    };
    cell.querySelector(".noUi-handle").dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    requestAnimationFrame(look);
})"""


def measure() -> Iterator[Row]:
    """Each explorer: many steps of its first slider."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=lab.chromium(), args=lab.FLAGS)
        own = lab.own_course(Path(temporary))
        for stem, call in EXPLORERS.items():
            with lab.serving(own, f"{stem}/{stem}.ipynb") as address:
                values = tuple(steps(lab.Journey(browser, address, stem), call))
            yield Row(f"{call.removesuffix('()')}: a step of a slider", "key to painted picture, in JupyterLab",
                      values, "ms", TARGET_MS)  # fmt: skip
        browser.close()


def steps(journey: Any, call: str) -> Iterator[float]:
    """Milliseconds of each step, to the right and to the left."""
    journey.reader.run("from grader.notebooks import")
    cell = journey.reader.run(call)
    cell.locator(".widget-output img").first.wait_for(timeout=60_000)
    for number in range(WARM + STEPS):
        journey.page.wait_for_timeout(PAUSE_MS)
        took = cell.evaluate(STEP, [("ArrowRight", "ArrowLeft")[number % 2], PATIENCE_MS])
        if number >= WARM:
            yield took
    journey.page.close()
