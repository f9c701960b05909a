"""A piece of page under a cell: escaped HTML with one small style sheet, and plain text where there is no browser."""

from __future__ import annotations

import html
from dataclasses import dataclass

STYLE = """<style>
.rs{--rs-ink:#1f2328;--rs-soft:#57606a;--rs-line:#d1d9e0;--rs-back:var(--jp-layout-color1,#fff);--rs-tint:#f3f5f7;
--rs-link:#0b57a0;--rs-good:#0a6b2d;--rs-bad:#b3261e;--rs-mark:#0b62a8;
--rs-k:#00613a;--rs-s:#8f1d1d;--rs-m:#00582f;--rs-f:#0039c0;--rs-t:#05408a}
[data-jp-theme-light="false"] .rs{--rs-ink:#e6edf3;--rs-soft:#b9c2cc;--rs-line:#4a5058;
--rs-back:var(--jp-layout-color1,#1c2128);--rs-tint:#2b2f34;--rs-link:#8cc2ff;--rs-good:#56d364;--rs-bad:#ff8a80;
--rs-mark:#58a6ff;--rs-k:#7ee0a0;--rs-s:#ffa79d;--rs-m:#8fdcb0;--rs-f:#a5cfff;--rs-t:#79c0ff}
.rs{font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:14px;line-height:1.5;color:var(--rs-ink);
background:var(--rs-back);border:1px solid var(--rs-line);border-radius:8px;padding:12px 16px;margin:4px 0;
max-width:60em}
.rs p{margin:.3em 0}.rs ul,.rs ol{margin:.3em 0;padding-left:1.5em}
.rs p.rs-head{margin:0 0 .3em;font-size:15px;font-weight:600;color:var(--rs-ink)}
.rs a{color:var(--rs-link)}.rs code{font-family:var(--jp-code-font-family,monospace);font-size:.92em;
background:var(--rs-tint);border-radius:4px;padding:0 .25em}
.rs pre{font-family:var(--jp-code-font-family,monospace);font-size:13px;line-height:1.45;margin:.4em 0;padding:8px 12px;
background:var(--rs-tint);border-radius:6px;overflow:auto;white-space:pre!important;color:var(--rs-ink)}
.rs pre code{background:none!important;padding:0}.rs .soft{color:var(--rs-soft)}
.rs .good{color:var(--rs-good);font-weight:600}.rs .bad{color:var(--rs-bad);font-weight:600}
.rs summary{cursor:pointer;font-weight:600}
.rs summary:focus-visible,.rs a:focus-visible{outline:2px solid var(--rs-mark);outline-offset:2px;border-radius:4px}
.rs details+details{margin-top:.4em}.rs.quiet{border-style:dashed}
</style>"""


@dataclass(frozen=True)
class Page:
    """What is shown under a cell.

    Parameters
    ----------
    body
        HTML whose every foreign text has been through `escape`.
    text
        The same for a terminal.
    """

    body: str
    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.body, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def escape(text: object) -> str:
    """Foreign text as it may stand in HTML, attributes included."""
    return html.escape(str(text), quote=True)


def card(body: str, text: str, label: str, *, kind: str = "") -> Page:
    """A framed card; ``label`` is what a screen reader announces."""
    classes = f"rs mathjax_ignore {kind}".strip()  # two dollars in a line are money, or $LATEST
    return Page(f'{STYLE}<div class="{classes}" role="group" aria-label="{escape(label)}">{body}</div>', text)


def head(text: str) -> str:
    """A card's first line. It is no heading: cards stand between the headings of a lesson."""
    return f'<p class="rs-head">{escape(text)}</p>'


def note(title: str, paragraphs: list[str], *, kind: str = "") -> Page:
    """A card of plain paragraphs; everything is escaped."""
    body = head(title) + "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return card(body, "\n".join([title, *paragraphs]), title, kind=kind)


def show(page: object) -> None:
    """Put a page under the running cell; outside IPython its text is printed."""
    from IPython.display import display

    display(page)
