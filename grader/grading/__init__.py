"""Grading: from the files of an answer, through the checks, to a report."""

from grader.grading.answers import Answers, read_answers
from grader.grading.course import Chapter, Course
from grader.grading.report import ExerciseReport, Grades, Submission
from grader.grading.sources import SourceError, solution_text, starter_text

__all__ = [
    "Answers",
    "Chapter",
    "Course",
    "ExerciseReport",
    "Grades",
    "SourceError",
    "Submission",
    "read_answers",
    "solution_text",
    "starter_text",
]
