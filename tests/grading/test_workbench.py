"""A learner's exercises on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.client import Verdict
from grader.grading.course import Chapter, Course
from grader.grading.report import CheckResult, ExerciseReport
from grader.grading.workbench import Workbench


class FakeZygote:
    """Passes whoever writes a seven."""

    def judge(self, chapter: Chapter, exercise: Exercise, files: Mapping[str, str], **_: Any) -> Verdict:
        outcome: Any = "passed" if "7" in files.get("number.txt", "") else "failed"
        return Verdict(ExerciseReport(exercise.id, exercise.title, (CheckResult("a", "A.", outcome, 0, 1),)))


@pytest.fixture
def bench(course: Course) -> Workbench:
    """A workbench with the starting files laid out."""
    bench = Workbench(course, zygote=FakeZygote())  # type: ignore[arg-type]  # all that a workbench needs of one
    for chapter, exercise in course.exercises():
        bench.reset(chapter, exercise)
    return bench


def test_a_check_reads_the_files_and_notes_the_try(bench: Workbench) -> None:
    chapter, number = bench.course.exercise("5.1")
    (bench.folder(chapter, number) / "number.txt").write_text("8\n")
    checked = bench.check(chapter, number)
    assert (checked.report.outcome, checked.problems, len(checked.record.tries)) == ("failed", (), 1)


def test_a_file_that_cannot_be_read_is_a_problem_in_words(bench: Workbench) -> None:
    chapter, number = bench.course.exercise("5.1")
    folder = bench.folder(chapter, number)
    (folder / "number.txt").unlink()
    (folder / "note.txt").write_bytes(b"ab\xff")
    assert bench.files(chapter, number) == (
        {},
        [
            "5_1_number/number.txt is not there; it counts as not written.",
            "5_1_number/note.txt is not UTF-8 text (byte 3); it counts as not written.",
        ],
    )


def test_a_changed_given_file_is_told(bench: Workbench) -> None:
    chapter, hello = bench.course.exercise("5.2")
    (bench.folder(chapter, hello) / "given.txt").write_text("mine")
    assert bench.check(chapter, hello).problems == (
        "5_2_hello/given.txt differs from the file that the course gives; the check used the course's.",
    )


def test_hints_open_one_after_another(bench: Workbench) -> None:
    _, number = bench.course.exercise("5.1")
    assert [len(bench.hints(number)) for _ in range(4)] == [1, 2, 3, 3]
    with pytest.raises(CourseError, match="hints 1 to 3"):
        bench.hints(number, 4)


def test_the_solution_opens_after_a_pass_or_three_honest_tries(bench: Workbench) -> None:
    chapter, number = bench.course.exercise("5.1")
    file = bench.folder(chapter, number) / "number.txt"
    for tries, words in enumerate(("3 more honest tries", "2 more honest tries", "one more honest try"), start=1):
        with pytest.raises(CourseError, match=words):
            bench.solution(chapter, number)
        file.write_text(f"{tries}\n")
        bench.check(chapter, number)
    assert bench.solution(chapter, number) == {"number.txt": "7\n", "note.txt": "my note\n"}
    assert bench.record.of("5.1").solution_shown


def test_a_reset_keeps_what_was_there(bench: Workbench) -> None:
    chapter, number = bench.course.exercise("5.1")
    file = bench.folder(chapter, number) / "number.txt"
    starter = file.read_text()
    assert bench.reset(chapter, number) is None
    for text in ("first", "second"):
        file.write_text(text)
        backup = bench.reset(chapter, number)
        assert backup is not None
        assert (backup / "number.txt").read_text() == text
        assert not (backup / "note.txt").exists()
        assert file.read_text() == starter


def test_a_trainers_setting_opens_every_solution(bench: Workbench) -> None:
    chapter, number = bench.course.exercise("5.1")
    with pytest.raises(CourseError, match="opens after a pass"):
        bench.solution(chapter, number)
    settings = bench.course.root / "pyproject.toml"
    settings.write_text(settings.read_text("utf-8") + "open_solutions = true\n", "utf-8")
    opened = Workbench(Course.find(bench.course.root), bench.work, zygote=FakeZygote())  # type: ignore[arg-type]
    assert "number.txt" in opened.solution(chapter, number)
