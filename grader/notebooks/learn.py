"""``grader learn``: the chapters into ``work/``, then JupyterLab at the start page, quiet and without a network.

On a JupyterHub it is what the hub starts for each user.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from grader.errors import CourseError
from grader.grading.course import Course
from grader.notebooks.places import START_PAGE, chapter_notebook, work_folder
from grader.notebooks.work import Update, bring_course

SETTINGS = Path(__file__).with_name("jupyter")  # labconfig/default_setting_overrides.json
NEVER = "jupyterlab.handlers.announcements.NeverCheckForUpdate"


def learn(
    chapter: str | None = None, *, browser: bool = True, port: int | None = None, course: Course | None = None
) -> int:
    """Bring the course up to date and serve it until the learner stops the program.

    Parameters
    ----------
    chapter
        Open this chapter (``3``, ``ch03``) in place of the start page.
    browser
        Whether to open one.
    port
        The first port to try; the next free one is taken.

    Returns
    -------
    int
        JupyterLab's exit status.

    Raises
    ------
    CourseError
        When the course is not built, a chapter is not there, or JupyterLab is not installed.
    """
    here = course or Course.find()
    report(bring_course(here))
    command = jupyter_command(here, opened(here, chapter), browser=browser, port=port)
    try:
        return subprocess.call(command, env=jupyter_environment(), cwd=work_folder(here))
    except KeyboardInterrupt:
        return 0


def serve_hub_user(chapter: str | None = None, *, course: Course | None = None) -> NoReturn:
    """Bring the course up to date, and become the server that a JupyterHub has started for one user.

    The hub says by environment variables where to listen and whom to let in; it ends this very process.

    Raises
    ------
    CourseError
        When the course is not built, a chapter is not there, or JupyterHub is not installed.
    """
    here = course or Course.find()
    report(bring_course(here))
    command = hub_command(here, opened(here, chapter))
    os.chdir(work_folder(here))
    os.execve(command[0], command, jupyter_environment())


def report(update: Update) -> None:
    """Say what the update did, if it is worth a line."""
    for note in update.notes:
        print(f"• {note}")


def opened(course: Course, chapter: str | None) -> str:
    """The notebook to open, by its path in ``work/``."""
    stem = START_PAGE if chapter is None else course.chapter(chapter).stem
    work = work_folder(course)
    notebook = chapter_notebook(work, stem)
    if not notebook.is_file():
        raise CourseError(f"Chapter {stem} has no notebook yet.", str(notebook), "Open the start page: grader learn")
    return notebook.relative_to(work).as_posix()


def jupyter_command(course: Course, notebook: str, *, browser: bool = True, port: int | None = None) -> list[str]:
    """JupyterLab's command line."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed here.", sys.prefix, "Run: python bootstrap.py learn")
    options = [*_quiet(course), f"--LabApp.default_url=/lab/tree/{notebook}"]
    options += [f"--ServerApp.port={port}"] if port else []
    # In a container (Codespaces, Docker) the learner often is root. JupyterLab listens on loopback, behind its token.
    options += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    options += [] if browser else ["--ServerApp.open_browser=False"]
    return [sys.executable, "-m", "jupyterlab", *options]


def hub_command(course: Course, notebook: str) -> list[str]:
    """The command line of a JupyterHub user's server."""
    if importlib.util.find_spec("jupyterhub") is None:
        how = "Install it beside the course: pip install -c requirements.lock jupyterhub"
        raise CourseError("JupyterHub is not installed here.", sys.prefix, how)
    options = [*_quiet(course), f"--ServerApp.default_url=/lab/tree/{notebook}"]
    return [sys.executable, "-m", "jupyterhub.singleuser", *options]


def _quiet(course: Course) -> list[str]:
    """The learner's folder, no network, few words."""
    return [
        f"--ServerApp.root_dir={work_folder(course)}",
        "--LabApp.extension_manager=readonly",
        f"--LabApp.check_for_updates_class={NEVER}",
        "--LabApp.news_url=",
        "--LanguageServerManager.autodetect=False",
        "--ServerApp.log_level=WARN",
    ]


def jupyter_environment() -> dict[str, str]:
    """The variables of this process, our settings before the machine's."""
    paths = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path)}
