"""``grader class report``: what a class can and cannot, on one page and in tables."""

from grader.classroom.class_report.figures import ClassFigures, figures
from grader.classroom.class_report.likeness import Alike, alike_answers
from grader.classroom.class_report.page import report_page
from grader.classroom.class_report.tables import tables

__all__ = ["Alike", "ClassFigures", "alike_answers", "figures", "report_page", "tables"]
