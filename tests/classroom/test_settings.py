"""Whether the repository's nbgrader configuration is in force: nbgrader itself only logs a broken one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps import AutogradeApp, GenerateAssignmentApp
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from grader.classroom.autograde import GradeOutOfProcess
from grader.classroom.exporter import RebuiltNotebookExporter
from grader.classroom.settings import configure, gradebook_url
from grader.notebooks.release import PIPELINE

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A course's folder with nothing in it but the configuration, and the process in it."""
    for name in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path


def started(app: Any) -> Any:
    """One of nbgrader's programs, its configuration read as its command line reads it."""
    program = app()
    program.initialize(["ch03_web_service"])
    return program


def test_autograde_rebuilds_notebooks_and_executes_nothing(folder: Path) -> None:
    app = started(AutogradeApp)
    converter = Autograde(coursedir=app.coursedir, parent=app)
    assert converter.exporter_class is RebuiltNotebookExporter
    assert GradeOutOfProcess in converter.autograde_preprocessors
    assert Execute not in converter.autograde_preprocessors


def test_the_folders_are_the_repositorys(folder: Path) -> None:
    course = started(AutogradeApp).coursedir
    assert (course.root, course.source_directory, course.release_directory) == (str(folder), "build/source", "course")
    assert course.db_url == gradebook_url(folder)
    assert (folder / "exchange").is_dir()


def test_generate_assignment_takes_the_steps_of_the_build(folder: Path) -> None:
    app = started(GenerateAssignmentApp)
    steps = GenerateAssignment(coursedir=app.coursedir, parent=app).preprocessors
    assert [step for step in steps if step in PIPELINE] == list(PIPELINE)


def test_with_a_broken_configuration_nbgrader_finds_no_assignment_and_executes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "nbgrader_config.py").write_text("raise RuntimeError('broken')\n")
    submitted = folder / "submitted" / "eve" / "ch03_web_service"
    submitted.mkdir(parents=True)
    (submitted / "ch03_web_service.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    monkeypatch.setattr(Execute, "preprocess", lambda *_: pytest.fail("a student's notebook was executed"))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    app = started(AutogradeApp)
    assert app.coursedir.db_url != gradebook_url(folder)
    app.log.addHandler(caplog.handler)
    with pytest.raises(SystemExit):
        app.start()
    assert "No assignment with ID 'ch03_web_service' exists in the database" in caplog.text


def test_alembic_is_found_without_an_activated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    configure(Config(), tmp_path)
    assert shutil.which("alembic") == str(Path(sys.executable).parent / "alembic")
    configure(Config(), tmp_path)
    assert os.environ["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/nowhere"]
