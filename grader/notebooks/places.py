"""Where a chapter lies in the built course and in the learner's copy: the start page at the top, others in a folder."""

from __future__ import annotations

from pathlib import Path

from grader.grading.course import Course

START_PAGE = "index"


def work_folder(course: Course) -> Path:
    """The learner's own copy."""
    return course.work


def chapter_folder(tree: Path, chapter: str) -> Path:
    """A chapter's folder in ``course/`` or ``work/``."""
    return tree if chapter == START_PAGE else tree / chapter


def chapter_notebook(tree: Path, chapter: str) -> Path:
    """A chapter's notebook in ``course/`` or ``work/``."""
    return chapter_folder(tree, chapter) / f"{chapter}.ipynb"
