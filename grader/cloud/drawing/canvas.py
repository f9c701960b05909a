"""A sheet for SVG: boxes, lines and text; everything written on it is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from grader.cloud.drawing.drawing import Drawing, identity
from grader.cloud.drawing.palette import FONT

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NARROW, _WIDE = set("iljtfrI.,:;'|!()[]/ "), set("mwMW@%—…→")


def clean(text: str) -> str:
    """Text for an XML document: control characters, which XML forbids, become �, and <, >, & and quotes entities."""
    return escape(_CONTROL.sub("�", text), quote=True)


def width_of(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text is in a sans-serif type of ``size``: as wide as in the widest of the usual ones."""
    ems = sum(_ems(letter) for letter in text)
    return ems * size * (1.11 if bold else 1.0)


def _ems(letter: str) -> float:
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.96
    if ord(letter) >= 0x2E80:
        return 1.0
    return 0.71 if letter.isupper() else 0.61


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text, cut with … where it would become wider than ``width``."""
    if width_of(text, size, bold) <= width:
        return text
    while text and width_of(f"{text}…", size, bold) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrap(text: str, width: float, size: float, most: int | None = None) -> list[str]:
    """Break a text into lines no wider than ``width``; after ``most`` lines it ends with …."""
    lines: list[str] = []
    for word in _words(" ".join(text.split()), width, size):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], shorten(" ".join(lines[most - 1 :]), width, size)]
    return lines


def _words(text: str, width: float, size: float) -> list[str]:
    """Words, the long ones cut into pieces that fit."""
    words = []
    for word in text.split(" "):
        while width_of(word, size) > width and len(word) > 1:
            fits = max(1, next((n for n in range(1, len(word)) if width_of(word[: n + 1], size) > width), len(word)))
            words.append(word[:fits])
            word = word[fits:]
        words.append(word)
    return [word for word in words if word]


class Canvas:
    """Collects the parts of one drawing."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, markup: str) -> None:
        """Put finished markup on the sheet; what it quotes must be clean."""
        self._parts.append(markup)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        stroke: str = "currentColor",
        thickness: float = 1,
        stroke_opacity: float = 1,
        fill: str = "currentColor",
        fill_opacity: float = 0,
        dashed: bool = False,
        radius: float = 7,
    ) -> None:
        """A box with round corners."""
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self.add(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{fill}"'
            f' fill-opacity="{fill_opacity:g}" stroke="{stroke}" stroke-width="{thickness:g}"'
            f' stroke-opacity="{stroke_opacity:g}"{dashes}/>'
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 13,
        bold: bool = False,
        colour: str = "currentColor",
        opacity: float = 1,
        anchor: str = "start",
    ) -> None:
        """A line of text whose baseline begins at (x, y)."""
        weight = ' font-weight="650"' if bold else ""
        faint = f' fill-opacity="{opacity:g}"' if opacity != 1 else ""
        at = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.add(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{faint}{weight}{at}>{clean(words)}</text>'
        )

    def path(
        self,
        data: str,
        *,
        stroke: str = "currentColor",
        thickness: float = 1.5,
        opacity: float = 1,
        dashed: bool = False,
        fill: str = "none",
    ) -> None:
        """A line of any shape."""
        dashes = ' stroke-dasharray="4 4"' if dashed else ""
        self.add(
            f'<path d="{data}" fill="{fill}" stroke="{stroke}" stroke-width="{thickness:g}"'
            f' stroke-opacity="{opacity:g}" stroke-linecap="round" stroke-linejoin="round"{dashes}/>'
        )

    def head(self, x: float, y: float, *, colour: str = "currentColor", opacity: float = 1) -> None:
        """An arrow's head whose tip is at (x, y), pointing right."""
        self.add(f'<path d="M{x:g} {y:g}l-7.5 -4v8z" fill="{colour}" fill-opacity="{opacity:g}"/>')

    def open(self, hint: str) -> None:
        """Begin a group that shows ``hint`` under the pointer."""
        self.add(f"<g><title>{clean(hint)}</title>")

    def close(self) -> None:
        """End a group."""
        self.add("</g>")

    def finish(self, width: float, height: float, title: str, lines: Sequence[str], least: float = 0) -> Drawing:
        """Close the sheet.

        Parameters
        ----------
        title
            One sentence: what is drawn, and the point of it.
        lines
            The drawing in words.
        least
            The width below which a page scrolls the drawing rather than making it smaller.
        """
        text = "\n".join(lines)
        name = identity(text + title)
        style = f"width:100%;min-width:{min(least, width):g}px;max-width:{width:g}px;height:auto;display:block"
        # A picture of its own has no text around it to take the colour of; inside a page the page decides.
        own = "@media (prefers-color-scheme:dark){svg:root{color:#e8e8e8;background:#151718}}"
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"'
            f' aria-labelledby="{name}-t {name}-d" font-family="{FONT}"'
            f' style="{style}">'
            f'<title id="{name}-t">{clean(title)}</title><desc id="{name}-d">{clean(text)}</desc><style>{own}</style>'
            + "".join(self._parts)
            + "</svg>"
        )
        return Drawing(svg, text)
