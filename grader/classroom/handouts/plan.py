"""A workshop's timetable: which chapters and exercises, in which order, and how long each may take."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import CourseError
from grader.grading.course import Course

FILE = "workshops.toml"
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Slot:
    """One line of a timetable.

    Attributes
    ----------
    minutes
        How long.
    what
        What happens, in a few words.
    chapter
        The chapter that it belongs to (its stem), or nothing.
    exercises
        The exercises that are done in it, by id.
    note
        For the trainer.
    begins
        Minutes since midnight.
    """

    minutes: int
    what: str
    chapter: str = ""
    exercises: tuple[str, ...] = ()
    note: str = ""
    begins: int = 0

    @property
    def clock(self) -> str:
        """``09:00–09:15``."""
        end = self.begins + self.minutes
        return f"{self.begins // 60:02}:{self.begins % 60:02}–{end // 60:02}:{end % 60:02}"


@dataclass(frozen=True)
class Day:
    """The slots of one day, in their order."""

    title: str
    slots: tuple[Slot, ...]

    @property
    def minutes(self) -> int:
        """From the first slot's begin to the last one's end."""
        return sum(slot.minutes for slot in self.slots)


@dataclass(frozen=True)
class Plan:
    """A workshop.

    Attributes
    ----------
    name
        As ``--plan`` takes it.
    audience
        Whom it is for, in a sentence.
    """

    name: str
    title: str
    audience: str
    days: tuple[Day, ...]

    @property
    def chapters(self) -> tuple[str, ...]:
        """The chapters' stems in their order, each once."""
        return tuple(dict.fromkeys(slot.chapter for day in self.days for slot in day.slots if slot.chapter))

    @property
    def exercises(self) -> frozenset[str]:
        """Every exercise that is done."""
        return frozenset(one for day in self.days for slot in day.slots for one in slot.exercises)


def plans(course: Course) -> dict[str, Plan]:
    """The course's workshops by name, from ``solutions/workshops.toml``; none when there is no such file.

    Raises
    ------
    CourseError
        When the file is not TOML, or a plan names what the course does not have.
    """
    file = course.solutions / FILE
    if not file.is_file():
        return {}
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise CourseError(f"The workshops' file is not TOML: {problem}", str(file), "Mend it.") from problem
    return {name: _plan(name, table, course) for name, table in tables.items()}


def _plan(name: str, table: Mapping[str, Any], course: Course) -> Plan:
    try:
        days = tuple(_day(day, course, f"{FILE}, {name}") for day in table["days"])
        return Plan(name, str(table["title"]), str(table["audience"]), days)
    except (KeyError, TypeError, ValueError) as problem:
        wanted = "A plan has title, audience, and days with title, begins (09:00) and slots."
        raise CourseError(f"The plan {name} is not complete: {problem!r}", FILE, wanted) from problem


def _day(table: Mapping[str, Any], course: Course, where: str) -> Day:
    hours, minutes = str(table["begins"]).split(":")
    at = 60 * int(hours) + int(minutes)
    slots = []
    for row in table["slots"]:
        slot = _slot(row, course, at, where)
        slots.append(slot)
        at += slot.minutes
    if at > MINUTES_A_DAY:
        raise CourseError(f"{table['title']} ends after midnight.", where, "Make its slots shorter.")
    return Day(str(table["title"]), tuple(slots))


def _slot(row: Mapping[str, Any], course: Course, begins: int, where: str) -> Slot:
    ids = tuple(map(str, row.get("exercises", ())))
    found = [course.exercise(one) for one in ids]
    name = row.get("chapter")
    chapter = course.chapter(str(name)).stem if name is not None else found[0][0].stem if found else ""
    minutes = int(row["minutes"])
    needed = sum(exercise.minutes for _, exercise in found)
    if strangers := [one.id for owner, one in found if owner.stem != chapter]:
        raise CourseError(f"Exercise {', '.join(strangers)} is not of {chapter}.", where, "Give it a slot of its own.")
    if needed > minutes:
        raise CourseError(
            f"{row['what']!r} has {minutes} minutes; its exercises need {needed}.", where, "Give it more."
        )
    return Slot(minutes, str(row["what"]), chapter, ids, str(row.get("note", "")), begins)
