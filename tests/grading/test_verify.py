"""``grader verify`` finds what is wrong with a course."""

from __future__ import annotations

import pytest

from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.verify import Finding, Verified
from grader.grading.verify.answer_file import answers_path, written_answers
from grader.grading.verify.answers import verify_answers
from grader.grading.verify.lessons import verify_lesson
from grader.grading.verify.shape import leads_on

ANSWERS = """
wrong:
  - name: eight
    misconception: A week has eight days.
    fails: is_seven
    message: Days of a week
    edits: {number.txt: [["7", "8"]]}
  - name: word
    misconception: A word is a number.
    fails: is_seven
    message: Days of a week
    files: {number.txt: "seven"}
  - name: other_words
    misconception: Whatever.
    fails: is_seven
    message: no such words
    edits: {number.txt: [["7", "9"]]}
  - name: right_after_all
    misconception: It is right.
    fails: is_seven
    message: x
    files: {note.txt: "other"}
  - name: unknown
    misconception: Whatever.
    fails: is_eleven
    message: x
    files: {note.txt: "a note that is much longer than twenty characters"}
right:
  - name: with_zero
    why: Zeros in front change nothing.
    files: {number.txt: "007"}
  - name: six
    why: It is not.
    files: {number.txt: "6"}
"""


@pytest.fixture
def answered(course: Course) -> Course:
    """The trial course with answers, some of which are not as they say."""
    path = answers_path(*course.exercise("5.1"))
    path.parent.mkdir(parents=True)
    path.write_text(ANSWERS)
    return course


def test_every_answer_must_do_what_is_written_of_it(answered: Course) -> None:
    found = {finding.what: finding.problems for finding in verify_answers([answered.exercise("5.1")], workers=2)}
    failed = "is_seven failed: expected 7; found {}; hint: Days of a week."
    assert found == {
        "hints": (),
        "number of answers": ("5 wrong answers; there should be at least 6",),
        "starter": (),
        "solution": (),
        "wrong: eight": (),
        "wrong: word": (
            "is_seven should fail, and is skipped The file holds a number.",
            "not listed: has_a_number failed: expected digits; found 'seven'; hint: Digits only.",
        ),
        "wrong: other_words": (f"the failure does not say 'no such words': {failed.format(9)}",),
        "wrong: right_after_all": ("is_seven should fail, and is passed",),
        "wrong: unknown": (
            "there is no check 'is_eleven'",
            "not listed: note_is_short failed: expected at most 20; found 49; hint: ",
        ),
        "right: with_zero": (),
        "right: six": (failed.format(6),),
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('[["7", "8"]]', '[["77", "8"]]', "occurs 0 times"),
        ("{number.txt: [[", "{hidden.txt: [[", "no file that a learner"),
        ("fails: is_seven", "fails: ''", "names the check"),
        ("misconception: A week", "misconceptoin: A week", "Unknown keys: misconceptoin"),
        ("wrong:\n", "wrongs:\n", "no others"),
        ("wrong:\n", "wrong: [\n", "not YAML"),
    ],
)
def test_answers_that_do_not_say_what_they_must_are_refused(answered: Course, old: str, new: str, message: str) -> None:
    chapter, exercise = answered.exercise("5.1")
    answers_path(chapter, exercise).write_text(ANSWERS.replace(old, new, 1))
    with pytest.raises(CourseError, match=message):
        written_answers(chapter, exercise)


def test_missing_answers_are_a_finding(course: Course) -> None:
    findings = verify_answers([course.exercise("5.1")], workers=1)
    assert [(finding.what, finding.holds) for finding in findings] == [("hints", True), ("sources and answers", False)]


def test_a_hint_must_not_be_the_solution(course: Course) -> None:
    path = course.checks / "ch05_trial.py"
    path.write_text(path.read_text().replace('"Between 6 and 8."', '"Write this: hello world of mine"'))
    number = course.solutions / "ch05_trial" / "5_1_number" / "number.txt"
    number.write_text("### BEGIN SOLUTION\nhello world\n### END SOLUTION\n")
    (hints, *_) = verify_answers([Course.find(course.root).exercise("5.1")], workers=1)
    assert hints.problems == ("hint 2 contains the solution",)


LESSON = """---
title: A trial of 5 minutes
---
# Title

A function may run {fact:lambda.timeout.max}, this one ran {eg:120 ms}; it needs 128 MB and costs $0.20.
In November 2025 python3.13 took 3.5 seconds. See [there](there.md), [here](#title), [web](https://x.org/5 MB).

```python
timeout = "5 minutes"
```

Inline `5 MB` is code. {fact:no.such.fact} ![](pic.svg) ![A picture of a cat](missing.svg)
<!-- 12 seconds -->
7 requests, chapter 3, exercise 3.1, a 1-minute wait, at most {fact:lambda.timeout.max.minutes} minutes
"""


def test_lessons_are_looked_at_line_by_line(course: Course) -> None:
    chapter = course.chapter("ch05")
    (chapter.folder / "chapter.md").write_text(LESSON)
    (chapter.folder / "pic.svg").write_text("<svg/>")
    found = {finding.what: finding.problems for finding in verify_lesson(chapter)}
    said = [problem.split(" is neither")[0] for problem in found["numbers come from facts"]]
    assert said == [
        "line 6: '128 MB'",
        "line 6: '$0.20'",
        "line 7: 'November 2025'",
        "line 7: 'python3.13'",
        "line 7: '3.5 seconds'",
        "line 15: '1-minute'",
    ]
    assert found["facts exist"] == (
        "line 13: there is no fact 'no.such.fact'",
        "line 15: {fact:lambda.timeout.max.minutes} brings its unit, and the text says it again",
    )
    assert found["pictures have words"] == (
        "line 13: the picture pic.svg needs words that say what it shows",
        "line 13: there is no picture missing.svg",
    )
    assert found["links lead somewhere"] == ("line 7: the link there.md leads nowhere",)


@pytest.mark.parametrize(
    ("last", "leads"),
    [
        ("- Next: [chapter 11, sessions](../ch11_sessions/ch11_sessions.ipynb), which goes on.", True),
        ("- Next: [chapter 12, robust](../ch12_robust/ch12_robust.ipynb).", False),
        ("- Chapter 11, on sessions.", False),
    ],
)
def test_a_chapter_leads_on_to_the_next_one(last: str, leads: bool) -> None:
    assert leads_on(f"# Ten\n\n## Where to read on\n\n- A guide.\n{last}\n", "ch11_sessions") is leads


def test_what_was_found_has_a_status() -> None:
    good, bad = Finding("5.1", "hints"), Finding("5.1", "links", ("nowhere",))
    assert (Verified((good,)).status, Verified((good, bad)).status, Verified((good, bad)).problems) == (0, 1, (bad,))
