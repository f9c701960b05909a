"""Stills: what an explorer shows before anybody has moved it, for viewers without widgets (GitHub) and for paper.

A still is made by the explorer itself: a picture below the chapter's ``pictures/`` that carries its words as its title,
or a file with words alone, which is not released. It stands in a cell of its own, folded. An output of the explorer's
own cell would be seen without a click, but nbgrader clears outputs, and no viewer reads words to them.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from grader.errors import CourseError
from grader.grading.course import Chapter

FOLDER = "pictures"
SUMMARY = "No widgets here? What the explorer shows at first"
TITLE = re.compile(r"<title>(.*?)</title>", re.S)


@dataclass(frozen=True)
class Still:
    """What an explorer shows first.

    Attributes
    ----------
    name
        The explorer's: ``price_explorer``.
    text
        In words.
    svg
        The picture; empty where the words are all that there is.
    """

    name: str
    text: str
    svg: bytes = b""

    @property
    def path(self) -> str:
        """The file, from the chapter's folder."""
        return f"{FOLDER}/{self.name}.svg" if self.svg else f"{self.name}.txt"

    @property
    def data(self) -> bytes:
        """What stands in the file."""
        return self.svg or f"{self.text}\n".encode()

    @property
    def markdown(self) -> str:
        """The cell: a fold with the picture, or with the words."""
        spoken = re.sub(r"([\[\]$*_`\\])", r"\\\1", " ".join(self.text.split()))
        shown = f"![{spoken}]({self.path})" if self.svg else f"```text\n{self.text}\n```"
        return f"<details><summary>{SUMMARY}</summary>\n\n{shown}\n\n</details>"


def still_of(chapter: Chapter, name: str) -> Still:
    """The still of one of a chapter's explorers.

    Raises
    ------
    CourseError
        When it has not been drawn.
    """
    picture, words = chapter.folder / FOLDER / f"{name}.svg", chapter.folder / f"{name}.txt"
    if words.is_file():
        return Still(name, words.read_text("utf-8").rstrip("\n"))
    found = TITLE.search(picture.read_text("utf-8")) if picture.is_file() else None
    if found is None:
        raise CourseError(
            f"{name} has no still.", str(picture), f"Run: python -m grader.notebooks.still_camera {chapter.stem}"
        )
    return Still(name, html.unescape(found[1]), picture.read_bytes())
