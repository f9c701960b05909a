"""Where a learner stands, and where to go on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading.course import Course
from grader.grading.record import Record
from grader.grading.report import CheckResult, ExerciseReport
from grader.notebooks.build import build_course
from grader.notebooks.overview import Links, overview_page
from grader.notebooks.standing import ChapterState, ExerciseState, Standing, standing_in


def chapter(number: int, *states: str) -> ChapterState:
    exercises = tuple(
        ExerciseState(f"{number}.{at}", f"Task {at}", 10, state, f"cell-{number}-{at}")  # type: ignore[arg-type]
        for at, state in enumerate(states, 1)
    )
    return ChapterState(f"ch{number:02}_x", number, f"Chapter {number}", 60, exercises)


TWO = (chapter(1, "passed", "open"), chapter(2, "tried", "open"))


@pytest.mark.parametrize(
    ("last", "next_one"),
    [("", "1.2"), ("1.1", "1.2"), ("2.1", "2.1"), ("2.2", "2.2"), ("9.9", "1.2")],
)
def test_one_goes_on_where_one_stopped(last: str, next_one: str) -> None:
    following = Standing(TWO, last).next

    assert following is not None and following[1].id == next_one


def test_behind_the_last_exercise_comes_the_first_open_one() -> None:
    done = Standing((chapter(1, "open", "open"), chapter(2, "passed", "passed")), "2.2")

    assert done.next is not None and done.next[1].id == "1.1"
    assert Standing((chapter(1, "passed"),), "1.1").next is None


def test_the_page_links_to_the_exercise_itself() -> None:
    page = overview_page(Standing(TWO, "2.1"), Links(Path("work"), Path("work/ch01_x"))).body

    assert 'href="../ch02_x/ch02_x.ipynb#cell-id=cell-2-1">2.1 Task 1</a>, in chapter 2' in page
    assert page.count("<li") == 2
    assert page.count('class="rs-here"') == 1


def test_dots_are_told_in_words() -> None:
    assert 'aria-label="2.1 tried, 2.2 open"' in overview_page(Standing(TWO), Links(Path("work"), Path("work"))).body


def test_everything_done_is_said_once_and_calmly() -> None:
    done = Standing((replace(chapter(1, "passed"), minutes=5),), "1.1")

    assert "Everything is done." in overview_page(done, Links(Path("work"), Path("work"))).text


def test_cells_and_states_come_from_the_built_notebook_and_the_record(course: Course) -> None:
    build_course(course=course)
    report = ExerciseReport("90.1", "Double", (CheckResult("a", "A.", "failed", 0, 2),))
    Record(course.root / "work").note_try(report, {"a": "1"})

    standing = standing_in(course)
    mine = next(one for one in standing.chapters if one.number == 90)

    assert standing.last == "90.1"
    cell = mine.exercises[0].cell
    assert mine == ChapterState(mine.stem, 90, "Doubling", 20, (ExerciseState("90.1", "Double", 5, "tried", cell),))
    notebook = json.loads((course.generated / mine.stem / f"{mine.stem}.ipynb").read_text("utf-8"))
    named = next(one for one in notebook["cells"] if one["id"] == cell)
    assert "".join(named["source"]).startswith("### Exercise 90.1")


def test_a_notebook_that_is_broken_hides_no_exercise(course: Course) -> None:
    build_course(course=course)
    for file in course.generated.rglob("*.ipynb"):
        file.write_text(json.dumps([1, 2]))

    assert "90.1" in [one.id for chapter in standing_in(course).chapters for one in chapter.exercises]
