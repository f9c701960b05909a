"""``class.toml``: what a class has of its own. Seed, deadlines, extensions, and what being late costs.

.. code-block:: toml

    seed = 7301994
    own_seeds = true                        # each student is asked with other random values
    timezone = "Europe/Berlin"

    [deadlines]
    ch03_web_service = 2026-11-02           # the end of that day

    [extensions.ada]
    ch03_web_service = 2026-11-09T12:00:00

    [handed_in.ben]                         # where the LMS cannot say it, or says it wrongly
    ch03_web_service = 2026-11-03T08:15:00

    [late]
    grace_minutes = 15
    percent_a_day = 10                      # of what was earned, for each day that has begun
    at_most_percent = 50
    closed_after_days = 14
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.classroom.lateness import LatePolicy
from grader.errors import CourseError
from grader.grading.request import DEFAULT_LIMIT
from grader.grading.submissions import Terms

FILE = "class.toml"
Moments = Mapping[str, datetime]  # by chapter
QUOTES = """A name with a dot or an @ needs quotes: [extensions."ada@example.edu"]"""
_TABLES = ("deadlines", "extensions", "handed_in", "late")


@dataclass(frozen=True)
class ClassFile:
    """What ``class.toml`` says; without one, nothing is due and nothing is late.

    Attributes
    ----------
    seed
        Decides what the checks draw at random, where nobody says ``--seed``.
    own_seeds
        Whether every student has a seed of their own, made from ``seed``.
    extensions, handed_in
        By student, then by chapter.
    """

    seed: int = 0
    own_seeds: bool = False
    zone: tzinfo | None = None
    deadlines: Moments = field(default_factory=dict)
    extensions: Mapping[str, Moments] = field(default_factory=dict)
    handed_in: Mapping[str, Moments] = field(default_factory=dict)
    late: LatePolicy = field(default_factory=LatePolicy)

    @classmethod
    def read(cls, root: Path) -> ClassFile:
        """The class file of a course.

        Raises
        ------
        CourseError
            When it cannot be read, or holds what nobody understands.
        """
        path = root / FILE
        if not path.is_file():
            return cls()
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as problem:
            raise CourseError(f"The class file cannot be read: {problem}.", str(path), QUOTES) from None
        return _Reading(path, {folder.parent.name for folder in (root / "solutions").glob("*/chapter.md")}).read(table)

    def terms(self, seed: int | None = None, *, hidden: bool = True, limit: float = DEFAULT_LIMIT) -> Terms:
        """On what terms this class is graded; a ``seed`` that somebody names is everybody's."""
        return Terms(hidden, self.seed, limit, self.own_seeds) if seed is None else Terms(hidden, seed, limit)

    def deadline(self, student: str, chapter: str) -> datetime | None:
        """When a chapter is due for a student: the later one of deadline and extension; None when it is never."""
        moments = [self.deadlines.get(chapter), self.extensions.get(student, {}).get(chapter)]
        return max((one for one in moments if one is not None), default=None)


class _Reading:
    """One pass over one class file."""

    def __init__(self, path: Path, chapters: set[str]) -> None:
        self._path = path
        self._chapters = chapters
        self._zone: tzinfo | None = None

    def read(self, table: Mapping[str, Any]) -> ClassFile:
        known = {"seed", "own_seeds", "timezone", *_TABLES}
        self._only(table, known, "")
        self._zone = self._timezone(table.get("timezone"))
        for name in _TABLES:
            if not isinstance(table.get(name, {}), dict):
                raise self._wrong(name, "a table")
        seed = table.get("seed", 0)
        if type(seed) is not int:
            raise self._wrong("seed", "a whole number")
        if type(table.get("own_seeds", False)) is not bool:
            raise self._wrong("own_seeds", "true or false")
        return ClassFile(
            seed,
            table.get("own_seeds", False),
            self._zone,
            self._moments(table.get("deadlines", {}), "deadlines"),
            self._by_student(table.get("extensions", {}), "extensions"),
            self._by_student(table.get("handed_in", {}), "handed_in"),
            self._policy(table.get("late", {})),
        )

    def _timezone(self, name: Any) -> tzinfo | None:
        if name is None:
            return None
        try:
            return UTC if name == "UTC" else ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            raise self._wrong("timezone", 'a name like "Europe/Berlin"') from None

    def _by_student(self, table: Mapping[str, Any], name: str) -> dict[str, Moments]:
        for student, chapters in table.items():
            if not isinstance(chapters, dict):
                raise self._wrong(f"{name}.{student}", "a table of chapters")
        return {student: self._moments(chapters, f"{name}.{student}") for student, chapters in table.items()}

    def _moments(self, table: Mapping[str, Any], name: str) -> dict[str, datetime]:
        moments = {chapter: self._moment(value, f"{name}.{chapter}") for chapter, value in table.items()}
        if self._chapters:
            self._only(table, self._chapters, f"{name}.")
        return moments

    def _moment(self, value: Any, name: str) -> datetime:
        """A moment with its zone: the file's, else this machine's; a mere date means the end of the day."""
        if type(value) is date:
            value = datetime.combine(value, time(23, 59, 59))
        if isinstance(value, dict):
            raise CourseError(f"{name} must be a date, and is a table.", str(self._path), QUOTES)
        if not isinstance(value, datetime):
            raise self._wrong(name, "a date, or a date with a time")
        if value.tzinfo is not None:
            return value
        return value.replace(tzinfo=self._zone) if self._zone is not None else value.astimezone()

    def _policy(self, table: Mapping[str, Any]) -> LatePolicy:
        self._only(table, {one.name for one in fields(LatePolicy)}, "late.")
        for name, value in table.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise self._wrong(f"late.{name}", "a number that is not negative")
        return LatePolicy(**table)

    def _only(self, table: Mapping[str, Any], known: set[str], prefix: str) -> None:
        for name in table.keys() - known:
            names = ", ".join(sorted(known))
            raise CourseError(f"Nobody understands {prefix}{name}.", str(self._path), f"There are: {names}.")

    def _wrong(self, name: str, wanted: str) -> CourseError:
        return CourseError(f"{name} must be {wanted}.", str(self._path))
