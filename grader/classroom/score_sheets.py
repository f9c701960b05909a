"""Scores as the tables that Canvas, Moodle and Gradescope read.

A class list that came out of Canvas or Moodle goes back as it came, with one column filled in: what a system wrote it
can read. Whoever has no score keeps an empty cell, which none of them takes for a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.classroom.roster import Person, Roster
from grader.classroom.scores import Score
from grader.classroom.spreadsheet import sheet_text
from grader.errors import CourseError
from grader.grading.wording import amount

KINDS = ("canvas", "moodle", "gradescope")
CANVAS_IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
GRADESCOPE = ("First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Status")
MOODLE_GRADE, MOODLE_MAX = "Grade", "Maximum Grade"


def score_sheet(
    kind: str, roster: Roster, scores: Sequence[Score], column: str, *, absent_as_zero: bool = False
) -> str:
    """Scores of one chapter as CSV.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    column
        The assignment's name, for Canvas; a column of the class list that begins so is taken.
    absent_as_zero
        Whether whoever handed in nothing gets 0.

    Raises
    ------
    CourseError
        When the class list is not of that system.
    """
    by_student = {score.student: score for score in scores}
    if absent_as_zero:
        worth = max((score.max_points for score in scores), default=0)
        absent = (one.student for one in roster.people if one.student not in by_student)
        by_student |= {student: Score(student, "", 0, worth) for student in absent}
    if kind == "gradescope":
        return _gradescope(roster, by_student)
    if roster.kind != kind:
        what = {"canvas": "the gradebook export", "moodle": "the grading worksheet"}[kind]
        raise CourseError(f"The class list is {roster.kind}'s, not {kind}'s.", None, f"Give {what} as --roster.")
    return _canvas(roster, by_student, column) if kind == "canvas" else _moodle(roster, by_student)


def without_place(roster: Roster, scores: Sequence[Score]) -> list[str]:
    """The students with a score who are not in the class list."""
    return [score.student for score in scores if roster.by_student(score.student) is None]


def canvas_doubts(roster: Roster, scores: Sequence[Score], column: str) -> list[str]:
    """What Canvas would do with these scores that a teacher might not mean."""
    at = roster.sheet.column(_canvas_column(roster, column))
    if at is None:
        return [f"no column of the class list begins with {column!r}: Canvas will offer to make a new assignment"]
    name = roster.sheet.column("Student")
    cells = [row[at] for row in roster.sheet.rows if name is not None and row[name].strip() == POINTS_POSSIBLE.strip()]
    worth = max((score.max_points for score in scores), default=0)
    try:
        most = float(cells[0].replace(",", ".")) if cells else worth
    except ValueError:
        return []
    if not scores or most == worth:
        return []
    wanted, heading = amount(worth), roster.sheet.headings[at]
    words = f"{heading} is out of {amount(most)} in Canvas, and these scores are out of {wanted}"
    return [f"{words}: set the assignment's points to {wanted} there"]


def _canvas_column(roster: Roster, column: str) -> str:
    """The heading that Canvas made of an assignment's name; the name itself when there is none."""
    return next((one for one in roster.sheet.headings if one == column or one.startswith(f"{column} (")), column)


def _canvas(roster: Roster, scores: dict[str, Score], column: str) -> str:
    headings = roster.sheet.headings
    identity = [at for name in CANVAS_IDENTITY if (at := roster.sheet.column(name)) is not None]
    known = _canvas_column(roster, column)
    worth = max((score.max_points for score in scores.values()), default=0)
    rows: list[list[str]] = [[POINTS_POSSIBLE, *[""] * (len(identity) - 1), amount(worth)]]
    for person in roster.people:
        cells = roster.sheet.rows[person.row]
        rows.append([*(cells[at] for at in identity), _points(scores.get(person.student))])
    return sheet_text([*(headings[at] for at in identity), known], rows)


def _moodle(roster: Roster, scores: dict[str, Score]) -> str:
    grade = roster.sheet.column(MOODLE_GRADE)
    if grade is None:
        raise CourseError(
            "The worksheet has no column Grade.", None, "Switch on the offline grading worksheet of the assignment."
        )
    rows = [list(row) for row in roster.sheet.rows]
    for person in roster.people:
        score = scores.get(person.student)
        if score is not None and score.points is not None:
            rows[person.row][grade] = _points(_scaled(score, person, roster))
    return sheet_text(roster.sheet.headings, rows)


def _scaled(score: Score, person: Person, roster: Roster) -> Score:
    """On Moodle's scale, which need not be ours."""
    at = roster.sheet.column(MOODLE_MAX)
    try:
        most = float(roster.sheet.rows[person.row][at].replace(",", ".")) if at is not None else score.max_points
    except ValueError:
        return score
    if score.points is None or not score.max_points:
        return score
    return replace(score, earned=round(score.points * most / score.max_points, 2), penalty=0)


def _gradescope(roster: Roster, scores: dict[str, Score]) -> str:
    rows = []
    for person in roster.people:
        score = scores.get(person.student)
        last, comma, first = person.name.partition(", ")
        if not comma:
            first, _, last = person.name.rpartition(" ")
        status = "Missing" if score is None else "Ungraded" if score.points is None else "Graded"
        most = amount(score.max_points) if score else ""
        rows.append([first, last, person.number, person.email, _points(score), most, status])
    return sheet_text(GRADESCOPE, rows)


def _points(score: Score | None) -> str:
    return "" if score is None or score.points is None else amount(score.points)
