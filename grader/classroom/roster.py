"""Who is in the class: read from what Canvas, Moodle, Gradescope or nbgrader export anyway."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.spreadsheet import Sheet, read_sheet
from grader.errors import CourseError

FOLDER = re.compile(r"[\w@][\w@.-]{0,99}")
# The headings of each system's export by what they mean to us; the first that is there counts.
HEADINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "canvas": {
        "name": ("Student",), "lms": ("ID",), "number": ("SIS User ID",), "login": ("SIS Login ID",),
        "email": ("Email",),
    },
    "moodle": {
        "lms": ("Identifier",), "name": ("Full name",), "email": ("Email address",), "number": ("ID number",),
        "login": ("Username",), "handed_in": ("Last modified (submission)",),
    },
    "gradescope": {
        "first": ("First Name",), "last": ("Last Name",), "name": ("Name", "Full Name"),
        "number": ("SID", "Student ID"), "email": ("Email",),
    },
    "nbgrader": {
        "login": ("id",), "first": ("first_name",), "last": ("last_name",), "email": ("email",),
        "lms": ("lms_user_id",),
    },
}  # fmt: skip
TEST_STUDENT = "Student, Test"  # Canvas's own, with a number but no login
TELLING = {
    "moodle": ("identifier",),
    "canvas": ("student", "id"),
    "gradescope": ("email", "sid"),
    "nbgrader": ("id", "email"),
}


@dataclass(frozen=True)
class Person:
    """One of the class.

    Attributes
    ----------
    student
        The name of this person's folder below ``submitted/``: the login, else the e-mail address, else a number.
    lms
        The number that Canvas or Moodle puts into the names of a download.
    handed_in
        When this person handed in, as Moodle's worksheet writes it; empty when nothing says it.
    row
        The line in the exported table, from 0.
    """

    student: str
    name: str = ""
    email: str = ""
    number: str = ""
    lms: str = ""
    handed_in: str = ""
    row: int = 0


@dataclass(frozen=True)
class Roster:
    """The class, and the table that it was read from.

    Attributes
    ----------
    kind
        Whose export it is: ``canvas``, ``moodle``, ``gradescope`` or ``nbgrader``.
    """

    kind: str
    sheet: Sheet
    people: tuple[Person, ...]

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a class list.

        Raises
        ------
        CourseError
            When it is no table, of no known form, names nobody, or names two people by one id.
        """
        sheet = read_sheet(path)
        kind = _kind_of(sheet, path)
        people = tuple(person for row in range(len(sheet.rows)) if (person := _person(sheet, kind, row)) is not None)
        if not people:
            raise CourseError("The class list names nobody.", str(path))
        _nobody_twice([one.student for one in people], path)
        _nobody_twice([one.lms for one in people if one.lms], path)
        return cls(kind, sheet, people)

    def by_lms(self, number: str) -> Person | None:
        """The person with this number in the LMS."""
        return next((one for one in self.people if number and one.lms == number), None)

    def by_student(self, student: str) -> Person | None:
        """The person with this folder."""
        return next((one for one in self.people if one.student == student), None)


def _nobody_twice(ids: list[str], path: Path) -> None:
    twice = [one for one, times in Counter(ids).items() if times > 1]
    if twice:
        next_step = "Leave each person one line: else nobody knows whose notebook it is."
        raise CourseError(f"The class list names {twice[0]!r} more than once.", str(path), next_step)


def _kind_of(sheet: Sheet, path: Path) -> str:
    there = {heading.strip().casefold() for heading in sheet.headings}
    for kind, needed in TELLING.items():
        if there.issuperset(needed):
            return kind
    raise CourseError(
        "Nobody can tell whose class list this is.",
        f"{path}: {', '.join(sheet.headings[:8])}",
        "Take Canvas's gradebook export, Moodle's grading worksheet, Gradescope's roster, or columns id and email. "
        "The headings must be English: set your language there before you export.",
    )


def _person(sheet: Sheet, kind: str, row: int) -> Person | None:
    """The person in a row; None for the rows in which Canvas writes other things."""
    found = {
        meaning: sheet.rows[row][at].strip()
        for meaning, names in HEADINGS[kind].items()
        if (at := sheet.column(*names)) is not None
    }
    lms = re.sub(r"\D", "", found.get("lms", "")) if kind == "moodle" else found.get("lms", "")
    if kind in ("canvas", "moodle") and not lms:
        return None
    if kind == "canvas" and found.get("name") == TEST_STUDENT:
        return None
    name = found.get("name") or f"{found.get('first', '')} {found.get('last', '')}".strip()
    ids = [found.get("login", ""), found.get("email", ""), found.get("number", ""), f"participant-{lms}" if lms else ""]
    student = next((one.casefold() for one in ids if FOLDER.fullmatch(one)), "")
    if not student:
        return None
    return Person(student, name, found.get("email", ""), found.get("number", ""), lms, found.get("handed_in", ""), row)
