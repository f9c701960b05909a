"""How JupyterLab is started: the learner's folder, the start page, no network."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.grading.course import Course
from grader.notebooks.learn import SETTINGS, hub_command, jupyter_command, jupyter_environment, opened, serve_hub_user


def test_lab_opens_the_notebook_in_the_learners_folder(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    options = jupyter_command(course, "index.ipynb", browser=False, port=9000)[3:]
    assert options == [
        f"--ServerApp.root_dir={course.root / 'work'}",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.news_url=",
        "--LanguageServerManager.autodetect=False",
        "--ServerApp.log_level=WARN",
        "--LabApp.default_url=/lab/tree/index.ipynb",
        "--ServerApp.port=9000",
        "--ServerApp.open_browser=False",
    ]


def test_lab_starts_for_root_too_as_in_a_container(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    assert "--allow-root" in jupyter_command(course, "index.ipynb")


def test_a_hubs_server_opens_the_same_folder(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CourseError, match="JupyterHub is not installed here"):
        hub_command(course, "index.ipynb")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    lab, hub = jupyter_command(course, "index.ipynb"), hub_command(course, "index.ipynb")
    assert hub[:3] == [sys.executable, "-m", "jupyterhub.singleuser"]
    assert hub[3:-1] == lab[3:-1]
    assert hub[-1] == "--ServerApp.default_url=/lab/tree/index.ipynb"


def test_a_hubs_server_takes_the_place_of_the_command(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[str, list[str], str]] = []
    (course.generated / "index.ipynb").parent.mkdir()
    (course.generated / "index.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4}))
    monkeypatch.chdir(course.root)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr("os.execve", lambda program, command, variables: became.append((program, command, os.getcwd())))
    serve_hub_user(course=course)
    assert became == [(sys.executable, hub_command(course, "index.ipynb"), str(course.root / "work"))]


def test_settings_are_found_before_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/elsewhere")
    assert jupyter_environment()["JUPYTER_CONFIG_PATH"].split(":") == [str(SETTINGS), "/elsewhere"]
    settings = json.loads((SETTINGS / "labconfig/default_setting_overrides.json").read_text("utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"] == {"checkForUpdates": False, "fetchNews": "false"}


def test_chapter_without_a_notebook_is_named(course: Course) -> None:
    with pytest.raises(CourseError, match="Chapter ch90_doubling has no notebook yet"):
        opened(course, "90")
    notebook = course.root / "work/ch90_doubling/ch90_doubling.ipynb"
    notebook.parent.mkdir(parents=True)
    Path(notebook).write_text("{}")
    assert opened(course, "90") == "ch90_doubling/ch90_doubling.ipynb"
