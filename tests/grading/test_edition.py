"""What a verdict depends on."""

from __future__ import annotations

from pathlib import Path

import grader
from grader.grading.edition import CODE


def test_every_file_that_decides_a_verdict_is_in_the_fingerprint() -> None:
    root = Path(grader.__file__).parent
    folders = ("checks", "cloud", "grading")
    kinds = {path.suffix for name in folders for path in (root / name).rglob("*") if path.is_file()}
    pages = {".css", ".html", ".js", ".pyc", ".typed"}  # what people look at, and what is made from the code

    assert kinds - pages <= set(CODE)
