"""A plot as it stands in a notebook: crisp, with a text alternative, the same bytes every time it is drawn."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """A drawn plot.

    Attributes
    ----------
    svg
        The drawing itself, on a white ground so that it can be read in a dark theme too.
    text
        What it shows, in words: read aloud by screen readers and printed where pictures cannot be shown.
    """

    svg: str
    text: str

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode("utf-8")).decode("ascii")
        alternative = html.escape(self.text, quote=True)
        return f'<img alt="{alternative}" src="data:image/svg+xml;base64,{data}" style="max-width:100%">'

    def __repr__(self) -> str:
        return self.text


def paragraph(text: str) -> str:
    """Words to stand under a picture (HTML); dollars in them are money to JupyterLab, too."""
    return f'<p class="mathjax_ignore">{html.escape(text)}</p>'


def picture(figure: Figure, text: str) -> Picture:
    """Render a matplotlib figure.

    Parameters
    ----------
    text
        The picture in one or two sentences.
    """
    import matplotlib

    drawn = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "running-serverless", "svg.fonttype": "none"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None}, facecolor="white")
    return Picture(drawn.getvalue(), text)
