"""Reading answers out of notebooks, hostile ones included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.checks.exercise import Exercise
from grader.grading.answers import MAX_NOTEBOOK_BYTES, Answers, answers_in, read_answers

HELLO = Exercise("3.1", "Hello", "3_1_hello", ("template.yaml", "app.py"), 5, (), ())
DATE = Exercise("3.2", "Date", "3_2_date", ("app.py",), 5, (), ())
EXERCISES = (HELLO, DATE)


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **more}


def notebook(*cells: Any, **more: Any) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


WHOLE = (
    code("%%writefile 3_1_hello/template.yaml\nResources: {}\n"),
    code(["%%writefile 3_1_hello/app.py\n", "x = 1\n", "y = 2"]),
    code("%%writefile 3_2_date/app.py\npass\n"),
)
FILES = {"3.1": {"template.yaml": "Resources: {}\n", "app.py": "x = 1\ny = 2\n"}, "3.2": {"app.py": "pass\n"}}


def test_answers_are_the_writefile_cells_of_known_files() -> None:
    assert answers_in(notebook(code("import os"), *WHOLE, code("%%bash\nrm -rf /")), EXERCISES) == Answers(FILES)


def test_a_byte_order_mark_windows_line_ends_and_a_retyped_cell_change_nothing() -> None:
    retyped = {"cell_type": "markdown", "source": "%%writefile  ./3_2_date/app.py \r\npass\r\n"}
    found = answers_in(b"\xef\xbb\xbf" + notebook(*WHOLE[:2], retyped), EXERCISES)
    assert found.files == FILES
    assert found.problems == ("Cell 3 writes a file but is no code cell any more; its text was taken as the answer.",)


def test_of_two_cells_the_last_counts_and_is_noted() -> None:
    found = answers_in(notebook(*WHOLE, code("%%writefile 3_2_date/app.py\nagain\n")), EXERCISES)
    assert found.files["3.2"] == {"app.py": "again\n"}
    assert found.problems == ("3_2_date/app.py is written by more than one cell; the last one (cell 4) counts.",)


def test_another_chapters_notebook_is_said_once() -> None:
    others = [code(f"%%writefile 4_{number}_other/app.py\npass\n") for number in (1, 2, 3)]
    found = answers_in(notebook(*others), EXERCISES)
    assert found.files == {} and found.problems == (
        "No cell answers an exercise of this chapter, but '4_1_other/app.py' and 2 more files are written: "
        "is it another chapter's notebook?",
    )
    assert len(answers_in(notebook(*others, WHOLE[2]), EXERCISES).problems) == 4  # each by itself, and what is missing


def test_a_notebook_from_before_nbformat_4_says_how_it_becomes_one_of_today() -> None:
    (problem,) = answers_in(b'{"worksheets": [{"cells": []}], "nbformat": 3}', EXERCISES).problems
    assert problem.endswith("as before nbformat 4; open it in JupyterLab and save it.")


def test_missing_cells_are_noted_and_the_others_are_read() -> None:
    found = answers_in(notebook(WHOLE[1]), EXERCISES)
    assert found.files == {"3.1": {"app.py": "x = 1\ny = 2\n"}}
    assert found.problems == (
        "Exercise 3.1: no cell writes 3_1_hello/template.yaml.",
        "Exercise 3.2: no cell writes 3_2_date/app.py.",
    )


def test_exercises_without_any_cell_are_noted_together() -> None:
    assert answers_in(notebook(), EXERCISES).problems == ("Exercises 3.1 and 3.2 have no answer cells.",)


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "3_1_hello/../../x",
        "3_1_hello/hidden_checks.py",
        "3_1_hello//app.py",
        "3_2_date/app.py/../app.py",
        "-a 3_2_date/app.py",
        "",
        "\x1b[31m",
    ],
)
def test_only_declared_files_can_be_written(path: str) -> None:
    found = answers_in(notebook(*WHOLE, code(f"%%writefile {path}\nevil")), EXERCISES)
    assert found.files == FILES
    assert len(found.problems) == 1
    assert "\x1b" not in found.problems[0]


def test_metadata_is_not_looked_at() -> None:
    tampered = {"nbgrader": {"points": 1000, "grade": True, "grade_id": "check-3-1", "solution": "yes"}}
    cells = [{**cell, "metadata": tampered, "id": "same"} for cell in WHOLE]
    assert answers_in(notebook(*cells, metadata=["no", "dictionary"]), EXERCISES) == Answers(FILES)


def test_characters_that_no_file_may_have_are_left_out() -> None:
    found = answers_in(notebook(*WHOLE[:2], code("%%writefile 3_2_date/app.py\na\0b\ud800c\n")), EXERCISES)
    assert found.files["3.2"] == {"app.py": "abc\n"}
    assert "NUL" in found.problems[0]


def test_a_file_that_is_too_long_is_not_taken() -> None:
    found = answers_in(notebook(*WHOLE[:2], code("%%writefile 3_2_date/app.py\n" + "#" * 1_000_001)), EXERCISES)
    assert "3.2" not in found.files
    assert "1,000,002 characters" in found.problems[0] or "1,000,001 characters" in found.problems[0]


@pytest.mark.parametrize("cell", [None, 7, [], {}, code(None), code(3), code([1, 2]), code({"a": 1})])
def test_a_cell_that_is_none_is_passed_over(cell: Any) -> None:
    found = answers_in(notebook(cell, *WHOLE), EXERCISES)
    assert found.files == FILES
    assert found.problems == ("Cell 1 of the notebook is not a cell; it was passed over.",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"cells": {}}',
        b"[" * 100_000,
        b'{"cells": [' + b"1" * 5_000 + b"]",
        b"null",
        b"NaN",
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(content: bytes) -> None:
    found = answers_in(content, EXERCISES, "x.ipynb")
    assert (found.files, found.readable) == ({}, False)
    assert found.problems[0].startswith("x.ipynb is not a notebook")


def test_numbers_that_nobody_can_read_are_no_crash() -> None:
    assert not answers_in(b'{"cells": ' + b"9" * 5_000 + b"}", EXERCISES).readable


def test_a_huge_file_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(MAX_NOTEBOOK_BYTES + 1)
    assert read_answers(path, EXERCISES).problems == (
        "huge.ipynb has 50 MB; a notebook of this course has less than one.",
    )


def test_links_folders_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real.ipynb").write_bytes(notebook(*WHOLE))
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    assert read_answers(tmp_path / "real.ipynb", EXERCISES) == Answers(FILES)
    for name in ("link", "folder", "nothing"):
        assert read_answers(tmp_path / f"{name}.ipynb", EXERCISES).problems == (
            f"{name}.ipynb is not an ordinary file.",
        )


def test_thousands_of_problems_are_capped() -> None:
    found = answers_in(notebook(*[None] * 10_000, *WHOLE), EXERCISES)
    assert (found.files, len(found.problems)) == (FILES, 50)


def test_the_digest_depends_on_the_answers_only() -> None:
    one, two = answers_in(notebook(*WHOLE), EXERCISES), answers_in(notebook(*reversed(WHOLE)), EXERCISES)
    other = answers_in(notebook(*WHOLE[:2], code("%%writefile 3_2_date/app.py\nother\n")), EXERCISES)
    assert one.digest == two.digest != other.digest
