"""A class with everything that can be wrong in it: each has its sentence and its score, and all of it is graded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.grading.batch import Job, Terms, grade_all
from grader.grading.course import Course
from grader.grading.json_report import submission_json
from grader.grading.report import CheckResult, Submission
from grader.grading.sources import read_sources

CHAPTER = "ch03_web_service"
ROOT = Path(__file__).resolve().parents[2]
SOLUTION = {
    name: text.decode() for name, text in read_sources(ROOT / "solutions" / CHAPTER / "3_1_hello").solution.items()
}
YAML_BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
POINTS = {"nbgrader": {"grade_id": "check-3-1", "points": 1_000_000, "grade": True, "locked": False}}


def code(source: str, **metadata: Any) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "id": "x", "metadata": metadata, "source": source, "outputs": []}


def cells(**changed: str) -> list[dict[str, Any]]:
    """The answer cells of exercise 3.1: the solution, with some files changed."""
    files = {**SOLUTION, **{name.replace("_", "."): text for name, text in changed.items()}}
    return [code(f"%%writefile 3_1_hello/{name}\n{text}") for name, text in files.items()]


def notebook(*parts: dict[str, Any]) -> bytes:
    """A notebook's file."""
    return json.dumps({"cells": parts, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def handler(line: str) -> bytes:
    """A notebook whose function does one thing."""
    return notebook(*cells(app_py=f"import os, sys\n\n\ndef lambda_handler(event, context):\n    {line}\n"))


def template(text: str) -> bytes:
    """A notebook with another template."""
    return notebook(*cells(template_yaml=text))


# Graded in this order, in one warm process; whoever comes after a hostile one shows what it left behind.
CLASS: Mapping[str, bytes] = {
    "not_json": b"%PDF-1.7 this is my homework",
    "half_of_one": notebook(*cells())[:300],
    "a_list": b"[1, 2, 3]",
    "too_large": b"",  # made 100 MB below
    "lacks_cells": notebook(*cells()[:1]),
    "lacks_all": notebook({"cell_type": "markdown", "metadata": {}, "source": "I was ill."}),
    "has_two": notebook(*cells(app_py="def lambda_handler(event, context): return 1\n"), cells()[0], cells()[1]),
    "odd_cells": notebook(*cells(), *({"source": 5}, 7, None)),  # type: ignore[arg-type]  # that is the point
    "more_points": notebook(*cells(app_py="wrong"), code("1_000_000", **POINTS), code("check('3.1')", **POINTS)),
    "yaml_error": template("Resources:\n  A: [1, 2\n  B: 3\n"),
    "yaml_bomb": template(YAML_BOMB),
    "yaml_tag": template("Resources: !!python/object/apply:os.system ['touch /tmp/owned']\n"),
    "yaml_twice": template(SOLUTION["template.yaml"] + "Resources: {}\n"),
    "syntax_error": notebook(*cells(app_py="import json\n\ndef lambda_handler(event, context)\n    return 1\n")),
    "endless_loop": handler("while True: pass"),
    "good_1": notebook(*cells()),
    "os_exit": handler("os._exit(0)"),
    "good_2": notebook(*cells()),
    "gigabyte": handler("[print('x' * 2**20) for _ in range(1024)]"),
    "good_3": notebook(*cells()),
}
BROKEN = [name for name in CLASS if not name.startswith("good")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Submission]:
    """The class, graded once."""
    folder = tmp_path_factory.mktemp("submitted")
    for name, content in CLASS.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    with (folder / "too_large.ipynb").open("wb") as file:
        file.truncate(100_000_000)
    jobs = [Job(name, CHAPTER, folder / f"{name}.ipynb") for name in CLASS]
    grades = grade_all(jobs, Course.find(ROOT), Terms(), workers=1, results=folder / "results.jsonl")
    assert len((folder / "results.jsonl").read_text().splitlines()) == len(CLASS)
    return {submission.student: submission for submission in grades.submissions}


@pytest.fixture
def failure(graded: dict[str, Submission]) -> Callable[[str], CheckResult]:
    """What the report of somebody's 3.1 says first."""

    def of(student: str) -> CheckResult:
        found = graded[student].exercises[0].first_failure
        assert found is not None
        return found

    return of


@pytest.mark.parametrize(
    ("student", "score", "sentence"),
    [
        ("not_json", 0, "not_json.ipynb is not a notebook: Expecting value: line 1 column 1"),
        ("half_of_one", 0, "half_of_one.ipynb is not a notebook: Unterminated string starting at: line 1 column"),
        ("a_list", 0, "a_list.ipynb is not a notebook: it has no list of cells."),
        ("too_large", 0, "too_large.ipynb has 100 MB; a notebook of this course has less than one."),
        ("lacks_cells", 0, "Exercise 3.1: no cell writes 3_1_hello/template.yaml."),
        ("lacks_all", 0, "Exercises 3.1, 3.2, 3.3, 3.4 and 3.5 have no answer cells."),
        ("has_two", 6, "3_1_hello/app.py is written by more than one cell; the last one (cell 3) counts."),
        ("odd_cells", 6, "Cell 4 of odd_cells.ipynb is not a cell; it was passed over."),
        ("more_points", 0, "Exercises 3.2, 3.3, 3.4 and 3.5 have no answer cells."),
    ],
)
def test_a_bad_notebook_has_a_sentence_and_the_score_of_what_is_there(
    graded: dict[str, Submission], student: str, score: float, sentence: str
) -> None:
    found = graded[student]
    assert [problem for problem in found.problems if problem.startswith(sentence)], found.problems
    assert (found.score, found.max_score) == (score, graded["good_1"].max_score)


@pytest.mark.parametrize(
    ("student", "words", "place"),
    [
        ("yaml_error", "YAML not well-formed", ("template.yaml", 3)),
        ("yaml_bomb", "alias", ("template.yaml", None)),
        ("yaml_tag", "python/object/apply:os.system", ("template.yaml", 1)),
        ("yaml_twice", "Resources", ("template.yaml", len(SOLUTION["template.yaml"].splitlines()) + 1)),
        ("syntax_error", "Syntax error in module 'app': expected ':' (app.py, line 3)", None),
        ("endless_loop", "timed out", None),
        ("os_exit", "exited", None),
        ("gigabyte", "The function returned null", None),  # the flood is dropped where it is written
    ],
)
def test_a_bad_answer_is_told_what_is_wrong_and_where(
    failure: Callable[[str], CheckResult], student: str, words: str, place: tuple[str, int | None] | None
) -> None:
    found = failure(student)
    told = f"{found.found} {found.hint} {found.trace.text if found.trace else ''}"
    assert found.outcome == "failed" and found.points == 0
    assert words in told
    if place:
        assert found.location is not None and found.location.file == place[0]
        assert place[1] is None or found.location.line == place[1]


@pytest.mark.parametrize("student", BROKEN)
def test_nothing_of_ours_shows_and_the_grader_is_not_to_blame(graded: dict[str, Submission], student: str) -> None:
    text = json.dumps(submission_json(graded[student]))
    assert graded[student].score is not None
    assert "grader_error" not in text
    for word in ("Traceback", "site-packages", "grader/", str(ROOT)):
        assert word not in text
    assert len(text) < 100_000


@pytest.mark.parametrize("student", ["good_1", "good_2", "good_3"])
def test_whoever_comes_after_is_graded_as_if_nothing_had_been(graded: dict[str, Submission], student: str) -> None:
    assert graded[student].exercises[0].score == graded[student].exercises[0].max_score == 6


def test_no_code_of_a_template_was_run(graded: dict[str, Submission]) -> None:
    assert graded and not Path("/tmp/owned").exists()
