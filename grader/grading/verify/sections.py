"""A lesson as its sections: a heading, and what stands under it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6}) +(.+?)\s*$")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})(.*)$")


@dataclass(frozen=True)
class Section:
    """One heading of a chapter.

    Attributes
    ----------
    level
        1 for ``#``.
    first, last
        Its lines in the file, counted from 1; the sections below it included.
    text
        Those lines.
    """

    heading: str
    level: int
    first: int
    last: int
    text: str


def sections_of(text: str) -> list[Section]:
    """Every section of a chapter's text in its order; a ``#`` in a fence is no heading."""
    lines = text.splitlines()
    heads = [(number, match) for number, match in _headings(lines)]
    return [_section(lines, heads, index) for index in range(len(heads))]


def section_at(sections: list[Section], line: int) -> Section | None:
    """The innermost section that holds a line."""
    return max((one for one in sections if one.first <= line <= one.last), key=lambda one: one.first, default=None)


def _section(lines: list[str], heads: list[tuple[int, re.Match[str]]], index: int) -> Section:
    first, match = heads[index]
    level = len(match[1])
    ends = (number for number, later in heads[index + 1 :] if len(later[1]) <= level)
    last = next(ends, len(lines) + 1) - 1
    return Section(match[2], level, first, last, "\n".join(lines[first - 1 : last]))


def _headings(lines: list[str]) -> Iterator[tuple[int, re.Match[str]]]:
    fence = ""
    for number, line in enumerate(lines, start=1):
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif not fence and (match := _HEADING.match(line)):
            yield number, match
