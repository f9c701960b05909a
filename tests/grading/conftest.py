"""The trial course for the tests of grading."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.course import Course
from tests.a_trial_course import trial_course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The trial course in a folder of its own."""
    return trial_course(tmp_path / "trial_course")
