"""Markdown as Typst source: text only ever enters as a string literal, so that nothing in it can be markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.classroom.handouts.markdown import footnote_of, tree
from grader.errors import CourseError

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

DEEPEST = 3
UNSEEN = ("Cc", "Cs", "Zl", "Zp")


def markup(text: str, stem: str) -> str:
    """A stretch of Markdown.

    Parameters
    ----------
    stem
        The chapter, for its relative links.
    """
    return blocks(tree(text).children, stem)


def string(text: str) -> str:
    """A Typst string literal; what no font can show (control characters) is left out."""
    shown = "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in UNSEEN)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def blocks(nodes: Sequence[SyntaxTreeNode], stem: str) -> str:
    """Block elements, a blank line between them."""
    return "\n\n".join(block(node, stem) for node in nodes)


def block(node: SyntaxTreeNode, stem: str) -> str:
    """One block element."""
    match node.type:
        case "paragraph" | "inline":
            return inlines(node, stem)
        case "heading":
            level = min(DEEPEST, int(node.tag[1:]))
            return f"#heading(level: {level}, outlined: {str(level < DEEPEST).lower()})[{inlines(node, stem)}]"
        case "bullet_list":
            return f"#list({items(node, stem)})"
        case "ordered_list":
            return f"#enum(start: {int(node.attrs.get('start', 1))}, {items(node, stem)})"
        case "fence" | "code_block":
            return listing(node.content.rstrip("\n"), node.info.split()[0] if node.info.strip() else "text")
        case "blockquote":
            return f"#quote(block: true)[{blocks(node.children, stem)}]"
        case "table":
            return table(node, stem)
        case "hr":
            return "#line(length: 100%, stroke: .4pt)"
        case other:
            raise CourseError(f"A handout cannot print Markdown of the kind {other}.", stem, "Write it in other words.")


def items(node: SyntaxTreeNode, stem: str) -> str:
    """The items of a list as arguments."""
    return ", ".join(f"[{blocks(item.children, stem)}]" for item in node.children)


def listing(text: str, language: str, name: str = "") -> str:
    """Code."""
    return f"#listing({string(text)}, {string(language)}, {string(name)})"


def table(node: SyntaxTreeNode, stem: str) -> str:
    """A table with its head repeated on each page."""
    head, *bodies = node.children
    cells = [f"[{inlines(cell, stem)}]" for row in head.children for cell in row.children]
    body = [f"[{inlines(cell, stem)}]" for part in bodies for row in part.children for cell in row.children]
    return f"#grid-of({len(cells)}, ({', '.join(cells)},), ({''.join(f'{one}, ' for one in body)}))"


def inlines(node: SyntaxTreeNode, stem: str) -> str:
    """What stands in a line."""
    return "".join(inline(child, stem) for child in node.children)


def inline(node: SyntaxTreeNode, stem: str) -> str:
    """One inline element."""
    match node.type:
        case "inline":
            return inlines(node, stem)
        case "text":
            return f"#{string(node.content)}"
        case "softbreak":
            return '#" "'
        case "hardbreak":
            return "#linebreak()"
        case "code_inline":
            return f"#raw({string(node.content)})"
        case "strong":
            return f"#strong[{inlines(node, stem)}]"
        case "em":
            return f"#emph[{inlines(node, stem)}]"
        case "s":
            return f"#strike[{inlines(node, stem)}]"
        case "link":
            return link(node, stem)
        case "image":
            return f"#emph[#{string(node.content)}]"
        case other:
            raise CourseError(f"A handout cannot print Markdown of the kind {other}.", stem, "Write it in other words.")


def link(node: SyntaxTreeNode, stem: str) -> str:
    """The words, and a footnote that says where they lead."""
    words = inlines(node, stem)
    place = footnote_of(str(node.attrs["href"]), stem)
    if place is None:
        return words
    note = f"#link({string(place)})" if place.startswith("http") else f"#{string(place)}"
    return f"{words}#footnote[{note}]"
