"""The figures of a class: who passed what, what was hard, and what fails first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.grading.report import ExerciseReport, Grades, Submission


@dataclass(frozen=True)
class ExerciseFigures:
    """One exercise in a class.

    Attributes
    ----------
    tried
        How many changed its files.
    passed
        How many passed all of its checks.
    share
        The part of its points that those who tried earned, 0 to 1; 0 when nobody tried.
    first_failures
        The titles of the checks that failed first, with how often, the most frequent first.
    """

    id: str
    title: str
    class_size: int
    tried: int
    passed: int
    share: float
    first_failures: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ClassFigures:
    """The figures of one chapter in a class.

    Attributes
    ----------
    submissions
        Sorted by student.
    exercises
        In the chapter's order.
    """

    chapter: str
    submissions: tuple[Submission, ...]
    exercises: tuple[ExerciseFigures, ...]

    @property
    def hardest(self) -> list[ExerciseFigures]:
        """The exercises that somebody tried, the one that earned least first."""
        return sorted((one for one in self.exercises if one.tried), key=lambda one: (one.share, one.id))

    @property
    def failures(self) -> list[tuple[int, str, str]]:
        """How often, in which exercise, which check failed first; the most frequent first."""
        rows = [(times, one.id, title) for one in self.exercises for title, times in one.first_failures]
        return sorted(rows, key=lambda row: (-row[0], row[1], row[2]))

    @property
    def shares(self) -> list[float]:
        """The part of all points that each student with a score earned, 0 to 1."""
        return [one.score / one.max_score for one in self.submissions if one.score is not None and one.max_score]

    @property
    def open_scores(self) -> int:
        """How many submissions have no score, because the grader failed."""
        return sum(one.score is None for one in self.submissions)

    @property
    def isolation(self) -> int | None:
        """The lowest isolation level that an answer was judged with; None when none is known."""
        return Grades(self.submissions).isolation


def figures(grades: Grades) -> list[ClassFigures]:
    """The figures of each chapter in a report, by chapter."""
    stems = sorted({one.chapter for one in grades.submissions if one.chapter})
    return [_of_chapter(stem, [one for one in grades.submissions if one.chapter == stem]) for stem in stems]


def _of_chapter(stem: str, submissions: Sequence[Submission]) -> ClassFigures:
    ordered = tuple(sorted(submissions, key=lambda one: (one.student, one.notebook)))
    names = dict.fromkeys((report.id, report.title) for one in ordered for report in one.exercises)
    found = [
        _of_exercise(name, title, [report for one in ordered for report in one.exercises if report.id == name])
        for name, title in names
    ]
    return ClassFigures(stem, ordered, tuple(found))


def _of_exercise(name: str, title: str, reports: Sequence[ExerciseReport]) -> ExerciseFigures:
    tried = [one for one in reports if one.outcome != "not_attempted"]
    scored = [one.score / one.max_score for one in tried if one.score is not None and one.max_score]
    failures = Counter(failure.title for one in tried if (failure := one.first_failure) is not None)
    return ExerciseFigures(
        name,
        title,
        len(reports),
        len(tried),
        sum(one.outcome == "passed" for one in tried),
        sum(scored) / len(scored) if scored else 0.0,
        tuple(sorted(failures.items(), key=lambda item: (-item[1], item[0]))),
    )
