"""``grader return``: one archive with everybody's feedback, named so that the LMS gives each page to its student."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from grader.classroom.downloads import feedback_name
from grader.classroom.receipts import read_receipts
from grader.classroom.scores import Dates
from grader.errors import CourseError
from grader.grading import wording
from grader.grading.course import Chapter
from grader.grading.html_page import exercise_html, page
from grader.grading.report import Grades, Submission

DATE = (1980, 1, 1, 0, 0, 0)  # the same feedback is the same archive, byte for byte


@dataclass(frozen=True)
class Returned:
    """A feedback archive.

    Attributes
    ----------
    students
        Whose pages are in it.
    left_out
        Who has a report, but came by no download: nobody knows how their file must be called.
    """

    archive: bytes
    students: tuple[str, ...]
    left_out: tuple[str, ...]


def feedback_archive(grades: Grades, chapter: Chapter, *, from_nbgrader: bool = False) -> Returned:
    """The feedback to one chapter, to be uploaded where the submissions were downloaded.

    Parameters
    ----------
    from_nbgrader
        Whether to take the pages that ``nbgrader generate_feedback`` wrote, with a teacher's comments.

    Raises
    ------
    CourseError
        When nothing of the chapter was collected from an LMS, or a page of nbgrader's is missing.
    """
    root = chapter.course.root
    receipts = read_receipts(root, chapter.stem)
    if not receipts:
        raise CourseError("Nothing of this chapter was collected from an LMS.", chapter.stem, "Run: grader collect")
    mine = sorted((one for one in grades.submissions if one.chapter == chapter.stem), key=lambda one: one.student)
    known = [one for one in mine if one.student in receipts]
    dates = Dates(root, chapter.stem)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in known:
            receipt = receipts[one.student]
            text = _nbgraders_page(root, one) if from_nbgrader else feedback_page(one, chapter, dates)
            entry = zipfile.ZipInfo(feedback_name(receipt.entry, receipt.kind, chapter.stem), DATE)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    left = tuple(one.student for one in mine if one.student not in receipts)
    return Returned(buffer.getvalue(), tuple(one.student for one in known), left)


def feedback_page(submission: Submission, chapter: Chapter, dates: Dates) -> str:
    """One student's feedback as a page: the score, what being late cost, and every report without what is hidden."""
    exercises = {exercise.id: exercise for exercise in chapter.exercises}
    reports = [exercise_html(one.for_learner(), exercises.get(one.id)) for one in submission.exercises]
    head = "".join(f"<p>{escape(line)}</p>" for line in _head(submission, dates))
    return page([head, *reports], f"Chapter {chapter.number}: {chapter.title}")


def _head(submission: Submission, dates: Dates) -> Iterator[str]:
    yield f"Your score: {wording.of_points(submission.score, submission.max_score)}."
    penalty, _ = dates.off(submission.student, submission.score)
    if words := dates.of(submission.student).words:
        off = "nothing is taken off"
        if penalty and submission.score is not None:
            points = "1 point is" if penalty == 1 else f"{wording.amount(penalty)} points are"
            off = f"{points} taken off, and {wording.amount(round(submission.score - penalty, 2))} count"
        yield f"Handed in {words}: {off}."
    yield from (f"Note: {problem}" for problem in submission.problems)
    yield (
        f"Graded with course version {submission.course_version}, checks {submission.checks_digest}, "
        f"seed {submission.seed}, on the answers {submission.answers_digest}."
    )


def _nbgraders_page(root: Path, submission: Submission) -> str:
    path = root / "feedback" / submission.student / submission.chapter / f"{submission.chapter}.html"
    if not path.is_file():
        raise CourseError("This page of nbgrader's is missing.", str(path), "Run: nbgrader generate_feedback")
    return path.read_text("utf-8")
