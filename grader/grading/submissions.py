"""Grading one submission: all exercises of a chapter, from the answers that were read out of a notebook."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks.exercise import Exercise
from grader.grading.answers import Answers
from grader.grading.client import AnswerJudge, Verdict, shared_zygote
from grader.grading.course import Chapter
from grader.grading.isolation import ENOUGH
from grader.grading.report import Submission
from grader.grading.request import DEFAULT_LIMIT


@dataclass(frozen=True)
class Terms:
    """On what terms a class is graded: the same for every submission of a run.

    Attributes
    ----------
    hidden
        Whether hidden checks are asked, too.
    seed
        Decides what is drawn at random.
    own_seeds
        Whether every student has a seed of their own, made from this one: all are asked the same with other values.
    limit
        Seconds of wall clock for each answer.
    """

    hidden: bool = False
    seed: int = 0
    limit: float = DEFAULT_LIMIT
    own_seeds: bool = False

    def seed_of(self, student: str) -> int:
        """The seed for a student's answers."""
        return seed_of(student, self.seed) if self.own_seeds else self.seed


def seed_of(student: str, seed: int) -> int:
    """A student's own seed, which nobody guesses who does not know the class's."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{student}".encode("utf-8", "replace")).digest()[:6])


def grade_answers(
    chapter: Chapter,
    answers: Answers,
    *,
    student: str = "",
    notebook: str = "",
    hidden: bool = False,
    seed: int = 0,
    limit: float = DEFAULT_LIMIT,
    problems: Sequence[str] = (),
    zygote: AnswerJudge | None = None,
) -> Submission:
    """Judge every exercise of a chapter; an exercise without an answer is not attempted."""
    judge = zygote or shared_zygote()
    files = [(exercise, answers.files.get(exercise.id, {})) for exercise in chapter.exercises]
    verdicts = judge.judge_all(chapter, files, hidden=hidden, seed=seed, limit=limit)
    level = min((verdict.isolation for verdict in verdicts if verdict.isolation is not None), default=None)
    return Submission(
        student=student,
        chapter=chapter.stem,
        notebook=notebook,
        exercises=tuple(verdict.report for verdict in verdicts),
        problems=(*problems, *answers.problems, *_warnings(chapter.exercises, verdicts), *weakness(level)),
        isolation=level,
        course_version=chapter.course.version,
        checks_digest=chapter.course.checks_digest(chapter, hidden),
        answers_digest=answers.digest,
        seed=seed,
        reused=tuple(verdict.report.id for verdict in verdicts if verdict.reused),
    )


def weakness(level: int | None) -> tuple[str, ...]:
    """What a report says of the walls, where there were too few."""
    if level is None or level >= ENOUGH:
        return ()
    return (f"Graded at isolation level {level}: the answer could have read the grader's files.",)


def _warnings(exercises: Sequence[Exercise], verdicts: Sequence[Verdict]) -> list[str]:
    return [
        f"Exercise {exercise.id}: {warning}"
        for exercise, verdict in zip(exercises, verdicts, strict=True)
        for warning in verdict.warnings
    ]
