"""A handout as one HTML file: readable on a screen, and printed by any browser with page numbers and room to write."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from grader.classroom.handouts.document import Block, ChapterSheets, Document, Figure, Listing
from grader.classroom.handouts.markdown import footnote_of, parser
from grader.grading.wording import amount
from grader.notebooks.sources import coloured

if TYPE_CHECKING:
    from jinja2 import Template

ENDINGS = {"python": "py", "yaml": "yaml", "json": "json", "toml": "toml", "html": "html"}
IMAGES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass
class Links:
    """The links of one chapter, in the order of their footnotes."""

    stem: str
    places: list[str] = field(default_factory=list)

    def number(self, place: str) -> int:
        """The footnote's number; a place that comes again keeps its first one."""
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place) + 1


def html_page(document: Document) -> str:
    """The whole page; it loads nothing from anywhere."""
    depth = 1 if len(document.chapters) > 1 else 0
    pages = [ChapterPage(chapter, depth) for chapter in document.chapters]
    return template().render(document=document, pages=pages, amount=amount)


@cache
def template() -> Template:
    """The page's shape, from ``handout.html`` beside this file; every value in it is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("grader.classroom.handouts", ".")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return found.get_template("handout.html")


class ChapterPage:
    """What the template asks of a chapter.

    Parameters
    ----------
    depth
        How many levels its headings go down: 1 where the chapter's own title is a heading below the document's.
    """

    def __init__(self, chapter: ChapterSheets, depth: int = 0) -> None:
        self.chapter = chapter
        self.depth = depth
        self.links = Links(chapter.stem)

    @property
    def blocks(self) -> Sequence[tuple[str, Block]]:
        """Each block with the name of its kind."""
        return [(type(block).__name__, block) for block in self.chapter.blocks]

    def markdown(self, text: str) -> Any:
        """Markdown as HTML, links with their footnotes."""
        from markupsafe import Markup

        tokens = parser().parse(text)
        for token in tokens:
            if token.type in ("fence", "code_block"):
                token.type, token.content = "html_block", listing_html(token.content.rstrip("\n"), token.info, "")
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(6, int(token.tag[1:]) + self.depth)}"
            if token.children:
                token.children = self._with_footnotes(token.children)
        return Markup(parser().renderer.render(tokens, parser().options, {}))  # the parser passes no HTML through

    def inline(self, text: str) -> Any:
        """The same for a line."""
        from markupsafe import Markup

        tokens = parser().parseInline(text)
        tokens[0].children = self._with_footnotes(tokens[0].children or [])
        return Markup(parser().renderer.render(tokens, parser().options, {}))

    def code(self, listing: Listing) -> Any:
        """A listing in colours."""
        from markupsafe import Markup

        return Markup(listing_html(listing.text, listing.language, listing.name))

    def image(self, figure: Figure) -> str:
        """A picture as part of the page."""
        return f"data:{IMAGES[figure.kind]};base64,{base64.b64encode(figure.data).decode('ascii')}"

    def _with_footnotes(self, tokens: list[Any]) -> list[Any]:
        """The tokens of a line; a link that leads nowhere on paper becomes text, another one gets a number."""
        from markdown_it.token import Token

        found: list[Any] = []
        open_links: list[str | None] = []
        for token in tokens:
            if token.type == "link_open":
                open_links.append(footnote_of(str(token.attrs["href"]), self.chapter.stem))
            place = open_links[-1] if token.type in ("link_open", "link_close") else None
            if token.type not in ("link_open", "link_close") or (place and place.startswith("http")):
                found.append(token)
            if token.type == "link_close":
                open_links.pop()
                if place:
                    found.append(Token("html_inline", "", 0, content=self._mark(self.links.number(place))))
        return found

    def _mark(self, number: int) -> str:
        return f'<sup><a href="#{self.chapter.stem}-link-{number}" aria-label="Footnote {number}">{number}</a></sup>'


def listing_html(text: str, language: str, name: str) -> str:
    """A box of code that a keyboard can scroll."""
    from markupsafe import escape

    label = f'<p class="label">{escape(name)}</p>' if name else ""
    spoken = escape(name or "Code")
    code = coloured(f"cell.{ENDINGS.get(language.strip(), 'txt')}", text)
    return f'{label}<pre tabindex="0" role="group" aria-label="{spoken}"><code>{code}</code></pre>\n'
