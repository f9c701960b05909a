"""Declaring exercises and checks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks import Exercise, check, exercise, hidden
from grader.checks.exercise import exercises_of, hidden_checks_of
from grader.errors import CourseError


@exercise("3.1", "Say hello", slug="3_1_hello", files=["app.py"], minutes=10, hints=["a", "b", "c"], next="3.2")
class Hello:
    @check(points=1)
    def answers():  # type: ignore[no-untyped-def]
        """It answers.

        More about it.
        """

    @check(points=2, needs=answers)
    def answers_twice():  # type: ignore[no-untyped-def]
        """It answers twice."""


def test_a_class_becomes_an_exercise() -> None:
    assert isinstance(Hello, Exercise)
    assert (Hello.id, Hello.slug, Hello.files, Hello.points, Hello.next) == ("3.1", "3_1_hello", ("app.py",), 3, "3.2")
    assert [(one.name, one.title, one.points, one.needs) for one in Hello.checks] == [
        ("answers", "It answers.", 1, ()),
        ("answers_twice", "It answers twice.", 2, ("answers",)),
    ]


def test_exercises_are_found_in_the_order_of_their_numbers() -> None:
    later, last = replace(Hello, id="3.2"), replace(Hello, id="3.10")
    assert exercises_of({"x": 1, "c": last, "b": later, "a": "text", "d": Hello}) == (Hello, later, last)


def test_hidden_checks_are_kept_apart() -> None:
    @hidden("3.1")
    class Secret:
        @check(points=4, needs="answers")
        def greets_anyone():  # type: ignore[no-untyped-def]
            """It greets anyone."""

    found = hidden_checks_of({"a": Hello, "b": Secret})
    assert [(one.name, one.hidden, one.needs) for one in found["3.1"]] == [("greets_anyone", True, ("answers",))]
    assert Secret.points == 4


def test_a_check_without_a_docstring_is_refused() -> None:
    with pytest.raises(CourseError, match="has no docstring"):

        @check()
        def silent():  # type: ignore[no-untyped-def]
            pass


def test_needing_a_check_that_is_not_above_is_refused() -> None:
    class Body:
        @check(needs="later")
        def early():  # type: ignore[no-untyped-def]
            """Early."""

    with pytest.raises(CourseError, match="needs later"):
        exercise("1.1", "t", slug="1_1_t", files=[], minutes=1, hints=[])(Body)
