"""A pack as an archive: the students' course, the wheels beside it, and a page that says in three steps what to do."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.private_course import student_files
from grader.classroom.workshop_pack.systems import System
from grader.classroom.workshop_pack.wheels import Wheels
from grader.grading.course import Course
from grader.notebooks.tree import files_below

READ_ME = """Running Serverless, the notebook course: without a network
==========================================================

For {title}, with Python {pythons}.
{wsl}
1. Look whether you have Python: type

       python3 --version

   It must be one of those above.{debian}

2. Unpack the archive, open a terminal in the folder that it makes, and type

       python3 bootstrap.py run learner python -m grader doctor --code

   The first time this installs everything, from the folder wheels/ and from nowhere else: a minute or two. Send the
   line that it prints to your trainer.

3. Begin:

       python3 bootstrap.py learn
"""
WSL = "On Windows: install WSL 2 (wsl --install), and do everything in its Linux.\n"
DEBIAN = " On Debian and Ubuntu you also need the package python3-venv."
DATE = (1980, 1, 1, 0, 0, 0)  # the same course and wheels are the same archive, byte for byte


@dataclass(frozen=True)
class Pack:
    """A pack that was written.

    Attributes
    ----------
    size
        Bytes of the archive.
    digest
        Its SHA-256.
    """

    path: Path
    wheels: int
    size: int
    digest: str


def write_pack(course: Course, system: System, wheels: Wheels, to: Path, *, with_solutions: bool = False) -> Pack:
    """Write the archive for one system.

    Parameters
    ----------
    to
        The folder that it is put into.
    with_solutions
        Whether our answers are in it, open to ``solution("3.1")`` and ``grader catchup``. Hidden checks and notes for
        trainers never are.

    Raises
    ------
    CourseError
        When ``course/`` is not what ``grader build`` makes.
    """
    name = f"running-serverless-{system.name}"
    path = to / f"{name}.zip"
    texts = dict(_texts(course, system, wheels.pythons, with_solutions))
    files = [*student_files(course), *(_solutions(course) if with_solutions else ())]
    to.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in texts.items():
            _add(archive, f"{name}/{inner}", text.encode())
        for inner, file in files:
            if inner not in texts:
                _add(archive, f"{name}/{inner}", file.read_bytes())
        for wheel in wheels.files:
            _add(archive, f"{name}/wheels/{wheel.name}", wheel.read_bytes(), zipfile.ZIP_STORED)
    return Pack(path, len(wheels.files), path.stat().st_size, _digest(path))


def read_me(system: System, pythons: tuple[str, ...]) -> str:
    """The three steps."""
    is_linux = system.system == "Linux"
    return READ_ME.format(
        title=system.title,
        pythons=", ".join(pythons),
        wsl=WSL if is_linux and system.machine == "x86_64" else "",
        debian=DEBIAN if is_linux else "",
    )


def _texts(course: Course, system: System, pythons: tuple[str, ...], opened: bool) -> Iterator[tuple[str, str]]:
    """The files that are the pack's own, or not as they are in the course."""
    about = {"title": system.title, "system": system.system, "machine": system.machine, "pythons": list(pythons)}
    yield "README.txt", read_me(system, pythons)
    yield "wheels/pack.json", json.dumps(about, indent=1) + "\n"
    project = (course.root / "pyproject.toml").read_text("utf-8")
    if opened and not course.open_solutions:
        project = re.sub(r"(?m)^open_solutions.*\n", "", project)
        project = project.replace("[tool.grader]\n", "[tool.grader]\nopen_solutions = true\n", 1)
    yield "pyproject.toml", project


def _solutions(course: Course) -> Iterator[tuple[str, Path]]:
    """The finished projects alone."""
    for chapter, exercise in course.exercises():
        folder = chapter.solution_folder(exercise)
        for inner in files_below(folder):
            yield f"{folder.relative_to(course.root).as_posix()}/{inner}", folder / inner


def _add(archive: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, DATE)
    entry.external_attr, entry.compress_type = 0o644 << 16, how
    archive.writestr(entry, data)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
