"""Explorers on paper: each has a still, it is what the explorer shows today, and it says so in words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.handouts.document import Figure, Listing
from grader.classroom.handouts.reading import chapter_document
from grader.errors import CourseError
from grader.grading.course import Chapter, Course
from grader.notebooks.chapter_text import read_chapter
from grader.notebooks.still_camera import is_fresh, stills_of
from grader.notebooks.stills import Still, still_of

COURSE = Course.find(Path(__file__))
CALL = re.compile(r"^(\w+_(?:explorer|chooser|lab))\(", re.MULTILINE)
LARGEST = 30_000  # bytes


def asked_for(chapter: Chapter) -> list[str]:
    return [piece.id for piece in read_chapter(chapter.folder / "chapter.md").pieces if piece.kind == "still"]


@pytest.mark.parametrize("chapter", [one for one in COURSE.chapters if one.number], ids=lambda one: one.stem)
def test_every_explorer_has_a_still_of_today(chapter: Chapter) -> None:
    called = CALL.findall((chapter.folder / "chapter.md").read_text("utf-8"))
    taken = list(stills_of(chapter))

    assert called == asked_for(chapter) == [still.name for still in taken]
    assert [still.name for still in taken if not is_fresh(chapter, still)] == [], (
        "python -m grader.notebooks.still_camera"
    )
    assert [still.name for still in taken if len(still.data) > LARGEST or len(still.text) < 40] == []


def test_a_still_of_other_words_or_another_drawing_is_stale() -> None:
    chapter = COURSE.chapter("9")
    kept = still_of(chapter, "retry_explorer")
    nearly = re.sub(rb"\b(\d+\.\d{3})(\d+)", rb"\1", kept.svg, count=1)

    assert is_fresh(chapter, kept) and is_fresh(chapter, replace(kept, svg=nearly))
    assert not is_fresh(chapter, replace(kept, text="Something else."))
    assert not is_fresh(chapter, replace(kept, svg=re.sub(rb"\b\d\d(\.\d{4})", rb"77\1", kept.svg, count=1)))
    assert not is_fresh(chapter, replace(kept, name="lost_explorer"))


def test_the_words_of_a_picture_are_no_markdown_of_their_own() -> None:
    picture = Still("price_explorer", "It costs $1,\nor $2 [dated].", b"<svg>").markdown

    assert r"![It costs \$1, or \$2 \[dated\].](pictures/price_explorer.svg)" in picture
    assert "```text\n✓ sent\n```" in Still("cors_explorer", "✓ sent").markdown


def test_an_explorer_without_a_still_says_how_to_take_one() -> None:
    with pytest.raises(CourseError, match=r"lost_explorer has no still(?s:.*)still_camera ch09_events"):
        still_of(COURSE.chapter("9"), "lost_explorer")


def test_handouts_print_stills() -> None:
    (sheets,) = chapter_document(COURSE.chapter("11"), "learner").chapters
    assert any(isinstance(one, Listing) and "Does the preflight pass?" in one.text for one in sheets.blocks)

    (sheets,) = chapter_document(COURSE.chapter("9"), "learner").chapters
    assert any(isinstance(one, Figure) and one.text.startswith("Attempts: 0 s failed") for one in sheets.blocks)
