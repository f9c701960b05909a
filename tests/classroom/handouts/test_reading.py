"""From chapters to sheets: what learners get, and what they do not."""

from __future__ import annotations

from typing import get_args

import pytest

from grader.classroom.handouts import chapter_document, html_page
from grader.classroom.handouts.document import AtHome, Edition, Figure, Listing, Note, Prose, Room, Sheet
from grader.classroom.handouts.reading import chapter_sheets, prose_blocks, room_for
from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.sources import solution_text
from grader.notebooks.build import written_chapters
from grader.notebooks.released import answer_files

COURSE = Course.find()
FOLDED = "Before.\n\n<details><summary>Answers</summary>\n\n1. Yes.\n\n</details>\n\nAfter."


@pytest.mark.parametrize("chapter", written_chapters(COURSE), ids=lambda one: one.stem)
def test_a_learners_edition_has_every_exercise_and_no_answer(chapter) -> None:
    page = html_page(chapter_document(chapter, "learner"))
    sheets = {block.id: block for block in chapter_sheets(chapter, "learner").blocks if isinstance(block, Sheet)}

    assert list(sheets) == [exercise.id for exercise in chapter.exercises]
    for exercise in chapter.exercises:
        answers = answer_files(chapter, exercise)
        assert [room.label for room in sheets[exercise.id].rooms] == [one.name for one in answers]
        assert [one for one in sheets[exercise.id].hints if one in page] == []
        printed = [block.text for block in sheets[exercise.id].given]
        assert [one.name for one in answers if solution_text(one.finished).rstrip("\n") in printed] == []
    assert "For the trainer" not in page


@pytest.mark.parametrize("chapter", written_chapters(COURSE), ids=lambda one: one.stem)
def test_an_instructors_edition_has_solutions_hidden_checks_hints_and_notes(chapter) -> None:
    blocks = chapter_sheets(chapter, "instructor").blocks
    sheets = [block for block in blocks if isinstance(block, Sheet)]

    for sheet, exercise in zip(sheets, chapter.exercises, strict=True):
        solution = chapter.sources(exercise).solution
        assert [one.text for one in sheet.solution] == [solution[name].decode().rstrip("\n") for name in exercise.files]
        assert sheet.hints == exercise.hints
        assert sum(one.points for one in sheet.checks) == sheet.points == chapter.points(exercise)
    notes = [block for block in blocks if isinstance(block, Note)]
    assert bool(notes) == (chapter.number > 0)


def test_answers_behind_a_click_are_the_trainers_and_learners_get_room() -> None:
    assert list(prose_blocks(FOLDED, {}, "learner")) == [Prose("Before."), Room("Your answers", 8), Prose("After.")]
    assert list(prose_blocks(FOLDED, {}, "instructor")) == [
        Prose("Before."),
        Note("**Answers**\n\n1. Yes."),
        Prose("After."),
    ]


@pytest.mark.parametrize("edition", get_args(Edition))
def test_a_picture_behind_a_click_is_printed_for_all(edition) -> None:
    text = "<details><summary>A picture</summary>\n\n![two boxes](pictures/a.svg)\n\n</details>"

    assert list(prose_blocks(text, {"pictures/a.svg": b"<svg/>"}, edition)) == [Figure(b"<svg/>", "svg", "two boxes")]


def test_a_picture_that_is_not_there_is_named() -> None:
    with pytest.raises(CourseError, match=r"cannot print pictures/b\.svg"):
        list(prose_blocks("![x](pictures/b.svg)", {}, "learner"))


def test_exercises_that_a_plan_leaves_out_are_for_home() -> None:
    blocks = chapter_sheets(COURSE.chapter("3"), "learner", frozenset({"3.1"})).blocks

    assert [block.id for block in blocks if isinstance(block, Sheet)] == ["3.1"]
    assert [block.id for block in blocks if isinstance(block, AtHome)] == ["3.2", "3.3", "3.4", "3.5"]


def test_a_starting_file_that_the_lesson_showed_is_not_printed_twice() -> None:
    blocks = chapter_sheets(COURSE.chapter("3"), "learner").blocks
    sheet = next(block for block in blocks if isinstance(block, Sheet) and block.id == "3.2")

    assert sheet.given == ()
    assert sum(isinstance(block, Listing) and block.name == "3_2_names/template.yaml" for block in blocks) == 1


def test_room_grows_with_our_answer_and_ends_with_the_page() -> None:
    start, line, end = "x:\n  ### BEGIN SOLUTION\n", "  a: 1\n", "  ### END SOLUTION\n"
    assert room_for(start + line + end, "x:\n") == 6
    assert room_for(start + 12 * line + end, "x:\n") == 18
    assert room_for("a\n" * 3 + "b\n" * 100, "a\n") == 34


def test_a_chapter_without_a_text_is_refused_by_name(tmp_path) -> None:
    bare = Course(tmp_path, tmp_path / "course", tmp_path / "solutions", COURSE.checks)

    with pytest.raises(CourseError, match="comes without the lessons' sources"):
        chapter_document(bare.chapter("3"), "learner")
    bare.solutions.mkdir()
    with pytest.raises(CourseError, match="ch03_web_service has no text yet"):
        chapter_document(bare.chapter("3"), "learner")
