"""Markdown as a handout understands it, and where its links lead on paper."""

from __future__ import annotations

import functools
import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

OUTSIDE = ("http://", "https://", "mailto:")


@functools.cache
def parser() -> MarkdownIt:
    """CommonMark with tables; HTML is text."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def tree(text: str) -> SyntaxTreeNode:
    """The text as a tree."""
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(parser().parse(text))


def footnote_of(address: str, stem: str) -> str | None:
    """What a footnote says for a link, or nothing where paper leads nowhere (another chapter, this page).

    Parameters
    ----------
    stem
        The chapter that the link stands in: relative links start from its folder in the course.
    """
    if address.startswith(OUTSIDE):
        return address
    path = posixpath.normpath(posixpath.join("course", "" if stem == "index" else stem, address.partition("#")[0]))
    if address.startswith("#") or path.endswith(".ipynb"):
        return None
    return f"{path} in the course's folder"
