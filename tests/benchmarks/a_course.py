"""Grading the whole course: every exercise of every chapter, for one student and for a class, nothing reused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.grading.batch import Job, Terms, find_jobs, grade_all, zygotes_for
from grader.grading.client import AnswerZygote
from grader.grading.course import Chapter, Course
from tests.benchmarks.row import Row, timed
from tests.students import Student, answered, answers_of, released

CLASS = 30
ONE_SECONDS, CLASS_SECONDS = 10.0, 360.0


def measure(course: Course) -> Iterator[Row]:
    """One student with warm processes, then thirty."""
    chapters = [chapter for chapter in course.chapters if chapter.number]
    exercises = sum(len(chapter.exercises) for chapter in chapters)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        for chapter in chapters:
            hand_in(Path(folder), chapter)
        jobs = find_jobs([Path(folder)], course)
        zygotes = zygotes_for(jobs)
        try:
            one = [job for job in jobs if job.student == jobs[0].student]
            grade(one, course, zygotes)  # each chapter's checks are imported once
            how = f"{exercises} exercises of {len(chapters)} chapters, {len(zygotes)} warm processes"
            yield Row("the course, one student", how, timed(lambda: grade(one, course, zygotes), 3), "s", ONE_SECONDS)
            how = f"the same, {CLASS} students"
            yield Row("the course, a class", how, timed(lambda: grade(jobs, course, zygotes), 1), "s", CLASS_SECONDS)
        finally:
            for zygote in zygotes:
                zygote.close()


def hand_in(folder: Path, chapter: Chapter) -> None:
    """The chapter's notebook with our answers, from each of the class."""
    notebook = answered(released(chapter), chapter, answers_of(chapter).solution)
    for number in range(CLASS):
        Student(f"student-{number:02}", notebook).hand_in(folder, chapter.stem)


def grade(jobs: Sequence[Job], course: Course, zygotes: Sequence[AnswerZygote]) -> None:
    """Grade them; every answer must have full marks, or what was measured is not the work."""
    grades = grade_all(jobs, course, Terms(), zygotes=zygotes)
    assert all(one.score == one.max_score for one in grades.submissions), [
        (one.chapter, one.score, one.max_score) for one in grades.submissions if one.score != one.max_score
    ]
