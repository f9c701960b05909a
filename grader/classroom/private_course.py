"""``grader class new``: a copy of the course that is published nowhere, with its own history, seed and checks."""

from __future__ import annotations

import io
import re
import secrets
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.classroom.class_file import FILE
from grader.classroom.receipts import FOLDER as RECEIPTS
from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.files import write_atomically

# What a course is made of; whatever else lies in its folder is somebody's work, a cache, or the history of another.
PARTS = (
    "grader", "course", "solutions", "docs", "tests/answers", "pyproject.toml", "requirements.lock", "environment.yml",
    "nbgrader_config.py", "bootstrap.py", "Makefile", "README.md", "LICENSE", ".gitignore",
)  # fmt: skip
FOR_STUDENTS = tuple(part for part in PARTS if part not in ("solutions", "tests/answers", "nbgrader_config.py"))
IGNORED = {"__pycache__", ".ipynb_checkpoints", ".aws-sam", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
NEVER_KEPT = f"""
# Grades and what students hand in are kept, if at all, where the school says.
{RECEIPTS}/
*.zip
/*.csv
/*.html
/*.json*
/*.db
/look/
"""
CLASS_FILE = """# What this class has of its own; docs/teaching.md explains every line.

seed = {seed}  # hidden checks draw their values from it: nobody but you knows them
own_seeds = false  # true: each student is asked with other values
# timezone = "Europe/Berlin"

[deadlines]
# ch03_web_service = 2026-11-02  # the end of that day

# [extensions.ada]
# ch03_web_service = 2026-11-09T12:00:00

[late]
grace_minutes = 15
percent_a_day = 0
at_most_percent = 100
"""
IDENTITY = ["-c", "user.name=Course", "-c", "user.email=course@localhost"]


def new_course(folder: Path, source: Course) -> None:
    """Copy the course into a new folder and begin its history.

    Raises
    ------
    CourseError
        When something is there already, the source has no solutions, or git is missing.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError("There is something here already.", str(folder), "Name a folder that is not there.")
    if not source.solutions.is_dir():
        raise CourseError("This course has no solutions to make one from.", str(source.root))
    if shutil.which("git") is None:
        raise CourseError("git is not installed; it keeps the private course's history.", None, "Install git.")
    for name, path in files_of(source.root, PARTS):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _make_own(folder, source)
    _begin_history(folder, source)


def files_of(root: Path, parts: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """The files of a course below some of its parts, by their path with slashes, sorted; no links, no caches."""
    for part in sorted(parts):
        top = root / part
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            name = path.relative_to(root)
            is_made = any(folder in IGNORED or folder.endswith(".egg-info") for folder in name.parts)
            if path.is_file() and not path.is_symlink() and not is_made:
                yield name.as_posix(), path


def student_package(course: Course, to: Path) -> int:
    """Write the archive that students get: the course without solutions, hidden checks and seed.

    Returns
    -------
    How many files are in it.

    Raises
    ------
    CourseError
        When ``course/`` is not what ``grader build`` makes.
    """
    files = student_files(course)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files:
            archive.write(path, f"{to.stem}/{name}")
    write_atomically(to, buffer.getvalue())
    return len(files)


def student_files(course: Course) -> list[tuple[str, Path]]:
    """What students get, by the path in the course.

    Raises
    ------
    CourseError
        When ``course/`` is not what ``grader build`` makes.
    """
    from grader.notebooks.build import build_course  # brings nbgrader with it

    result = build_course(check=True, course=course)
    if not result.is_fresh:
        raise CourseError("course/ is not what its sources make.", str(result).splitlines()[0], "Run: grader build")
    return list(files_of(course.root, FOR_STUDENTS))


def _make_own(folder: Path, source: Course) -> None:
    """A version, a class file and a list of what git must not keep."""
    project = folder / "pyproject.toml"
    text = project.read_text("utf-8")
    own = re.sub(r'(?m)^(version = "[^"+]+)(\+[^"]*)?"', r'\1+private.1"', text, count=1)
    project.write_text(own, "utf-8")
    (folder / FILE).write_text(CLASS_FILE.format(seed=secrets.randbelow(2**48)), "utf-8")
    with (folder / ".gitignore").open("a", encoding="utf-8") as file:
        file.write(NEVER_KEPT)


def _begin_history(folder: Path, source: Course) -> None:
    message = f"A private course, from Running Serverless {source.version}"
    identity = [] if _git(folder, ["config", "user.email"]).returncode == 0 else IDENTITY
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--no-gpg-sign", "--message", message],
    ):
        done = _git(folder, words)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise CourseError(f"git could not begin a history: {said[-1] if said else done.returncode}", str(folder))


def _git(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
