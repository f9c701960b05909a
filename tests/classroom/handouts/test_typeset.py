"""The PDF: every chapter and plan can be set, nothing in a text is taken for Typst's markup, the bytes are the same."""

from __future__ import annotations

import pytest

from grader.classroom.handouts import pdf, plan_document, plans, workshop_document
from grader.classroom.handouts.document import ChapterSheets, Document, Listing, Note, Prose, Question, Room
from grader.classroom.handouts.typeset import Typesetting, compiled
from grader.classroom.handouts.typst_markup import markup, string
from grader.errors import CourseError
from grader.grading.course import Course

COURSE = Course.find()
NASTY = '#import "x" \\ $a$ *b* _c_ <d> @e `f` "g" [h] {i} ~ -- \u0000 \u0007 \u007f \u2028 ' + "\\u{41} //"


def small(*blocks) -> Document:
    chapter = ChapterSheets("ch03_x", 3, NASTY, 10, (NASTY,), blocks)
    return Document("x", NASTY, "learner", NASTY, (chapter,))


def test_the_whole_course_can_be_set_so_that_screen_readers_follow_it() -> None:
    documents = [
        workshop_document(COURSE, "learner"),
        plan_document(COURSE, plans(COURSE)["half-day"], "instructor"),
    ]
    strict = {"ignore_system_fonts": True, "pdf_standards": ["ua-1"]}

    assert [compiled(document, **strict)[:5] for document in documents] == [b"%PDF-"] * len(documents)


def test_the_same_document_gives_the_same_bytes() -> None:
    document = small(Prose("One [link](https://a.example)."), Room("app.py", 3))

    assert pdf(document) == pdf(document)
    assert pdf(document) != pdf(document, "letter")


def test_nothing_in_a_text_is_markup_of_typst() -> None:
    question = Question("recall", NASTY, (NASTY, NASTY), 1, NASTY)
    document = small(Prose("x " + NASTY), Note(NASTY), Listing(NASTY, "python", NASTY), Room(NASTY, 2), question)

    assert pdf(document)[:5] == b"%PDF-"


def test_signs_that_our_fonts_lack_stop_nothing() -> None:
    assert pdf(small(Prose("日本 🎉")))[:5] == b"%PDF-"


def test_every_kind_of_markdown_is_set() -> None:
    text = (
        "# One\n\n### Three\n\n1. a\n2. b\n   - c\n\n> quoted **strongly** and *gently*, ~~no~~\n\n"
        "| a | b |\n|---|---|\n| `c` | [d](https://d.example) |\n\n```yaml\na: 1\n```\n\n    indented\n\n---\n\n"
        "a  \nb ![an inline picture](x.png) <b>html</b>\n\n3. starts at three\n"
    )

    assert len(compiled(small(Prose(text)), format="png", ppi=20)) > 0
    assert '#footnote[#link("https://d.example")]' in markup(text, "index")
    assert "#enum(start: 3, " in markup(text, "index")


def test_a_string_is_a_literal_of_typst() -> None:
    assert string('a"b\\c\n') == '"a\\"b\\\\c\\n"'
    assert string("a\x07\x00\tb\u2028") == '"a\\tb"'


def test_pictures_are_named_once_each_and_carry_their_words() -> None:
    chapter = COURSE.chapter("3")
    from grader.classroom.handouts import chapter_document

    pictures: dict[str, bytes] = {}
    source = Typesetting(pictures).document(chapter_document(chapter, "learner"), "a4")

    assert list(pictures) == [f"picture-{number}.svg" for number in range(len(pictures))]
    assert all(f'#picture("{name}", "' in source for name in pictures)


def test_without_typst_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)

    with pytest.raises(CourseError, match="typst") as refused:
        pdf(small())
    assert "make class" in str(refused.value)
