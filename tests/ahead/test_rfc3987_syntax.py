"""``rfc3987_syntax`` costs nothing until something is looked at with it, and then is the real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.ahead import FOLDER

REAL = """
print("loaded")
def is_valid_syntax(term, value): return (term, value) == ("iri", "good")
LIMIT = 3
"""


def said(code: str, *path: Path) -> list[str]:
    """What a Python prints that finds these folders first, and no installed packages."""
    begin = f"import sys; sys.path[:0] = {[str(folder) for folder in path]}\n"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", begin + code], capture_output=True, text=True, timeout=60)
    return [*run.stdout.splitlines(), *run.stderr.splitlines()[-1:]]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    (tmp_path / "rfc3987_syntax.py").write_text(REAL)
    return tmp_path


def test_real_package_is_loaded_by_the_first_question(packages: Path) -> None:
    code = """from rfc3987_syntax import is_valid_syntax
print("imported"); print(is_valid_syntax("iri", "good"), is_valid_syntax("iri", "bad"))
import rfc3987_syntax; print(rfc3987_syntax.LIMIT)"""
    assert said(code, FOLDER, packages) == ["imported", "loaded", "True False", "3"]


def test_what_else_the_real_package_has_is_found_there(packages: Path) -> None:
    assert said("import rfc3987_syntax as it; print(it.LIMIT, it.LIMIT)", FOLDER, packages) == ["loaded", "3 3"]


def test_without_the_real_package_its_import_fails_at_once() -> None:
    assert said("import rfc3987_syntax", FOLDER) == ["ModuleNotFoundError: No module named 'rfc3987_syntax'"]
