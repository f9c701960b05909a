"""The HTML edition: one file, escaped, headings in order, links as footnotes."""

from __future__ import annotations

import re

from grader.classroom.handouts import html_page
from grader.classroom.handouts.document import ChapterSheets, Document, Figure, Listing, Prose, Question, Room
from grader.classroom.handouts.page import ChapterPage


def chapter(*blocks, stem="ch03_web_service") -> ChapterSheets:
    return ChapterSheets(stem, 3, "Create <a> service", 120, ("read `a < b`",), blocks)


def document(*chapters: ChapterSheets) -> Document:
    return Document("x", "A handout", "learner", "0.1.0", chapters)


def levels(page: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h([1-6])", page)]


def test_text_is_escaped_wherever_it_comes_from() -> None:
    evil = "<script>alert(1)</script>"
    blocks = [
        Prose(f"a {evil} `{evil}`\n\n{evil}\n"),
        Listing(evil, "python", evil),
        Room(evil, 2),
        Question("recall", evil, (evil, "b"), 0, evil),
        Figure(b"<svg/>", "svg", f'"{evil}'),
    ]

    assert "<script" not in html_page(document(chapter(*blocks)))


def test_the_page_loads_nothing_from_anywhere() -> None:
    page = html_page(document(chapter(Figure(b"<svg/>", "svg", "a box"))))

    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"|url\(', page) == []
    assert 'alt="a box" src="data:image/svg+xml;base64,PHN2Zy8+"' in page


def test_headings_go_down_one_level_where_chapters_have_headings_of_their_own() -> None:
    text = Prose("## A section\n\n### A part")

    assert levels(html_page(document(chapter(text)))) == [1, 2, 3]
    assert levels(html_page(document(chapter(text), chapter(text, stem="ch04_x")))) == [1, 2, 3, 4, 2, 3, 4]


def test_a_link_gets_a_footnote_and_the_same_place_keeps_its_number() -> None:
    page = ChapterPage(chapter())
    shown = page.markdown("[a](https://a.example) [b](https://b.example) [again](https://a.example)")

    assert re.findall(r'aria-label="Footnote (\d)"', shown) == ["1", "2", "1"]
    assert page.links.places == ["https://a.example", "https://b.example"]


def test_a_link_to_another_notebook_is_words_on_paper() -> None:
    page = ChapterPage(chapter())

    assert page.inline("[chapter 4](../ch04_x/ch04_x.ipynb)") == "chapter 4"
    assert "docs/pocket-aws.md in the course" not in page.inline("[x](#here)")
    page.inline("[the page](../../docs/pocket-aws.md)")
    assert page.links.places == ["docs/pocket-aws.md in the course's folder"]


def test_room_to_write_is_as_high_as_its_lines() -> None:
    assert 'class="room" style="height:12rem"' in html_page(document(chapter(Room("app.py", 6))))
