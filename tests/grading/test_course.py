"""The course as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.grading.course import Course


def test_the_course_is_found_from_any_folder_in_it(course: Course) -> None:
    inside = course.solutions / "ch05_trial" / "5_1_number"
    assert Course.find(inside) == course
    assert course.version == "1.2"


def test_outside_of_any_course_the_one_that_grader_came_with_is_meant(tmp_path: Path) -> None:
    assert Course.find(tmp_path).root == Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["ch05_trial", "ch05", "5"])
def test_chapters_have_several_names(course: Course, name: str) -> None:
    chapter = course.chapter(name)
    assert (chapter.stem, chapter.title, chapter.number) == ("ch05_trial", "A trial", 5)


def test_exercises_are_found_by_id_and_slug(course: Course) -> None:
    for name in ("5.2", "5_2_hello"):
        chapter, exercise = course.exercise(name)
        assert (chapter.stem, exercise.id) == ("ch05_trial", "5.2")


def test_what_a_learner_means(course: Course) -> None:
    def ids(name: str) -> list[str]:
        return [exercise.id for _, exercise in course.select(name)]

    assert (ids("5.1"), ids("ch05"), ids("all")) == (["5.1"], ["5.1", "5.2"], ["5.1", "5.2"])


@pytest.mark.parametrize("name", ["5.9", "6.1", "nothing", "../etc"])
def test_what_is_not_there_is_named_with_what_is(course: Course, name: str) -> None:
    with pytest.raises(CourseError) as refusal:
        course.select(name)
    assert name in refusal.value.what
    assert "5" in str(refusal.value.next_step)


def test_points_are_visible_and_hidden_ones(course: Course) -> None:
    chapter, number = course.exercise("5.1")
    assert (number.points, chapter.points(number)) == (3, 4)


def test_sources_are_cut_from_the_solution(course: Course) -> None:
    chapter, hello = course.exercise("5.2")
    sources = chapter.sources(hello)
    assert sources.starter == {"given.txt": b"given\n", "hello.txt": b"goodbye\n"}
    assert sources.solution == {"given.txt": b"given\n", "hello.txt": b"hello\n"}


def test_without_solutions_the_generated_course_gives_the_starters(course: Course) -> None:
    chapter, hello = course.exercise("5.2")
    folder = course.generated / "ch05_trial" / "5_2_hello"
    folder.mkdir(parents=True)
    (folder / "hello.txt").write_text("goodbye\n")
    for path in sorted(chapter.solution_folder(hello).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    chapter.solution_folder(hello).rmdir()
    assert chapter.sources(hello).starter == {"hello.txt": b"goodbye\n"}
