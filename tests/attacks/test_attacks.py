"""Answers that cheat or break things, judged for real: none earns a point it does not deserve, and nothing is harmed.

Every attack is handed in as an answer to exercise 3.1 and judged with the hidden checks in one warm process. The
answer that works is judged last, by the same process, and must have all of its points.
"""

from __future__ import annotations

import ast
import dataclasses
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
from grader.grading.report import ExerciseReport
from tests.attacks.attempts import (
    APP,
    DESERVE_SOME,
    LEVEL_3,
    NEVER_LAID_DOWN,
    NOSY,
    PRETENDING,
    ROOT,
    SOLUTION,
    WORTHLESS,
    telling,
)

WITHOUT_WALLS = pytest.mark.skipif(isolation_level() < 2, reason="this machine gives no walls: isolation level 1")


@pytest.fixture(scope="module")
def zygote() -> Iterator[AnswerZygote]:
    """One warm process for all attacks."""
    warm = AnswerZygote()
    yield warm
    warm.close()


def judge(zygote: AnswerZygote, files: dict[str, str]) -> ExerciseReport:
    """The report with hidden checks."""
    chapter, exercise = Course.find(ROOT).exercise("3.1")
    return zygote.judge(chapter, exercise, {**SOLUTION, **files}, hidden=True).report


def text(report: ExerciseReport) -> str:
    """Everything that a report says."""
    return json.dumps(dataclasses.asdict(report))


def host_is_unharmed() -> bool:
    """Nothing was written where only an attack would write."""
    return not any(
        Path(name).exists() for name in ("/tmp/owned-by-yaml", "/tmp/owned-by-pickle", "/tmp/course", "/tmp/f")
    )


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("attack", sorted(WORTHLESS))
def test_an_attack_earns_nothing_and_the_next_answer_all(zygote: AnswerZygote, attack: str) -> None:
    report = judge(zygote, WORTHLESS[attack])
    assert report.score is not None, text(report)
    right = {"answers_with_json", "says_that_it_is_json", "only_listens_to_get"}  # some forge only the id
    earned = {check.name for check in report.checks if check.points}
    assert earned <= (right if attack in DESERVE_SOME else set()), earned
    assert "Traceback" not in text(report) and "site-packages" not in text(report)
    assert len(text(report)) < 200_000
    assert host_is_unharmed()


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("attempt", sorted(NOSY))
def test_a_nosy_answer_finds_nothing(zygote: AnswerZygote, attempt: str) -> None:
    if attempt in LEVEL_3 and isolation_level() < 3:
        pytest.skip("only isolation level 3 hides this")
    program, forbidden = NOSY[attempt]
    first = judge(zygote, {"app.py": telling(program)}).first_failure
    assert first is not None
    found = ast.literal_eval(first.found)["found"]
    assert found.startswith("refused: ") or forbidden not in found, found
    assert host_is_unharmed()


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("attempt", sorted(PRETENDING))
def test_pretending_to_have_worked_never_earns_all(zygote: AnswerZygote, attempt: str) -> None:
    _, exercise_id, files = PRETENDING[attempt]
    chapter, exercise = Course.find(ROOT).exercise(exercise_id)
    report = zygote.judge(chapter, exercise, {**chapter_solution(exercise_id), **files}, hidden=True).report
    assert report.score is not None and report.score < report.max_score, text(report)


def chapter_solution(exercise_id: str) -> dict[str, str]:
    """Our answer to an exercise."""
    chapter, exercise = Course.find(ROOT).exercise(exercise_id)
    return {name: chapter.sources(exercise).solution[name].decode() for name in exercise.files}


@WITHOUT_WALLS
@pytest.mark.parametrize("name", sorted(NEVER_LAID_DOWN))
def test_a_file_that_no_exercise_declares_is_never_laid_down(zygote: AnswerZygote, name: str) -> None:
    report = judge(zygote, {name: "raise SystemExit('taken over')\n"})
    assert report.score == report.max_score


@WITHOUT_WALLS
def test_modules_that_an_answer_makes_at_run_time_stay_its_own(zygote: AnswerZygote) -> None:
    program = "import os, sys\nopen('/tmp/json.py', 'w').write('dumps = lambda x: 1')\nsys.path.insert(0, '/tmp')\n"
    judge(zygote, {"app.py": program + APP})
    assert judge(zygote, {"app.py": f"{APP}\n# the next one\n"}).outcome == "passed"


@WITHOUT_WALLS
def test_the_answer_that_works_has_all_points_after_all_of_them(zygote: AnswerZygote) -> None:
    report = judge(zygote, {"app.py": f"{APP}\n# mine\n"})
    assert report.score == report.max_score
    assert os.getpid() > 1 and host_is_unharmed()


def test_magics_and_shell_lines_of_a_notebook_are_never_run() -> None:
    exercises = Course.find(ROOT).chapter("ch03").exercises
    sources = ["!touch /tmp/owned-by-yaml", "%%bash\ntouch /tmp/owned-by-yaml", "%run x.py", "%%writefile ../../x\nx"]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    answers = answers_in(json.dumps({"cells": cells}).encode(), exercises)
    assert answers.files == {} and host_is_unharmed()


def test_nobody_hands_in_as_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "mallory" / "ch03_web_service" / "ch03_web_service.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps({"cells": [], "metadata": {"nbgrader": {"student": "ada"}, "authors": [{"name": "ada"}]}})
    )
    assert [job.student for job in find_jobs([tmp_path], Course.find(ROOT))] == ["mallory"]
