"""What goes into a school's books: points earned, less what being late cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.classroom.class_file import ClassFile
from grader.classroom.collecting import SUBMITTED
from grader.classroom.intake import TIMESTAMP, text_of
from grader.classroom.lateness import Lateness, lateness
from grader.classroom.receipts import Receipt, read_receipts
from grader.errors import CourseError
from grader.grading.report import Grades, Submission
from grader.grading.wording import amount

OPEN = "the grader itself failed: grade again, or by hand"
BY_HAND = "an answer waits for a grade by hand"


@dataclass(frozen=True)
class Score:
    """One student's result in one chapter.

    Attributes
    ----------
    earned
        Points before anything is taken off; None while they are not known.
    penalty
        Points off for being late.
    note
        What a teacher should look at before it is published.
    """

    student: str
    chapter: str
    earned: float | None
    max_points: float
    penalty: float = 0
    note: str = ""

    @property
    def points(self) -> float | None:
        """What counts."""
        return None if self.earned is None else round(self.earned - self.penalty, 2)


class Dates:
    """How late each of a class is with a chapter: class.toml, the LMS's download, nbgrader's exchange."""

    def __init__(self, root: Path, chapter: str) -> None:
        self.known = ClassFile.read(root)
        self._root = root
        self._chapter = chapter
        self._receipts: dict[str, Receipt] = read_receipts(root, chapter)

    def of(self, student: str) -> Lateness:
        """How late a student is."""
        return lateness(self.known, student, self._chapter, self._receipts.get(student), self._stamp(student))

    def off(self, student: str, points: float | None) -> tuple[float, str]:
        """The points that being late costs, and what a teacher should look at."""
        late = self.of(student)
        note = "; ".join(filter(None, [late.words if late.is_known else "", late.note]))
        return (self.known.late.penalty(points, late.late) if points else 0), note

    def _stamp(self, student: str) -> datetime | None:
        from nbgrader.utils import parse_utc

        text = text_of(self._root / SUBMITTED / student / self._chapter / TIMESTAMP)
        try:
            moment = parse_utc(text) if text else None
        except (ValueError, OverflowError, TypeError, AttributeError):
            return None
        return None if moment is None else moment.astimezone() if moment.tzinfo else _utc(moment)


def scores_in_report(grades: Grades, root: Path, chapter: str) -> list[Score]:
    """The scores of a chapter in a report of ``grader grade``.

    Raises
    ------
    CourseError
        When somebody is in it twice.
    """
    mine = [one for one in grades.submissions if one.chapter == chapter]
    _nobody_twice(mine)
    dates = Dates(root, chapter)
    return [_score(one, dates) for one in mine]


def scores_in_gradebook(root: Path, chapter: str) -> list[Score]:
    """The scores of a chapter in nbgrader's gradebook, with what a person gave.

    What being late costs is what ``class.toml`` says today, of what is earned today: nbgrader holds what it was when
    the answer was autograded, before a person gave points or an extension.

    Raises
    ------
    CourseError
        When the gradebook does not know the chapter.
    """
    from nbgrader.api import Gradebook, MissingEntry

    from grader.classroom.settings import COURSE_ID, GRADEBOOK, gradebook_url

    dates = Dates(root, chapter)
    if not (root / GRADEBOOK).is_file():  # nbgrader would make one
        next_step = "Run nbgrader generate_assignment and autograde, and leave db_url in nbgrader_config.py as it is."
        raise CourseError("There is no gradebook yet.", str(root / GRADEBOOK), next_step)
    with Gradebook(gradebook_url(root), COURSE_ID) as book:
        try:
            submissions = book.find_assignment(chapter).submissions
        except MissingEntry:
            next_step = "Run nbgrader generate_assignment and autograde."
            raise CourseError("The gradebook does not know this chapter.", chapter, next_step) from None
        return sorted((_gradebook_score(one, chapter, dates) for one in submissions), key=lambda one: one.student)


def _gradebook_score(submission: Any, chapter: str, dates: Dates) -> Score:
    student = submission.student.id
    unknown = any(
        grade.auto_score is None and grade.manual_score is None and grade.needs_manual_grade
        for notebook in submission.notebooks
        for grade in notebook.grades
    )
    penalty, note = dates.off(student, submission.score)
    held = submission.late_submission_penalty or 0
    if dates.known.deadline(student, chapter) is None:
        penalty = held  # nbgrader's own settings hold
    differs = f"nbgrader still takes {amount(held)} off, and class.toml {amount(penalty)}: autograde again"
    notes = [note, BY_HAND if submission.needs_manual_grade else "", differs if held != penalty else ""]
    earned = None if unknown else submission.score
    return Score(student, chapter, earned, submission.max_score, penalty, "; ".join(filter(None, notes)))


def _score(submission: Submission, dates: Dates) -> Score:
    penalty, note = dates.off(submission.student, submission.score)
    notes = [note, OPEN if submission.score is None else ""]
    shown = "; ".join(filter(None, notes))
    return Score(submission.student, submission.chapter, submission.score, submission.max_score, penalty, shown)


def _nobody_twice(submissions: Iterable[Submission]) -> None:
    seen: dict[str, str] = {}
    for one in submissions:
        if one.student in seen:
            where = f"{seen[one.student]} and {one.notebook}"
            raise CourseError(f"{one.student} is in the report twice.", where, "Grade the notebook that counts.")
        seen[one.student] = one.notebook


def _utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.replace(tzinfo=UTC)
