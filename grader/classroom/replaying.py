"""``grader replay``: one answer of a report judged again on the report's own terms, for whoever doubts a grade.

The report says which course, checks, answers and seed it was made with. Each is compared with what is here now, so that
a difference in the score has a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.checks.exercise import Exercise
from grader.classroom.regrading import notebook_of, terms_of
from grader.errors import CourseError
from grader.grading.answers import Answers, read_answers
from grader.grading.client import AnswerZygote, Verdict
from grader.grading.course import Chapter, Course
from grader.grading.judging import lay_out
from grader.grading.report import CheckResult, ExerciseReport, Grades, Submission


@dataclass(frozen=True)
class Graded:
    """One answer as a report has it.

    Attributes
    ----------
    answers
        What the notebook answers now.
    """

    submission: Submission
    chapter: Chapter
    exercise: Exercise
    before: ExerciseReport
    answers: Answers

    @property
    def files(self) -> Mapping[str, str]:
        """The answer's files."""
        return self.answers.files.get(self.exercise.id, {})


@dataclass(frozen=True)
class Term:
    """One of the terms of a grade: what it was then, and what it is now."""

    name: str
    then: str
    now: str

    @property
    def is_same(self) -> bool:
        """Whether it has not changed."""
        return self.then == self.now


@dataclass(frozen=True)
class Replay:
    """What came of it.

    Attributes
    ----------
    differing
        One sentence for each check that ends otherwise than then.
    """

    graded: Graded
    after: ExerciseReport
    terms: tuple[Term, ...]
    differing: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether every check ended as it did then."""
        return not self.differing


def find_graded(grades: Grades, course: Course, student: str, exercise_id: str) -> Graded:
    """A student's answer to an exercise, from the report and from the notebook that it names.

    Raises
    ------
    CourseError
        When the report has no such student or exercise, or more than one, or the notebook cannot be read any more.
    """
    chapter, exercise = course.exercise(exercise_id)
    of_student = [one for one in grades.submissions if one.student == student]
    if not of_student:
        known = ", ".join(sorted({one.student for one in grades.submissions})[:20])
        raise CourseError(f"The report has nobody called {student!r}.", None, f"It has: {known or 'nobody'}.")
    found = [(one, report) for one in of_student for report in one.exercises if report.id == exercise.id]
    if len(found) != 1:
        notebooks = ", ".join(one.notebook for one, _ in found) or f"no notebook of chapter {chapter.number}"
        raise CourseError(f"The report has {len(found)} grades of {student} for {exercise.id}.", notebooks)
    submission, before = found[0]
    return Graded(submission, chapter, exercise, before, _answers(submission, chapter))


def replay(graded: Graded, zygote: AnswerZygote) -> Replay:
    """Judge the answer again, with the seed and the hidden checks that it was graded with."""
    verdict = _judged(graded, zygote, graded.submission.seed)
    after = verdict.report
    differing = tuple(_differing(graded.before.checks, after.checks))
    return Replay(graded, after, tuple(_terms(graded, verdict)), differing, verdict.warnings)


def with_other_seeds(graded: Graded, zygote: AnswerZygote, number: int) -> list[tuple[int, ExerciseReport]]:
    """Judge the answer with other seeds, too: whether the grade was an accident of what was drawn."""
    seeds = range(graded.submission.seed + 1, graded.submission.seed + 1 + number)
    return [(seed, _judged(graded, zygote, seed).report) for seed in seeds]


def lay_answer(graded: Graded, folder: Path) -> Path:
    """Write the answer as a project, as it was judged: the course's files and the student's over them.

    Raises
    ------
    CourseError
        When something is there already.
    """
    target = folder / graded.exercise.slug
    if target.exists():
        raise CourseError("There is something here already.", str(target), "Name another folder.")
    lay_out(target, graded.exercise, graded.files, graded.chapter.sources(graded.exercise))
    return target


def _answers(submission: Submission, chapter: Chapter) -> Answers:
    """What the notebook holds."""
    path = notebook_of(submission, chapter.course)
    answers = read_answers(path, chapter.exercises)
    if not answers.readable and not submission.answers_digest == answers.digest:
        raise CourseError(
            "The notebook cannot be read any more.", str(path), "Put it back where it was when it was graded."
        )
    return answers


def _judged(graded: Graded, zygote: AnswerZygote, seed: int) -> Verdict:
    hidden = terms_of(graded.submission).hidden
    return zygote.judge(graded.chapter, graded.exercise, graded.files, hidden=hidden, seed=seed)


def _terms(graded: Graded, verdict: Verdict) -> Iterator[Term]:
    was, course = graded.submission, graded.chapter.course
    hidden = terms_of(was).hidden
    yield Term("course version", was.course_version, course.version)
    yield Term("checks", was.checks_digest, course.checks_digest(graded.chapter, hidden))
    yield Term("answers in the notebook", was.answers_digest, graded.answers.digest)
    yield Term("seed", str(was.seed), str(was.seed))
    yield Term("hidden checks", "asked" if hidden else "not asked", "asked" if hidden else "not asked")
    yield Term(
        "isolation level", *("unknown" if one is None else str(one) for one in (was.isolation, verdict.isolation))
    )


def _differing(before: Sequence[CheckResult], after: Sequence[CheckResult]) -> Iterator[str]:
    olds, news = ({check.name: check for check in checks} for checks in (before, after))
    for name in dict.fromkeys((*olds, *news)):
        old, new = olds.get(name), news.get(name)
        if old is None or new is None:
            yield f"{name} was {'not asked then' if old is None else 'asked then, and is not any more'}"
        elif (old.outcome, old.points) != (new.outcome, new.points):
            yield f"{name} was {old.outcome} then, and is {new.outcome} now"
