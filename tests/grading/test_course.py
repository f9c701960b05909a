"""The course as files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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


def test_each_exercise_leads_on_to_the_one_that_follows(course: Course) -> None:
    following = {exercise.id: exercise.next for _, exercise in course.exercises()}
    assert following == {"5.1": "5.2", "5.2": None}
    own = Course.find(Path(__file__))
    ids = [exercise.id for _, exercise in own.exercises()]
    assert [exercise.next for _, exercise in own.exercises()] == [*ids[1:], None]


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


def in_a_package(course: Course) -> Course:
    """The course with one module for each exercise of its chapter."""
    checks = course.checks / "ch05_trial.py"
    head, number, hello = checks.read_text().partition("@exercise(")[0], *checks.read_text().split("@exercise(")[1:]
    package = course.checks / "ch05_trial"
    package.mkdir()
    (package / "__init__.py").write_text(
        '"""Chapter 5, a trial."""\nfrom .number import Number\nfrom .hello import Hello\n'
    )
    (package / "number.py").write_text(f"{head}@exercise({number}")
    (package / "hello.py").write_text(f"{head}@exercise({hello}")
    checks.unlink()
    return Course.find(course.root)


def test_checks_may_be_a_package_with_a_module_for_each_exercise(course: Course) -> None:
    chapter = in_a_package(course).chapter("ch05")
    assert [exercise.id for exercise in chapter.exercises] == ["5.1", "5.2"]
    assert chapter.points(chapter.exercises[0]) == 4


def test_threads_may_load_the_checks_of_one_chapter_at_the_same_time(course: Course) -> None:
    root = in_a_package(course).root
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: [*Course.find(root).chapter("ch05").hidden_checks()], range(60)))
    assert found == [["5.1"]] * 60


def test_the_digest_of_a_package_tells_of_every_module(course: Course) -> None:
    packaged = in_a_package(course)
    before = packaged.checks_digest(packaged.chapter("ch05"), hidden=False)
    hello = packaged.checks / "ch05_trial" / "hello.py"
    hello.write_text(hello.read_text().replace('"a", "b", "c"', '"a", "b", "d"'))
    again = Course.find(course.root)
    assert again.checks_digest(again.chapter("ch05"), hidden=False) != before
    assert again.chapter("ch05").exercises[1].hints == ("a", "b", "d")


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


def test_the_work_folder_is_ones_own_where_many_share_a_course(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNNING_SERVERLESS_WORK", raising=False)
    assert course.work == course.root / "work"
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != course.root)
    assert course.work == Path.home() / "running-serverless"
    monkeypatch.setenv("RUNNING_SERVERLESS_WORK", str(course.root / "mine"))
    assert course.work == course.root / "mine"
