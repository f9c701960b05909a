"""Answers that cheat or break things, judged for real: none earns a point it does not deserve, and nothing is harmed.

Every attack is handed in as an answer to exercise 3.1 and judged with the hidden checks in one warm process. The
answer that works is judged last, by the same process, and must have all of its points.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud.environment import isolation_level
from grader.grading.answers import answers_in
from grader.grading.batch import find_jobs
from grader.grading.client import AnswerZygote
from grader.grading.course import Course
from tests.attacks.attempts import APP, NEVER_LAID_DOWN, NOSY, PRETENDING, ROOT, WORTHLESS
from tests.attacks.trying import Tried, attempt, judge, next_one, tracks

WITHOUT_WALLS = pytest.mark.skipif(isolation_level() < 2, reason="this machine gives no walls: isolation level 1")


@pytest.fixture(scope="module")
def zygote() -> Iterator[AnswerZygote]:
    """One warm process for all attacks."""
    warm = AnswerZygote()
    yield warm
    warm.close()


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("name", sorted({*WORTHLESS, *PRETENDING}))
def test_an_attack_earns_nothing_and_harms_nothing(zygote: AnswerZygote, name: str) -> None:
    assert attempt(zygote, name) == Tried(name)


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("name", sorted(NOSY))
def test_a_nosy_answer_finds_nothing(zygote: AnswerZygote, name: str) -> None:
    assert attempt(zygote, name) == Tried(name)


@WITHOUT_WALLS
@pytest.mark.parametrize("name", sorted(NEVER_LAID_DOWN))
def test_a_file_that_no_exercise_declares_is_never_laid_down(zygote: AnswerZygote, name: str) -> None:
    assert attempt(zygote, name) == Tried(name)


@WITHOUT_WALLS
def test_modules_that_an_answer_makes_at_run_time_stay_its_own(zygote: AnswerZygote) -> None:
    program = "import os, sys\nopen('/tmp/json.py', 'w').write('dumps = lambda x: 1')\nsys.path.insert(0, '/tmp')\n"
    judge(zygote, {"app.py": program + APP})
    assert judge(zygote, {"app.py": f"{APP}\n# the next one\n"}).outcome == "passed"


@WITHOUT_WALLS
def test_the_answer_that_works_has_all_points_after_all_of_them(zygote: AnswerZygote) -> None:
    assert next_one(zygote, "all of them") == ""
    assert os.getpid() > 1 and not tracks()


def test_magics_and_shell_lines_of_a_notebook_are_never_run() -> None:
    exercises = Course.find(ROOT).chapter("ch03").exercises
    sources = ["!touch /tmp/owned-by-yaml", "%%bash\ntouch /tmp/owned-by-yaml", "%run x.py", "%%writefile ../../x\nx"]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    answers = answers_in(json.dumps({"cells": cells}).encode(), exercises)
    assert answers.files == {} and not tracks()


def test_nobody_hands_in_as_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "mallory" / "ch03_web_service" / "ch03_web_service.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps({"cells": [], "metadata": {"nbgrader": {"student": "ada"}, "authors": [{"name": "ada"}]}})
    )
    assert [job.student for job in find_jobs([tmp_path], Course.find(ROOT))] == ["mallory"]
