"""axe-core, Deque's checker of pages, in the real Chromium: what would keep somebody from reading a page of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")
# A link in JupyterLab's own prose is told by its colour alone: its style sheet, not ours.
JUPYTERS = ("link-in-text-block",)
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
    context = {"include": [[selector] for selector in present]} if include else None
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
    return page


def notebook_barriers(browser: Any, notebook: Any, theme: str) -> list[str]:
    """A notebook with its outputs, in one of JupyterLab's themes: our prose, and what our cells show."""
    from nbconvert import HTMLExporter

    page = shown(browser, HTMLExporter(theme=theme).from_notebook_node(notebook)[0], theme)
    try:
        return barriers(page, include=SHOWN_BY_US, allow=JUPYTERS)
    finally:
        page.close()
