"""The course as files: where its root is, which chapters it has, and where each exercise lives."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import os
import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType

import grader.checks
from grader.checks.exercise import Check, Exercise, exercises_of, hidden_checks_of
from grader.errors import CourseError
from grader.grading.sources import ExerciseSources, read_sources

PACKAGE = "__init__.py"
HIDDEN_CHECKS = "hidden_checks.py"
CLASS_CHECKS = "class_checks.py"  # a teacher's own, which are published nowhere
START_PAGE = "index"
WORK = "RUNNING_SERVERLESS_WORK"
OWN_WORK = "running-serverless"  # in the home of whoever may not write into an installation that many share
_STEM = re.compile(r"ch\d\d_\w+|index")
_LOADING = threading.RLock()  # two threads that load the same package would take its parts from each other
_OWN_CHECKS = Path(grader.checks.__file__).parent


@dataclass(frozen=True)
class Chapter:
    """One chapter: the stem under which all of its files are found.

    Attributes
    ----------
    stem
        ``ch03_web_service``, the same in ``course/``, ``solutions/``, ``grader/checks/`` and ``tests/answers/``.
    checks_file
        The module with its exercises and visible checks; of a package of modules its ``__init__.py``.
    """

    stem: str
    course: Course = field(repr=False, compare=False)
    checks_file: Path = field(repr=False)

    @property
    def number(self) -> int:
        """3 for ``ch03_web_service``; 0 for the start page."""
        return int(self.stem[2:4]) if self.stem.startswith("ch") else 0

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises in their order; each leads on to the one that follows it in the course."""
        found = exercises_of(vars(self._module()))
        following = [*(one.id for one in found[1:]), self._first_of_next_chapter()][: len(found)]
        return tuple(replace(one, next=after) for one, after in zip(found, following, strict=True))

    def _first_of_next_chapter(self) -> str | None:
        later = (one.number for one in self.course.chapters if one.number > self.number)
        return next((f"{number}.1" for number in later), None)

    @cached_property
    def title(self) -> str:
        """From the front matter of the lesson; without a lesson, from the checks' docstring."""
        return _front_matter_title(self.folder / "chapter.md") or _docstring_title(self.checks_file) or self.stem

    @property
    def folder(self) -> Path:
        """Its sources, below ``solutions/``."""
        return self.course.solutions / self.stem

    def with_exercise(self, exercise_id: str) -> tuple[Chapter, Exercise]:
        """This chapter and its exercise of that id.

        Raises
        ------
        CourseError
            When it has none.
        """
        for exercise in self.exercises:
            if exercise_id in (exercise.id, exercise.slug):
                return self, exercise
        known = ", ".join(exercise.id for exercise in self.exercises)
        raise CourseError(f"There is no exercise {exercise_id!r}.", self.stem, f"Its exercises are: {known}.")

    def hidden_checks(self) -> dict[str, tuple[Check, ...]]:
        """The hidden checks by exercise id, a class's own last; empty when this course comes without them."""
        return self._hidden_checks

    @cached_property
    def _hidden_checks(self) -> dict[str, tuple[Check, ...]]:
        found: dict[str, tuple[Check, ...]] = {}
        for path in self.hidden_check_files():
            self._module()  # hidden checks import from the visible ones
            for name, checks in hidden_checks_of(vars(_load_file(f"_{path.stem}_{self.stem}", path))).items():
                found[name] = found.get(name, ()) + checks
        return found

    def hidden_check_files(self) -> list[Path]:
        """The files that hold hidden checks: the course's, and a class's own."""
        return [path for name in (HIDDEN_CHECKS, CLASS_CHECKS) if (path := self.folder / name).is_file()]

    def solution_folder(self, exercise: Exercise) -> Path:
        """The finished project of an exercise."""
        return self.folder / exercise.slug

    def sources(self, exercise: Exercise) -> ExerciseSources:
        """The solution's and the starting files of an exercise.

        Without ``solutions/`` both are the starting files in ``course/``.
        """
        if self.solution_folder(exercise).is_dir() or not self.starter_folder(exercise).is_dir():
            return read_sources(self.solution_folder(exercise))
        given = read_sources(self.starter_folder(exercise)).starter
        return ExerciseSources(given, given)

    def starter_folder(self, exercise: Exercise) -> Path:
        """The starting files as learners get them, below ``course/`` (generated)."""
        top = self.course.generated
        return (top if self.stem == "index" else top / self.stem) / exercise.slug  # the start page lies at the top

    def points(self, exercise: Exercise) -> float:
        """Visible and hidden points: what the locked cell is worth."""
        hidden = self.hidden_checks().get(exercise.id, ())
        return exercise.points + sum(check.points for check in hidden)

    def check_files(self) -> list[Path]:
        """The files that hold its visible checks, sorted: one module, or the modules of a package."""
        package = self.checks_file.name == PACKAGE
        return sorted(self.checks_file.parent.glob("*.py")) if package else [self.checks_file]

    def _module(self) -> ModuleType:
        if self.checks_file.is_relative_to(_OWN_CHECKS):
            return importlib.import_module(f"grader.checks.{self.stem}")
        return _load_file(f"_checks_{self.stem}", self.checks_file)


@dataclass(frozen=True)
class Course:
    """The course in a folder: the nearest ``pyproject.toml`` above with a ``[tool.grader]`` table is its root."""

    root: Path
    generated: Path
    solutions: Path
    checks: Path
    version: str = "0"
    open_solutions: bool = False

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The course that ``start`` (default: the current folder) belongs to, else the one ``grader`` came with.

        Raises
        ------
        CourseError
            When there is none.
        """
        start = (start or Path.cwd()).resolve()
        own = Path(grader.checks.__file__).resolve().parents[2]
        for folder in (start, *start.parents, own):
            settings = _settings(folder / "pyproject.toml")
            if settings is not None:
                return cls._from(folder, settings)
        raise CourseError(
            "There is no course here.", start.as_posix(), "Run this inside the course's folder: the one with README.md."
        )

    @classmethod
    def _from(cls, root: Path, settings: dict[str, object]) -> Course:
        table = settings["grader"]
        assert isinstance(table, dict)
        checks = root / str(table.get("checks", "grader/checks"))
        return cls(
            root=root,
            generated=root / str(table.get("course", "course")),
            solutions=root / str(table.get("solutions", "solutions")),
            checks=checks if checks.is_dir() else _OWN_CHECKS,
            version=str(settings["version"]),
            open_solutions=table.get("open_solutions") is True,
        )

    @property
    def work(self) -> Path:
        """The learner's own copy: ``work/`` in the root, or what the variable RUNNING_SERVERLESS_WORK names.

        Where the root is not theirs to write, as on a JupyterHub that has the course once for all, it is in their home.
        """
        if named := os.environ.get(WORK):
            return Path(named).expanduser().absolute()
        return self.root / "work" if os.access(self.root, os.W_OK) else Path.home() / OWN_WORK

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """All chapters that have checks, the start page first."""
        modules = {path.stem: path for path in self.checks.glob("*.py")}
        packages = {path.parent.name: path for path in self.checks.glob(f"*/{PACKAGE}")}
        files = {stem: path for stem, path in (modules | packages).items() if _STEM.fullmatch(stem)}
        return tuple(sorted((Chapter(stem, self, path) for stem, path in files.items()), key=lambda one: one.number))

    def chapter(self, name: str) -> Chapter:
        """A chapter by stem (``ch03_web_service``), short (``ch03``) or number (``3``).

        Raises
        ------
        CourseError
            When there is no such chapter.
        """
        for chapter in self.chapters:
            if name in (chapter.stem, chapter.stem.split("_")[0], str(chapter.number)):
                return chapter
        known = ", ".join(chapter.stem for chapter in self.chapters)
        raise CourseError(f"There is no chapter {name!r}.", None, f"The chapters are: {known}.")

    def exercises(self) -> Iterator[tuple[Chapter, Exercise]]:
        """Every exercise with its chapter, in the course's order."""
        for chapter in self.chapters:
            for exercise in chapter.exercises:
                yield chapter, exercise

    def exercise(self, exercise_id: str) -> tuple[Chapter, Exercise]:
        """An exercise by id (``3.1``) or slug (``3_1_hello``).

        Raises
        ------
        CourseError
            When there is none.
        """
        number = exercise_id.partition(".")[0]
        likely = [one for one in self.chapters if str(one.number) == number] or list(self.chapters)
        for chapter in likely:
            for exercise in chapter.exercises:
                if exercise_id in (exercise.id, exercise.slug):
                    return chapter, exercise
        known = ", ".join(exercise.id for _, exercise in self.exercises())
        raise CourseError(f"There is no exercise {exercise_id!r}.", None, f"The exercises are: {known}.")

    def select(self, name: str) -> list[tuple[Chapter, Exercise]]:
        """What a learner means by ``3.1``, ``ch03`` or ``all``."""
        if name == "all":
            return list(self.exercises())
        if names_exercise(name):
            return [self.exercise(name)]
        chapter = self.chapter(name)
        return [(chapter, exercise) for exercise in chapter.exercises]

    def checks_digest(self, chapter: Chapter, hidden: bool) -> str:
        """A fingerprint of the checks that judge a chapter, for comparing grades."""
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in chapter.check_files()))
        for path in chapter.hidden_check_files() if hidden else ():
            digest.update(b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


def names_exercise(name: str) -> bool:
    """Whether a name is an exercise's (``3.1``, ``3_1_hello``), and not a chapter's."""
    return "." in name or re.fullmatch(r"\d+_\d+_\w+", name) is not None


def _settings(path: Path) -> dict[str, object] | None:
    if not path.is_file():
        return None
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None
    settings = table.get("tool", {}).get("grader")
    return None if settings is None else {"grader": settings, "version": table.get("project", {}).get("version", "0")}


def _load_file(name: str, path: Path) -> ModuleType:
    """Execute a module of a teacher's from its file, under a private name."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    with _LOADING, _without_bytecode():
        for part in [loaded for loaded in sys.modules if loaded.startswith(f"{name}.")]:
            del sys.modules[part]  # another course's package of the same chapter
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _without_bytecode() -> Iterator[None]:
    """Python takes compiled code for current by the second: a check that is mended at once would be the old one."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _front_matter_title(path: Path) -> str:
    if not path.is_file():
        return ""
    head = path.read_text("utf-8").partition("\n---")[0]
    match = re.search(r"^title:\s*(.+)$", head, re.MULTILINE)
    return match[1].strip().strip("\"'") if match else ""


def _docstring_title(path: Path) -> str:
    match = re.match(r'\s*(?:"""|\'\'\')(.+?)(?:\n|"""|\'\'\')', path.read_text("utf-8"))
    return match[1].strip() if match else ""
