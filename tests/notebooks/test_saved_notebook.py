"""The saved cell and the file on disk must agree before anything is judged."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from grader.checks.exercise import Exercise
from grader.notebooks import saved_notebook
from grader.notebooks.saved_notebook import Agreements, disagreement_page, disagreements, session_notebook, settled

EXERCISE = Exercise("9.1", "Double", "9_1_double", ("app.py",), 5, ("a", "b", "c"), ())


def kept(folder: Path) -> Agreements:
    return Agreements(folder / "agreed.json")


def lay(folder: Path, cell: str, file: str, file_is_newer: bool) -> Path:
    """A saved notebook and an answer file, one a minute older than the other."""
    notebook = folder / "ch09.ipynb"
    source = f"%%writefile 9_1_double/app.py\n{cell}"
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source}]}))
    answer = folder / "9_1_double/app.py"
    answer.parent.mkdir(exist_ok=True)
    answer.write_text(file)
    os.utime(notebook, (1000, 1000))
    os.utime(answer, (1060, 1060) if file_is_newer else (940, 940))
    return notebook


def test_agreement_is_silent_about_blank_ends(tmp_path: Path) -> None:
    notebook = lay(tmp_path, "x = 1  ", "x = 1\n\n", True)
    assert disagreements(notebook, EXERCISE, tmp_path / "9_1_double") == []


@pytest.mark.parametrize(
    ("newer", "said"),
    [(True, "the file is newer than the saved notebook"), (False, "the saved cell is newer than the file")],
)
def test_newer_one_is_named_and_nothing_is_judged(tmp_path: Path, newer: bool, said: str) -> None:
    notebook = lay(tmp_path, "x = 1", "x = 2\n", newer)
    found = disagreements(notebook, EXERCISE, tmp_path / "9_1_double")
    page = disagreement_page(EXERCISE, found)
    assert said in page.text
    assert "9.1 was not judged" in page.text and "A class grades the cell" in page.text
    assert "-x = 1" in page.body and "+x = 2" in page.body


def test_missing_file_means_run_the_cell(tmp_path: Path) -> None:
    notebook = lay(tmp_path, "x = 1", "x = 2\n", True)
    (tmp_path / "9_1_double/app.py").unlink()
    [found] = disagreements(notebook, EXERCISE, tmp_path / "9_1_double")
    assert not found.is_file_newer


def test_without_a_notebook_the_files_alone_are_judged(tmp_path: Path) -> None:
    assert session_notebook({}) is None
    assert session_notebook({"JPY_SESSION_NAME": str(tmp_path / "gone.ipynb")}) is None
    assert disagreements(None, EXERCISE, tmp_path) == []


def test_cell_that_ran_is_given_time_to_be_saved(tmp_path: Path) -> None:
    notebook = lay(tmp_path, "x = 1", "x = 2\n", True)
    timer = threading.Timer(0.05, lay, (tmp_path, "x = 2", "x = 2\n", True))
    timer.start()
    assert settled(notebook, EXERCISE, tmp_path / "9_1_double", {"9_1_double/app.py": "x = 2"}, kept(tmp_path)) == []
    timer.join()


def test_file_that_no_cell_wrote_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_notebook.time, "sleep", lambda seconds: pytest.fail("waited"))
    notebook = lay(tmp_path, "x = 1", "x = 2\n", True)
    assert len(settled(notebook, EXERCISE, tmp_path / "9_1_double", {}, kept(tmp_path))) == 1


@pytest.mark.parametrize("file_is_newer", [True, False])
@pytest.mark.parametrize(("cell", "file", "said"), [("x = 1", "x = 2", True), ("x = 2", "x = 1", False)])
def test_what_both_were_says_more_than_times(
    tmp_path: Path, cell: str, file: str, said: bool, file_is_newer: bool
) -> None:
    notebook = lay(tmp_path, "x = 1", "x = 1", True)
    assert settled(notebook, EXERCISE, tmp_path / "9_1_double", {}, kept(tmp_path)) == []
    notebook = lay(tmp_path, cell, file, file_is_newer)
    [found] = settled(notebook, EXERCISE, tmp_path / "9_1_double", {}, kept(tmp_path))
    assert found.is_file_newer is said
