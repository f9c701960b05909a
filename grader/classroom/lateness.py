"""What it costs to hand in late. A doubt is decided for the student, and said to the teacher."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grader.classroom.receipts import Receipt

if TYPE_CHECKING:
    from grader.classroom.class_file import ClassFile

DAY = timedelta(days=1)
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class LatePolicy:
    """What being late costs; as it is made, nothing.

    Attributes
    ----------
    grace_minutes
        So long after the deadline nobody is late.
    percent_a_day
        Of the points earned, for each day after the deadline that has begun.
    at_most_percent
        More than that is never taken.
    closed_after_days
        After so many days an answer earns nothing; 0 for never.
    """

    grace_minutes: float = 0
    percent_a_day: float = 0
    at_most_percent: float = 100
    closed_after_days: float = 0

    def penalty(self, points: float, late: timedelta) -> float:
        """The points that are taken from ``points`` earned so ``late``, to a hundredth."""
        if late <= timedelta(minutes=self.grace_minutes):
            return 0
        if self.closed_after_days and late > self.closed_after_days * DAY:
            return points
        percent = min(self.percent_a_day * math.ceil(late / DAY), self.at_most_percent, 100)
        return round(points * percent / 100, 2)


@dataclass(frozen=True)
class Lateness:
    """How late somebody is with a chapter.

    Attributes
    ----------
    note
        What a teacher should look at; empty when all is known.
    is_known
        Whether anybody says by how much.
    """

    late: timedelta = timedelta()
    note: str = ""
    is_known: bool = True

    @property
    def words(self) -> str:
        """``2 days 3 hours late``, in minutes below an hour, ``late`` when nobody knows; empty when it is in time."""
        if self.late <= timedelta():
            return ""
        if not self.is_known:
            return "late"
        if self.late < timedelta(hours=1):
            return f"{_number(math.ceil(self.late / timedelta(minutes=1)), 'minute')} late"
        days, hours = divmod(math.ceil(self.late / timedelta(hours=1)), 24)
        parts = [_number(days, "day"), _number(hours, "hour")]
        return f"{' '.join(part for part in parts if part)} late"


def lateness(
    known: ClassFile, student: str, chapter: str, receipt: Receipt | None = None, stamp: datetime | None = None
) -> Lateness:
    """How late a student is with a chapter.

    Parameters
    ----------
    receipt
        What the LMS's download said.
    stamp
        When nbgrader's exchange took it, if it did.
    """
    deadline = known.deadline(student, chapter)
    if deadline is None:
        return Lateness()
    said = known.handed_in.get(student, {}).get(chapter)
    moment = said or _moment(receipt) or (None if receipt and receipt.is_late is not None else stamp)
    if moment is not None:
        return Lateness(max(timedelta(), moment - deadline))
    if receipt is None or not receipt.is_late:
        return Lateness()
    if chapter in known.extensions.get(student, {}):
        return Lateness(note="marked late, but has an extension: taken as in time. Say handed_in in class.toml.")
    least = timedelta(minutes=known.late.grace_minutes) + A_MOMENT
    note = "marked late, nobody says by how much: taken as one day. Say handed_in in class.toml."
    return Lateness(least, note, is_known=False)


def _moment(receipt: Receipt | None) -> datetime | None:
    return datetime.fromisoformat(receipt.handed_in) if receipt and receipt.handed_in else None


def _number(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}" if number else ""
