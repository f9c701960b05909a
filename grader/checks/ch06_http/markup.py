"""A page of HTML as a browser takes it apart: elements, forms, and the text that a person reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_SILENT = {"script", "style", "title", "template"}
_OBEYED = {"action", "formaction", "href", "src", "srcdoc", "style"}


@dataclass
class Form:
    """One form of a page.

    Attributes
    ----------
    action
        Where it is sent, as written; empty for the page's own address.
    fields
        Names of what a person can fill in.
    """

    method: str
    action: str
    kind: str
    fields: list[str] = field(default_factory=list)

    def address(self, page: str) -> str:
        """Where a browser sends it from a page at this address."""
        return urljoin(page, self.action) if self.action else page


class Markup(HTMLParser):
    """What stands in a page.

    Attributes
    ----------
    elements
        Each element as its tag and the names of its attributes, in the page's order.
    values
        The attributes' values.
    orders
        Values that a browser obeys: code, and addresses to go to.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self.orders: list[str] = []
        self.forms: list[Form] = []
        self._text: list[str] = []
        self._silent = 0
        self.feed(text)
        self.close()

    @property
    def text(self) -> str:
        """What a person reads, blanks run together."""
        return " ".join("".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element; a form and its fields are kept together."""
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, tuple(sorted(given))))
        self.values += given.values()
        self.orders += [value for name, value in given.items() if name in _OBEYED or name.startswith("on")]
        self._silent += tag in _SILENT
        if tag == "form":
            kind = given.get("enctype", "").lower()
            self.forms.append(Form(given.get("method", "get").lower(), given.get("action", ""), kind))
        elif tag in ("input", "textarea", "select") and self.forms and "name" in given:
            self.forms[-1].fields.append(given["name"])

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not read."""
        if tag in _SILENT and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        """Keep what a person reads."""
        if not self._silent:
            self._text.append(data)
