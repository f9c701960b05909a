"""A report graded again: who would have another score, before anything is written."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.regrading import changes, graded_again
from grader.cli import main
from grader.grading.client import shared_zygote
from grader.grading.course import Course
from grader.grading.json_report import grades_from
from tests.a_trial_course import FILES, STEM, write_notebook


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The trial course, with the seed of a class."""
    for name, text in {**FILES, "class.toml": "seed = 11\nown_seeds = true\n"}.items():
        path = tmp_path / "trial" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))
    return Course.find(tmp_path / "trial")


def grader(course: Course, *words: str) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    status = main(["--course", str(course.root), *words], console)
    assert isinstance(console.file, io.StringIO)
    return status, console.file.getvalue()


def test_a_changed_check_changes_the_score_that_the_difference_names_and_only_then_the_report(
    course: Course, tmp_path: Path
) -> None:
    for student, number in (("ada", "7"), ("ben", "8")):
        write_notebook(course.root / "submitted" / student / STEM / f"{STEM}.ipynb", number)
    report = tmp_path / "grades.json"
    weak = "--allow-weak-isolation"
    grade = ["grade", str(course.root / "submitted"), "--hidden", "--json", str(report), "--workers", "1", weak]
    assert grader(course, *grade)[0] == 0
    before = report.read_text()
    seeds = {one["student"]: one["seed"] for one in json.loads(before)["submissions"]}
    assert len({*seeds.values(), 11}) == 3
    graded = grades_from(json.loads(before))
    assert changes(graded, graded_again(graded, course, [shared_zygote()])) == []
    checks = course.root / "checks" / f"{STEM}.py"
    checks.write_text(checks.read_text().replace("equals(7)", "equals(8)"))
    again = ["regrade", str(report), "--workers", "1", weak]
    status, text = grader(course, *again, "--diff")
    assert status == 1 and report.read_text() == before
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if "5.1" in line]
    assert rows == [
        ["ada", "5.1", "4", "2", "other checks; fails now: The number is seven."],
        ["ben", "5.1", "2", "4", "other checks"],
    ]
    assert grader(course, *again)[0] == 0
    assert (tmp_path / "grades.json.before").read_text() == before
    after = json.loads(report.read_text())["submissions"]
    assert [(one["student"], one["score"], one["seed"]) for one in after] == [
        ("ada", 3, seeds["ada"]), ("ben", 5, seeds["ben"])
    ]  # fmt: skip


def test_from_another_folder_or_without_a_notebook_nobody_gets_nothing(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = write_notebook(course.root / "submitted" / "ada" / STEM / f"{STEM}.ipynb", "7")
    monkeypatch.chdir(course.root)
    weak = ["--workers", "1", "--allow-weak-isolation"]
    assert grader(course, "grade", "submitted", "--json", "grades.json", *weak)[0] == 0
    report = course.root / "grades.json"
    before = report.read_text()
    monkeypatch.chdir(tmp_path)
    for kept in ("grades.json.before", "grades.json.before.2"):
        status, text = grader(course, "regrade", str(report), *weak)
        assert (status, "No score changes." in text, kept in text) == (0, True, True)
        assert report.read_text() == before == report.with_name(kept).read_text()
    notebook.unlink()
    status, text = grader(course, "regrade", str(report), *weak)
    assert status == 2 and "1 of the report's 1 notebooks are not where they were" in text
    assert report.read_text() == before


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2}', '{"schema": 1}', '{"schema": 1, "submissions": [5]}', "[" * 99_999]
)
def test_what_is_no_report_is_said(course: Course, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    for words in (["regrade"], ["return", "-o", "x.zip"], ["scores", "--roster", "none", "-o", "y", "--report"]):
        status, said = grader(course, *words, str(tmp_path / "x.json"))
        assert status == 2 and "Traceback" not in said and "failed:" not in said
