"""A finished drawing: SVG for a notebook or a page, words for everyone who cannot see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Drawing:
    """An SVG drawing with its text alternative.

    Attributes
    ----------
    svg
        A complete ``<svg>`` element; everything in it that came from outside is escaped.
    text
        What the drawing says, in lines.
    """

    svg: str
    text: str

    @property
    def html(self) -> str:
        """The drawing for a page: as wide as the page, and no wider than it was drawn; a keyboard can scroll it.

        JupyterLab would set what stands between two dollars ($LATEST, twice) as a formula.
        """
        box = 'class="mathjax_ignore" tabindex="0" role="group" aria-label="Drawing" style="overflow-x:auto"'
        return f"<div {box}>{self.svg}</div>"

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def identity(text: str) -> str:
    """A name for the parts of a drawing that depends on what it says only."""
    return "d" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
