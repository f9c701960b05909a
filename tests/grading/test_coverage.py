"""Every idea of a chapter's list is taught where its mark stands, and its numbers are facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.grading.course import Chapter, Course
from grader.grading.verify.coverage import coverage_of, verify_coverage
from grader.grading.verify.sections import section_at, sections_of
from grader.grading.verify.shape import verify_shape

TEXT = """---
title: A trial
---
# Title

## Numbers
<!-- teaches: seven, cold_start -->

A week has *seven* `days`. A function runs {fact:lambda.timeout.max} at most, this one {eg:120 ms}.

```python
# no heading
seven = 7
```

### Weeks

It is cold.

## Words
<!-- teaches:
     words -->

Words, words.
"""
LIST = """
[seven]
idea = "a week has seven days"
words = ["Seven days", "900 seconds"]

[cold_start]
idea = "it is cold below"
words = ["cold", "120 ms"]

[words]
idea = "there are words"
words = ["words"]
"""


@pytest.fixture
def chapter(course: Course) -> Chapter:
    """A chapter whose three ideas are taught."""
    found = course.chapter("ch05")
    (found.folder / "chapter.md").write_text(TEXT)
    (found.folder / "teaches.toml").write_text(LIST)
    return found


def test_sections_end_where_one_of_the_same_level_begins() -> None:
    found = [(one.heading, one.level, one.first, one.last) for one in sections_of(TEXT)]
    assert found == [("Title", 1, 4, 24), ("Numbers", 2, 6, 19), ("Weeks", 3, 16, 19), ("Words", 2, 20, 24)]


def test_a_line_belongs_to_the_innermost_section() -> None:
    sections = sections_of(TEXT)
    assert [getattr(section_at(sections, line), "heading", None) for line in (1, 5, 9, 18, 24)] == [
        None,
        "Title",
        "Numbers",
        "Weeks",
        "Words",
    ]


def test_what_is_marked_and_said_is_taught(chapter: Chapter) -> None:
    covered = coverage_of(chapter)
    assert verify_coverage(chapter).problems == ()
    assert [(one.idea.key, [section.heading for section in one.sections]) for one in covered.taught] == [
        ("seven", ["Numbers"]),
        ("cold_start", ["Numbers"]),
        ("words", ["Words"]),
    ]
    assert [(one.fact.key, one.section, one.line) for one in covered.numbers] == [("lambda.timeout.max", "Numbers", 9)]


def edit(chapter: Chapter, file: str, old: str, new: str) -> None:
    path = chapter.folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("seven, cold_start", "cold_start", "seven is taught nowhere (a week has seven days): write it, with <!-- tea"),
        ("*seven* `days`", "few days", "seven should be taught in 'Numbers', which lacks the words Seven days"),
        ("{fact:lambda.timeout.max}", "a while", "seven should be taught in 'Numbers', which lacks the words 900 sec"),
        ("It is cold.", "<!-- cold -->", "cold_start should be taught in 'Numbers', which lacks the words cold"),
        ("words -->", "words, music -->", "<!-- teaches: music --> marks an idea that teaches.toml does not have"),
    ],
)
def test_what_is_not_taught_is_named(chapter: Chapter, old: str, new: str, problem: str) -> None:
    edit(chapter, "chapter.md", old, new)
    [found] = verify_coverage(chapter).problems
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('words = ["words"]', "", "words needs an idea and words"),
        ('words = ["words"]', "words = []", "words needs an idea and words"),
        ("[words]", "[words", "not TOML"),
    ],
)
def test_a_list_that_does_not_say_what_it_must_is_refused(chapter: Chapter, old: str, new: str, message: str) -> None:
    edit(chapter, "teaches.toml", old, new)
    with pytest.raises(CourseError, match=message):
        coverage_of(chapter)
    assert not verify_coverage(chapter).holds


def test_a_chapter_needs_a_list(chapter: Chapter) -> None:
    (chapter.folder / "teaches.toml").unlink()
    assert "no list of what it teaches" in verify_coverage(chapter).problems[0]


def test_missing_parts_of_a_chapter_are_named(chapter: Chapter) -> None:
    problems = verify_shape(chapter, TEXT).problems
    assert "there is no trainer's notes" in problems
    assert "there is not a section Summary" in problems
    assert problems[-1] == "there are 0 recall questions; a chapter opens with 3"


def test_the_course_s_own_chapters_have_every_part() -> None:
    for chapter in Course.find(Path(__file__)).chapters:
        assert verify_shape(chapter, (chapter.folder / "chapter.md").read_text("utf-8")).problems == ()
        assert verify_coverage(chapter).problems == ()
