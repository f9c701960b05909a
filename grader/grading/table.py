"""Grades as a table for spreadsheets."""

from __future__ import annotations

import csv
import io

from grader.grading import wording
from grader.grading.report import Grades

HEADINGS = ("student", "chapter", "exercise", "title", "outcome", "score", "max_score", "problems", "notebook")


def grades_csv(grades: Grades) -> str:
    """One row an exercise, and one for a notebook without any; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for submission in grades.submissions:
        problems = "; ".join(submission.problems)
        if not submission.exercises:
            row = [submission.student, submission.chapter, "", "", "", 0, 0, problems, submission.notebook]
            writer.writerow([harmless(cell) for cell in row])
        for report in submission.exercises:
            score = "" if report.score is None else report.score
            row = [submission.student, submission.chapter, report.id, report.title, wording.NAMES[report.outcome]]
            row += [score, report.max_score, problems, submission.notebook]
            writer.writerow([harmless(cell) for cell in row])
            problems = ""  # once a notebook
    return text.getvalue()


def harmless(cell: object) -> object:
    """Text that a spreadsheet would calculate gets a quote in front, and stays in one line; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    # csv leaves a carriage return bare, and there a row of its own would begin
    text = " ".join(cell.replace("\0", "").splitlines())
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith("\t") else text
