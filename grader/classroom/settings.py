"""The settings with which this repository is an nbgrader course; ``nbgrader_config.py`` only calls this."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

COURSE_ID = "running-serverless"
GRADEBOOK = "grades.db"


def configure(c: Any, root: Path) -> None:
    """Fill nbgrader's configuration object.

    Parameters
    ----------
    c
        What ``get_config()`` gives in ``nbgrader_config.py``.
    root
        The course's folder.
    """
    _own_programs_first()
    _folders(c, root)
    _generate(c)
    _autograde(c)


def _own_programs_first() -> None:
    """nbgrader calls ``alembic`` by name to make its database; without an activated environment it is on no path."""
    own = str(Path(sys.executable).parent)
    if shutil.which("alembic") != shutil.which("alembic", path=own):
        os.environ["PATH"] = os.pathsep.join(filter(None, [own, os.environ.get("PATH")]))


def _folders(c: Any, root: Path) -> None:
    from grader.notebooks.build import SOURCES

    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(root)
    # nbgrader hands every other file of a source folder to the students. solutions/ holds hidden checks and the
    # trainer's notes, so the source folder is made from it, without them, by `grader build`.
    c.CourseDirectory.source_directory = SOURCES
    c.CourseDirectory.release_directory = "course"
    # Not nbgrader's default name: should this file ever fail to load, nbgrader goes on with its defaults, finds no
    # assignment in the default gradebook, and refuses to execute anybody's notebook.
    c.CourseDirectory.db_url = gradebook_url(root)
    exchange = root / "exchange"
    exchange.mkdir(exist_ok=True)  # nbgrader's default folder does not exist on most machines
    c.Exchange.root = str(exchange)


def gradebook_url(root: Path) -> str:
    """Where a class's grades are kept, as SQLAlchemy names it."""
    return f"sqlite:///{(root / GRADEBOOK).resolve()}"


def _generate(c: Any) -> None:
    from nbgrader.preprocessors import IncludeHeaderFooter, SaveCells

    from grader.notebooks.release import PIPELINE

    first_checksums = next(at for at, step in enumerate(PIPELINE) if step.__name__ == "ComputeChecksums") + 1
    c.GenerateAssignment.preprocessors = [
        IncludeHeaderFooter,
        *PIPELINE[:first_checksums],
        SaveCells,
        *PIPELINE[first_checksums:],
    ]


def _autograde(c: Any) -> None:
    from nbgrader.preprocessors import CheckCellMetadata, OverwriteCells

    from grader.classroom.autograde import GradeOutOfProcess, SaveGrades, TakeOffForLateness
    from grader.classroom.exporter import RebuiltNotebookExporter
    from grader.classroom.intake import clear_submission

    c.Autograde.pre_convert_hook = clear_submission
    c.Autograde.exporter_class = RebuiltNotebookExporter
    c.Autograde.sanitize_preprocessors = [OverwriteCells, CheckCellMetadata]
    c.Autograde.autograde_preprocessors = [GradeOutOfProcess, SaveGrades, TakeOffForLateness, CheckCellMetadata]
