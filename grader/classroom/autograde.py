"""nbgrader's autograding with our grader in it: nothing of a student's runs in nbgrader's process or in a kernel.

``GradeOutOfProcess`` stands where nbgrader executes the notebook; ``SaveGrades`` is nbgrader's own, taught to leave a
grade open when the grader itself failed; ``TakeOffForLateness`` is nbgrader's own, taught to read ``class.toml``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool

from grader.checks.exercise import Exercise
from grader.classroom.class_file import ClassFile
from grader.classroom.exporter import PROBLEMS
from grader.classroom.scores import Dates
from grader.classroom.settings import COURSE_ID, gradebook_url
from grader.grading.answers import answers_in
from grader.grading.client import shared_zygote
from grader.grading.course import Chapter, Course
from grader.grading.html_page import exercise_html
from grader.grading.isolation import require_isolation
from grader.grading.report import ExerciseReport, Submission

OPEN = "running_serverless_open"  # marks a points cell whose grade a person must give


class GradeOutOfProcess(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Grade the rebuilt notebook in processes of our own, and write one number and one report into each points cell."""

    allow_weak_isolation = Bool(False, help="Grade below isolation level 2, too.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade one submission.

        Raises
        ------
        CourseError
            When this machine cannot keep an answer away from the teacher's files.
        """
        allowing = "--GradeOutOfProcess.allow_weak_isolation=True"
        require_isolation(shared_zygote(), allowing, self.allow_weak_isolation)
        names = resources["nbgrader"]
        chapter = Course.find(_root_of(self)).chapter(names["assignment"])
        submission = grade_notebook(nb, chapter, names["student"])
        reports = {report.id: report for report in submission.exercises}
        notes = submission.problems  # about the whole notebook: under the first exercise's report
        for cell in nb.cells:
            exercise = exercise_of(cell, chapter)
            if exercise is not None:
                write_grade(cell, reports[exercise.id], exercise, notes)
                notes = ()
        return nb, resources


class SaveGrades(SaveAutoGrades):  # type: ignore[misc]  # nbgrader ships no types
    """Save the grades; where the grader failed, the score stays open and the teacher is asked to look."""

    def _add_score(self, cell: Any, resources: Any) -> None:
        if not cell.metadata.get(OPEN):
            super()._add_score(cell, resources)
            return
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        grade.auto_score = None
        grade.needs_manual_grade = True
        self.gradebook.db.commit()


class TakeOffForLateness(AssignLatePenalties):  # type: ignore[misc]  # nbgrader ships no types
    """Take points off for being late, as ``class.toml`` says; where it names no deadline, as nbgrader's settings do."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Write the penalty of one submission into the gradebook."""
        names = resources["nbgrader"]
        student, chapter = names["student"], names["assignment"]
        dates = Dates(_root_of(self), chapter)
        if dates.known.deadline(student, chapter) is None:
            return super().preprocess(nb, resources)  # type: ignore[no-any-return]
        with Gradebook(names["db_url"]) as book:
            notebook = book.find_submission_notebook(names["notebook"], chapter, student)
            notebook.late_submission_penalty = dates.off(student, notebook.score)[0] or None
            book.db.commit()
        return nb, resources


def _root_of(preprocessor: Any) -> Path:
    """The course's folder: what nbgrader's converter, the parent of the exporter, works on."""
    exporter = preprocessor.parent
    return Path(exporter.parent.coursedir.root) if hasattr(exporter, "parent") else Path.cwd()


def grade_notebook(nb: Any, chapter: Chapter, student: str) -> Submission:
    """Grade the answers of a rebuilt notebook, hidden checks included, with the class's seed."""
    import nbformat

    from grader.grading.batch import grade_answers  # starts the warm processes

    answers = answers_in(nbformat.writes(nb).encode(), chapter.exercises)
    problems = tuple(nb.metadata.get(PROBLEMS, ()))
    seed = ClassFile.read(chapter.course.root).terms().seed_of(student)
    return grade_answers(chapter, answers, student=student, hidden=True, seed=seed, problems=problems)


def exercise_of(cell: Any, chapter: Chapter) -> Exercise | None:
    """The exercise whose points a cell carries; None for every other cell."""
    from grader.notebooks.cells import dashed

    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return next((one for one in chapter.exercises if grade_id == f"check-{dashed(one.id)}"), None)


def write_grade(cell: Any, report: ExerciseReport, exercise: Exercise, problems: tuple[str, ...] = ()) -> None:
    """Put the score (one number, as nbgrader reads it) and the escaped report into a points cell's outputs.

    Without a score there is no number, and the cell is marked for ``SaveGrades``.
    """
    page = exercise_html(report.for_learner(), exercise, problems)
    cell.execution_count = None
    cell.outputs = [new_output("display_data", {"text/html": page})]
    if report.score is not None:
        number = {"text/plain": f"{report.score:g}"}
        cell.outputs.insert(0, new_output("execute_result", number, execution_count=None))
    cell.metadata[OPEN] = report.score is None


def open_grades(root: Path, assignment: str) -> list[tuple[str, str]]:
    """Who still needs a person's grade in an assignment: (student, name of the cell), sorted."""
    with Gradebook(gradebook_url(root), COURSE_ID) as gradebook:
        submissions = gradebook.find_assignment(assignment).submissions
        return sorted(
            (submission.student.id, grade.name)
            for submission in submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.needs_manual_grade
        )
