"""axe-core, Deque's checker of pages, in the real Chromium: what would keep somebody from reading a page of ours."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")
# A link in JupyterLab's own prose is told by its colour alone: its style sheet, not ours.
JUPYTERS = ("link-in-text-block",)
# And so are the colours of code in prose: nbconvert's here, CodeMirror's there.
PALETTE = ".jp-MarkdownOutput .highlight"
SHOWN_BY_US = (".jp-OutputArea-output", ".jp-MarkdownOutput")


def barriers(
    page: Any, *, include: Sequence[str] = (), allow: Sequence[str] = (), impacts: Sequence[str] = SERIOUS
) -> list[str]:
    """What axe-core finds, one line a rule: its impact, its name, how often, the first place.

    Parameters
    ----------
    include
        Look only at what these selectors match; default the whole page.
    allow
        Rules that are not looked at.
    """
    present = [selector for selector in include if page.locator(selector).count()]
    assert not include or present, "nothing to look at"
    context = {"include": [[selector] for selector in present], "exclude": [[PALETTE]]} if include else None
    options = {"rules": {name: {"enabled": False} for name in allow}, "resultTypes": ["violations"]}
    found = Axe().run(page, context, options).response["violations"]
    return [
        f"{one['impact']} {one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in impacts
    ]


def shown(browser: Any, html: str, scheme: str = "light") -> Any:
    """A page with this text, which loads nothing from anywhere."""
    page = browser.new_page(color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="domcontentloaded")
    keep_picture(page)
    return page


def keep_picture(page: Any) -> None:
    """Keep what is to be seen, when asked for."""
    if folder := os.environ.get("RUNNING_SERVERLESS_SCREENSHOTS"):
        test = re.sub(r"\W+", "-", os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].removesuffix(" (call)"))
        number = len(list(Path(folder).glob(f"{test}-*.png"))) + 1
        page.screenshot(path=f"{folder}/{test}-{number}.png", full_page=True)


def notebook_barriers(page: Any, notebook: Any, theme: str, allow: Sequence[str] = ()) -> list[str]:
    """A notebook with its outputs, in one of JupyterLab's themes: our prose, and what our cells show."""
    from nbconvert import HTMLExporter

    page.set_content(HTMLExporter(theme=theme).from_notebook_node(notebook)[0], wait_until="domcontentloaded")
    return barriers(page, include=SHOWN_BY_US, allow=(*JUPYTERS, *allow))
