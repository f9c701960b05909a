"""What is done to a collected folder before nbgrader copies it: nbgrader follows links and stumbles over pipes."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TIMESTAMP = "timestamp.txt"


def clear_submission(notebooks: Sequence[str], **names: Any) -> None:
    """nbgrader's ``pre_convert_hook`` for autograding: remove what is no ordinary file from a submission.

    A link in a submission could bring any file of the teacher's into the feedback. What it points to is not touched.
    Notebooks are left: the grader itself looks at them and says what is wrong.

    Parameters
    ----------
    notebooks
        The submission's notebooks; they lie in its folder.
    """
    from traitlets.log import get_logger

    folder = Path(notebooks[0]).parent
    for path in strange_files(folder):
        get_logger().warning("%s is no ordinary file; it was removed from the submission.", path)
        path.unlink()
    if not has_good_timestamp(folder):
        get_logger().warning("%s has no date in it; it was removed.", folder / TIMESTAMP)
        (folder / TIMESTAMP).unlink()


def strange_files(folder: Path) -> list[Path]:
    """Links, pipes, sockets and devices below a folder, notebooks excepted, sorted."""
    paths = [Path(parent, name) for parent, folders, files in os.walk(folder) for name in (*folders, *files)]
    kinds = {path: path.lstat().st_mode for path in paths if path.suffix != ".ipynb"}
    return sorted(path for path, mode in kinds.items() if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode))


def has_good_timestamp(folder: Path) -> bool:
    """Whether nbgrader will be able to read when it was submitted; true without a file that says so."""
    from nbgrader.utils import parse_utc

    path = folder / TIMESTAMP
    if not path.exists():
        return True
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(1000).strip()
        return len(text) < 100 and (not text or parse_utc(text) is not None)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return False
