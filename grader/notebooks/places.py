"""Where things are: the course's root, its sources, the built course, and the learner's own copy."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from grader.errors import CourseError

START_PAGE = "index"


@dataclass(frozen=True)
class Places:
    """The folders of one course.

    Parameters
    ----------
    root
        The folder with the ``pyproject.toml`` that has a ``[tool.grader]`` table.
    """

    root: Path

    @property
    def solutions(self) -> Path:
        """What teachers edit."""
        return self.root / "solutions"

    @property
    def course(self) -> Path:
        """What is generated and committed."""
        return self.root / "course"

    @property
    def work(self) -> Path:
        """The learner's copy, ignored by git."""
        return self.root / "work"

    def folder_in(self, tree: Path, chapter: str) -> Path:
        """A chapter's folder in ``course`` or ``work``: the start page lies at the top."""
        return tree if chapter == START_PAGE else tree / chapter

    def notebook_in(self, tree: Path, chapter: str) -> Path:
        """A chapter's notebook in ``course`` or ``work``."""
        return self.folder_in(tree, chapter) / f"{chapter}.ipynb"


def find_places(start: Path | None = None) -> Places:
    """The course that ``start`` (or the current folder) belongs to; else the one this program is part of.

    Raises
    ------
    CourseError
        When neither is inside a course.
    """
    here = (start or Path.cwd()).resolve()
    for folder in [here, *here.parents, *Path(__file__).resolve().parents]:
        if is_root(folder):
            return Places(folder)
    raise CourseError(
        "This folder does not belong to a course.",
        where=str(here),
        next_step="Go to the folder that you cloned: the one with pyproject.toml and course/ in it.",
    )


def is_root(folder: Path) -> bool:
    """Whether the folder's ``pyproject.toml`` has a ``[tool.grader]`` table."""
    try:
        return "grader" in tomllib.loads((folder / "pyproject.toml").read_text("utf-8")).get("tool", {})
    except (OSError, tomllib.TOMLDecodeError):
        return False
