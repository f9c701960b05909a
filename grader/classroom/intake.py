"""What is done to a collected folder before nbgrader copies it.

nbgrader follows links, stumbles over pipes, and cannot release anybody's feedback when one submission lacks one of the
two small files that its exchange adds.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TIMESTAMP = "timestamp.txt"
SECRET = "submission_secret.txt"
LONGEST = 200


def clear_submission(notebooks: Sequence[str], **names: Any) -> None:
    """nbgrader's ``pre_convert_hook`` for autograding: make a submission harmless and complete.

    A link in a submission could bring any file of the teacher's into the feedback, so what is no ordinary file is
    removed; what it points to is not touched. Notebooks are left: the grader itself says what is wrong with them.
    A date of submission that is missing or is none becomes the date of the notebook's file.

    Parameters
    ----------
    notebooks
        The submission's notebooks; they lie in its folder.
    """
    from traitlets.log import get_logger

    notebook = Path(notebooks[0])
    for path in strange_files(notebook.parent):
        get_logger().warning("%s is no ordinary file; it was removed from the submission.", path)
        path.unlink()
    if not is_date(text_of(notebook.with_name(TIMESTAMP))):
        date = datetime.fromtimestamp(notebook.lstat().st_mtime, UTC)
        notebook.with_name(TIMESTAMP).write_text(f"{date:%Y-%m-%d %H:%M:%S.%f} UTC")
    if not text_of(notebook.with_name(SECRET)):
        notebook.with_name(SECRET).write_text(secrets.token_hex(32))


def strange_files(folder: Path) -> list[Path]:
    """Links, pipes, sockets and devices below a folder, notebooks excepted, sorted."""
    paths = [Path(parent, name) for parent, folders, files in os.walk(folder) for name in (*folders, *files)]
    kinds = {path: path.lstat().st_mode for path in paths if path.suffix != ".ipynb"}
    return sorted(path for path, mode in kinds.items() if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode))


def text_of(path: Path) -> str:
    """A small text file's content; empty when there is none, or when it is no small text."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST + 1).strip()
    except (OSError, ValueError):
        return ""
    return text if len(text) <= LONGEST else ""


def is_date(text: str) -> bool:
    """Whether nbgrader will be able to read when something was submitted."""
    from nbgrader.utils import parse_utc

    try:
        return bool(text) and parse_utc(text) is not None
    except (ValueError, OverflowError, TypeError, AttributeError):
        return False
