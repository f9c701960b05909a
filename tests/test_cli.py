"""The program ``grader``: statuses, words, and never a traceback."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from grader.cli import COMMANDS, main, parser

PYPROJECT = '[project]\nname = "trial"\nversion = "1"\n[tool.grader]\nchecks = "checks"\n'
CHECKS = '''
"""A trial."""
from grader.checks import check, exercise, expect

@exercise("5.1", "Name a number", slug="5_1_number", files=["number.txt"], minutes=5, hints=["One.", "Two.", "Three."])
class Number:
    @check(points=1)
    def is_seven(folder):
        """It is seven."""
        text = (folder / "number.txt").read_text()
        if text.strip() == "ours": raise KeyError("ours")
        expect(text).equals("7")
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with one exercise."""
    files = {
        "pyproject.toml": PYPROJECT,
        "checks/ch05_trial.py": CHECKS,
        "solutions/ch05_trial/5_1_number/number.txt": "### BEGIN SOLUTION\n7\n### END SOLUTION\n",
        "work/ch05_trial/5_1_number/number.txt": "# YOUR TEXT HERE\n",
    }
    for name, text in files.items():
        path = tmp_path / "course_of_mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "course_of_mine"


def run(root: Path, *arguments: str) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=120, color_system=None, highlight=False)
    status = main(["--course", str(root), *arguments], console)
    assert isinstance(console.file, io.StringIO)
    return status, console.file.getvalue()


def answer(root: Path, text: str) -> None:
    (root / "work/ch05_trial/5_1_number/number.txt").write_text(text)


def test_check_says_0_1_or_2(root: Path) -> None:
    assert run(root, "check", "5.1")[0] == 1
    answer(root, "8")
    status, text = run(root, "check", "ch05")
    assert (status, "found      '8'" in text) == (1, True)
    answer(root, "ours")
    assert run(root, "check", "all")[0] == 2
    answer(root, "7")
    status, text = run(root, "check", "5.1")
    assert (status, "The check passed." in text) == (0, True)


def test_check_can_speak_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer(root, "8")
    assert run(root, "check", "5.1", "--json")[0] == 1
    report = json.loads(capsys.readouterr().out)
    assert [check["outcome"] for check in report["exercises"][0]["checks"]] == ["failed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "9.9"),
        ("check", "../../etc"),
        ("hint", "5.1", "7"),
        ("hint", "x"),
        ("solution", "5.1"),
        ("grade", "/nowhere", "--allow-weak-isolation"),
        ("frobnicate",),
        ("check",),
        ("grade", "work", "--workers", "-3"),
        ("grade", "work", "--limit", "0"),
        ("replay", "grades.json", "ada", "5.1", "--other-seeds", "-1"),
        ("learn", "--hub", "--port", "8888"),
        ("learn", "--hub", "--no-browser"),
        ("hint", "5.1", "first"),
    ],
)
def test_bad_input_is_said_in_words_with_status_2(root: Path, arguments: tuple[str, ...]) -> None:
    status, text = run(root, *arguments)
    assert status == 2
    assert "Traceback" not in text


def test_check_without_a_work_folder_says_what_to_do(root: Path) -> None:
    for path in sorted((root / "work").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (root / "work").rmdir()
    status, text = run(root, "check", "5.1")
    assert (status, "Run: grader learn" in text) == (2, True)


def test_hints_open_one_by_one(root: Path) -> None:
    assert run(root, "hint", "5.1") == (0, "Hint 1 of 3: One.\n")
    assert run(root, "hint", "5.1") == (0, "Hint 1 of 3: One.\nHint 2 of 3: Two.\n")


def test_reset_keeps_a_backup_and_says_where(root: Path) -> None:
    answer(root, "mine")
    status, text = run(root, "reset", "5.1")
    assert (status, "work/.backup/5_1_number-1" in text) == (0, True)
    assert (root / "work/.backup/5_1_number-1/number.txt").read_text() == "mine"


def test_progress_shows_chapters_and_where_to_go_on(root: Path) -> None:
    status, text = run(root, "progress")
    assert status == 0
    assert "0 of 1 exercises done" in text
    assert "Go on with 5.1 Name a number" in text
    assert "grader learn --resume" in text


def test_progress_of_a_chapter_shows_its_exercises(root: Path) -> None:
    status, text = run(root, "progress", "ch05")
    assert status == 0
    assert "Name a number" in text
    assert "0/3" in text


def test_progress_can_speak_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "progress", "--json")[0] == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["next"], found["chapters"][0]["exercises"]) == (
        "5.1",
        [{"id": "5.1", "title": "Name a number", "state": "open"}],
    )


def test_our_own_failure_is_said_without_a_traceback(root: Path) -> None:
    (root / "checks/ch05_trial.py").write_text("import nothing_of_the_kind")
    status, text = run(root, "progress")
    assert status == 2
    assert "nothing_of_the_kind" in text
    assert "Traceback" not in text


def test_what_cannot_be_written_is_said_before_the_work_and_is_not_our_failure(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "file").write_text("mine")
    weak = "--allow-weak-isolation"
    for place in ("folder", "file/grades.json"):
        status, text = run(root, "grade", str(root / "work"), "--json", str(root / place), weak)
        assert (status, "where: " in text, "next: Name" in text, "itself failed" in text) == (2, True, True, False)
    status, text = run(root, "class", "package", "-o", str(root / "file" / "x.zip"))
    assert (status, "itself failed" in text) == (2, False)
    assert (root / "file").read_text() == "mine"


@pytest.mark.parametrize(("number", "words"), [(28, "No space left on device."), (13, "Permission denied.")])
def test_a_full_disk_is_said_in_words(root: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def full(*_: object) -> None:
        raise OSError(number, words.removesuffix("."))

    monkeypatch.setattr("grader.grading.files.os.fsync", full)
    status, text = run(root, "hint", "5.1")
    assert status == 2 and text.startswith(words) and "where: " in text and "next: " in text
    assert [path.name for path in (root / "work").glob(".progress*")] == [".progress.json.lock"]


def test_what_failed_of_ours_is_named_once_under_the_grades(root: Path) -> None:
    cell = {"cell_type": "code", "source": "%%writefile 5_1_number/number.txt\nours", "metadata": {}}
    for student in ("ada", "ben"):
        path = root / "submitted" / student / "ch05_trial" / "ch05_trial.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": [cell]}))
    status, text = run(root, "grade", str(root / "submitted"), "--workers", "1", "--allow-weak-isolation")
    assert status == 2
    assert "5.1 It is seven. KeyError: 'ours' (ch05_trial.py line 11) (2 times)" in text


@pytest.mark.parametrize("words", [("verify", "5.1"), ("handout", "5"), ("grade", "work", "--hidden")])
def test_where_there_are_no_solutions_what_needs_them_says_so(root: Path, words: tuple[str, ...]) -> None:
    (root / "solutions").rename(root / "elsewhere")
    status, text = run(root, *words)
    assert (status, text.startswith("This course comes without ")) == (2, True)


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_a_course_that_is_named_is_never_replaced_by_another(tmp_path: Path, place: str) -> None:
    status, text = run(tmp_path / place, "grade", str(tmp_path))
    assert (status, text.startswith("There is no course here.")) == (2, True)


def test_a_path_in_an_error_is_not_broken_over_lines(root: Path) -> None:
    path = root / "a folder with a name" / "that is long" / "grades.json"
    console = Console(file=io.StringIO(), width=30, color_system=None)
    assert main(["--course", str(root), "regrade", str(path)], console) == 2
    assert isinstance(console.file, io.StringIO)
    assert f"where: {path}\n" in console.file.getvalue()


def test_who_interrupts_reads_how_to_go_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (root / "ch05_trial.ipynb").write_text("{}")
    monkeypatch.setattr("grader.commands.teaching.grade_all", interrupted)
    status, text = run(root, "grade", str(root / "ch05_trial.ipynb"), "--workers", "1", "--allow-weak-isolation")
    assert (status, "--resume goes on from there" in " ".join(text.split())) == (130, True)


def test_where_nothing_can_be_printed_there_is_no_traceback(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    for words in (["progress"], ["check", "9.9"], ["hint", "5.1"]):
        assert main(["--course", str(root), *words], Console(file=Full(), width=80)) == 2
    assert capsys.readouterr().err == "grader: cannot print: No space left on device\n" * 3


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        assert main([command.name, "--help"]) == 0
        assert command.help.split(";")[0].split(",")[0] in " ".join(capsys.readouterr().out.split())


def test_no_two_commands_have_one_name() -> None:
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names))
    assert parser().prog == "grader"


def test_doctor_finds_what_this_machine_has(root: Path) -> None:
    status, text = run(root, "doctor")
    assert status in (0, 1)
    for name in ("Python", "course", "isolation", "environment", "sam"):
        assert name in text
