"""A class: the course in a temporary folder, students of chapter 3, graded by us and by nbgrader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from grader.classroom.settings import COURSE_ID, gradebook_url
from grader.grading.batch import Terms, find_jobs, grade_all
from grader.grading.client import AnswerZygote
from grader.grading.course import Chapter, Course
from grader.grading.report import Grades
from tests.a_class import the_class
from tests.students import CHAPTER, Student, answers_of, course_of_a_class

SLOW = ("n05_endless_loop", "n07_gigabyte")  # wait for real timeouts: only in the journey


@dataclass
class Classroom:
    """A course in nbgrader's hands.

    Attributes
    ----------
    expected
        What ``grader grade --hidden`` says about the same notebooks.
    """

    course: Course
    nbgrader: NbGraderAPI
    students: list[Student]
    expected: Grades

    @property
    def chapter(self) -> Chapter:
        return self.course.chapter(CHAPTER)

    def gradebook(self) -> Gradebook:
        return Gradebook(gradebook_url(self.course.root), COURSE_ID)

    def autograde(self, student: str = "*") -> dict[str, Any]:
        result: dict[str, Any] = self.nbgrader.autograde(CHAPTER, student)
        return result

    def autograded(self, student: str) -> dict[str, Any]:
        path = self.course.root / "autograded" / student / CHAPTER / f"{CHAPTER}.ipynb"
        notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return notebook

    def grades(self, student: str) -> dict[str, tuple[float | None, float | None, bool]]:
        """Automatic score, manual score and whether a person must grade, by name of the cell."""
        with self.gradebook() as book:
            submission = book.find_submission(CHAPTER, student)
            return {
                grade.name: (grade.auto_score, grade.manual_score, bool(grade.needs_manual_grade))
                for notebook in submission.notebooks
                for grade in notebook.grades
            }


def nbgrader_of(root: Path) -> NbGraderAPI:
    """nbgrader's Python interface with the course's own configuration file."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def remembering(judge_all: Callable[..., Any]) -> Callable[..., Any]:
    """``judge_all`` that judges answers once; what is read, rebuilt and saved is done anew each time."""
    known: dict[str, Any] = {}

    def remembered(self: AnswerZygote, chapter: Chapter, answers: Any, **terms: Any) -> Any:
        told = [[exercise.id, dict(files)] for exercise, files in answers]
        key = json.dumps([chapter.stem, told, terms], sort_keys=True)
        if key not in known:
            known[key] = judge_all(self, chapter, answers, **terms)
        return known[key]

    return remembered


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory, hasty_gradebook: None) -> Iterator[Classroom]:
    """The class after ``generate_assignment``, collecting and ``autograde``."""
    course = course_of_a_class(tmp_path_factory.mktemp("classroom"))
    chapter = course.chapter(CHAPTER)
    pool = answers_of(chapter, only=("3.1",), most=1)
    students = [student for student in the_class(chapter, pool) if student.name not in SLOW]
    for student in students:
        student.hand_in(course.root / "submitted")
    (course.root / "submitted" / "ada" / CHAPTER / "notes.txt").symlink_to(course.root / "pyproject.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AnswerZygote, "judge_all", remembering(AnswerZygote.judge_all))
        expected = grade_all(find_jobs([course.root / "submitted"], course), course, Terms(hidden=True), workers=2)
        yield Classroom(course, nbgrader_of(course.root), students, expected)
