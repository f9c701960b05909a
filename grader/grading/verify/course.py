"""``grader verify``: everything that the course promises, looked at."""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.exercise import Exercise
from grader.facts import facts
from grader.grading.course import Chapter, Course
from grader.grading.verify.answers import verify_answers
from grader.grading.verify.confirmed import verify_facts
from grader.grading.verify.finding import Finding, Verified
from grader.grading.verify.lessons import verify_lesson
from grader.grading.verify.templates import verify_templates
from grader.grading.verify.unwritten import verify_written


def verify_course(
    course: Course,
    chapter: str | None = None,
    *,
    workers: int = 2,
    with_sam: bool = True,
    on_judged: Callable[[int], None] = lambda waiting: None,
) -> Verified:
    """Look at one chapter; or at all, and then at the facts that installed packages state.

    Parameters
    ----------
    workers
        How many warm processes judge answers.
    with_sam
        Whether sam is asked about each template that it has not passed before; seconds each.
    on_judged
        Hears how many answers still wait.
    """
    chapters = [course.chapter(chapter)] if chapter else list(course.chapters)
    pairs = [(one, exercise) for one in chapters for exercise in one.exercises]
    findings = _verify_exercises(pairs, workers, on_judged)
    findings += [finding for one in chapters for finding in verify_lesson(one)]
    if chapter is None:
        findings += verify_facts(facts().values(), course.solutions)
    if with_sam:
        findings += verify_templates(course.root, chapters, workers)
    return Verified(tuple(findings))


def verify_exercise(
    chapter: Chapter,
    exercise: Exercise,
    *,
    workers: int = 2,
    with_sam: bool = True,
    on_judged: Callable[[int], None] = lambda waiting: None,
) -> Verified:
    """Look at one exercise only; the parameters are those of ``verify_course``."""
    findings = _verify_exercises([(chapter, exercise)], workers, on_judged)
    if with_sam:
        findings += verify_templates(chapter.course.root, [chapter], workers, below=exercise.slug)
    return Verified(tuple(findings))


def _verify_exercises(
    pairs: list[tuple[Chapter, Exercise]], workers: int, on_judged: Callable[[int], None]
) -> list[Finding]:
    return [*(verify_written(*pair) for pair in pairs), *verify_answers(pairs, workers, on_judged)]
