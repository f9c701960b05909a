"""Takes the stills of explorers: ``python -m grader.notebooks.still_camera [--check] [CHAPTER …]``.

What an explorer shows first is asked of the explorer, so that its first values are written once. Only authors run this:
the stills are committed beside their chapters.
"""

from __future__ import annotations

import contextlib
import html
import io
import re
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

from grader.cloud import Cloud
from grader.errors import CourseError
from grader.explore.picture import Picture
from grader.grading.course import Chapter, Course
from grader.notebooks.chapter_text import read_chapter
from grader.notebooks.stills import Still, still_of

NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
NEARLY = 0.01  # of a point: another processor may round otherwise


def stills_of(chapter: Chapter) -> Iterator[Still]:
    """Take a still of each explorer that the chapter's text asks for.

    Raises
    ------
    CourseError
        When the chapter does not import or call an explorer of that name.
    """
    text = read_chapter(chapter.folder / "chapter.md")
    lesson = "\n".join(piece.text for piece in text.pieces if piece.kind == "text")
    for piece in text.pieces:
        if piece.kind == "still":
            yield taken(chapter, piece.id, lesson)


def taken(chapter: Chapter, name: str, lesson: str) -> Still:
    """One still, by the import and the call that stand in the lesson."""
    imported = re.search(rf"^from grader\.explore\.\w+ import .*\b{name}\b.*$", lesson, re.M)
    called = re.search(rf"^{name}\(.*\)$", lesson, re.M)
    if imported is None or called is None:
        raise CourseError(f"{chapter.stem} neither imports nor calls {name}.", f"{chapter.stem}/chapter.md")
    with Cloud() as cloud, contextlib.chdir(chapter.folder):
        shown = first_shown(f"{imported[0]}\n{called[0]}", {"cloud": cloud})
    first = next(one for one in shown if isinstance(one, Picture) or type(one).__module__.startswith("grader."))
    if isinstance(first, Picture):
        return Still(name, first.text, with_title(first))
    return Still(name, str(getattr(first, "text", first)))


def first_shown(code: str, names: dict[str, Any]) -> list[object]:
    """What a cell of the course displays before anybody moves anything."""
    shown: list[object] = []
    keep = mock.patch("IPython.display.display", side_effect=lambda *ones: shown.extend(ones))
    with keep, contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)  # ours, from solutions/
    return shown


def with_title(picture: Picture) -> bytes:
    """The drawing with its words in it."""
    begin, tag, rest = picture.svg.partition("<svg ")
    opening, _, rest = rest.partition(">")
    return f"{begin}{tag}{opening}>\n <title>{html.escape(picture.text)}</title>{rest}".encode()


def is_fresh(chapter: Chapter, still: Still) -> bool:
    """Whether the committed still is this one: the same words and the same drawing, to a hundredth of a point."""
    try:
        kept = still_of(chapter, still.name)
    except CourseError:
        return False
    old, new = kept.svg.decode(), still.svg.decode()
    numbers = zip(NUMBER.findall(old), NUMBER.findall(new), strict=False)
    is_same_shape = kept.text == still.text and NUMBER.sub("", old) == NUMBER.sub("", new)
    return is_same_shape and all(abs(float(a) - float(b)) <= NEARLY for a, b in numbers)


def main(arguments: list[str]) -> int:
    """Run; 0 when all is fresh or has been written, 1 when ``--check`` found a still that is not."""
    course = Course.find()
    names = [name for name in arguments if name != "--check"]
    stale = 0
    for chapter in [course.chapter(name) for name in names] or course.chapters:
        for still in stills_of(chapter):
            if not is_fresh(chapter, still):
                stale += 1
                print(f"{'stale' if '--check' in arguments else 'written'}  {chapter.stem}/{still.path}")
                if "--check" not in arguments:
                    (chapter.folder / still.path).parent.mkdir(exist_ok=True)
                    (chapter.folder / still.path).write_bytes(still.data)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
