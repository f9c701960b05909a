"""A real browser for the journeys that need one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys import jupyter_lab as lab


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window; ended with its module, as its driver keeps an event loop running in this thread."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=lab.chromium(), args=lab.FLAGS)
        yield found
        found.close()
