"""Every chapter's notebook with our answers gets full marks from nbgrader, as it does from ``grader grade``."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from grader.grading.course import Course
from tests.students import Student, answered, answers_of, course_of_a_class, released

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(os.name == "nt", reason="nbgrader's exchange needs Linux or macOS"),
]
CHAPTERS = [chapter.stem for chapter in Course.find(Path(__file__)).chapters if chapter.number]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, hasty_gradebook: None) -> Course:
    """All chapters, and one student who has solved them."""
    course = course_of_a_class(tmp_path_factory.mktemp("course"), CHAPTERS)
    for chapter in map(course.chapter, CHAPTERS):
        notebook = answered(released(chapter), chapter, answers_of(chapter).solution)
        Student("ada", notebook).hand_in(course.root / "submitted", chapter.stem)
    return course


@pytest.fixture
def nbgrader(course: Course, monkeypatch: pytest.MonkeyPatch) -> NbGraderAPI:
    """nbgrader with the course's own configuration."""
    monkeypatch.chdir(course.root)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # nbgrader calls alembic
    settings = PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()
    settings.merge(Config({"CourseDirectory": {"root": str(course.root)}}))
    return NbGraderAPI(CourseDirectory(config=settings), config=settings)


@pytest.mark.parametrize("stem", CHAPTERS)
def test_our_answers_get_full_marks(course: Course, nbgrader: NbGraderAPI, stem: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own, of SQLAlchemy
        generated = nbgrader.generate_assignment(stem)
        graded = nbgrader.autograde(stem, "ada")
        with Gradebook(nbgrader.coursedir.db_url) as gradebook:
            score = gradebook.find_submission(stem, "ada").score

    assert (generated["success"], graded["success"]) == (True, True), graded["log"] or generated["log"]
    everything = sum(course.chapter(stem).points(exercise) for exercise in course.chapter(stem).exercises)
    assert score == everything  # beside it there are points that a person gives
