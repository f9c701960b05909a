"""Answers alike: the same after renaming, or nearly so. It is a reason to talk to somebody, and no proof of anything.

The measure, so that anybody can check it: an answer's files become words without names of one's own, comments,
docstrings and quotes (``tokens.py``). What counts are runs of ``RUN`` words that are not in the starting files. Two
answers are as alike as the runs they share are many among the runs that either has (Jaccard's index). Short answers
have one right form, and everybody finds it: with fewer than ``FEWEST`` runs nothing is said. What half of the class
wrote is the task's form and not a copy, so it is not listed either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.classroom.class_report.tokens import plain_tokens
from grader.classroom.regrading import notebook_of
from grader.grading.answers import read_answers
from grader.grading.course import Chapter
from grader.grading.judging import is_attempted
from grader.grading.report import Submission

RUN = 8
FEWEST = 40
NEARLY = 0.8
COMMON = 12  # runs that more answers than this share lead to no comparison: they are the task's
PUBLISHED = "the published solution"

Runs = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Alike:
    """Answers to one exercise that are alike.

    Attributes
    ----------
    students
        Sorted; ``PUBLISHED`` stands for the course's own solution.
    likeness
        1 when they are the same after renaming, else at least ``NEARLY``.
    """

    exercise: str
    students: tuple[str, ...]
    likeness: float


def alike_answers(chapter: Chapter, submissions: Iterable[Submission]) -> list[Alike]:
    """The answers of a class to a chapter's exercises that are alike, the most alike first.

    Notebooks that are not there any more are passed over.
    """
    answers = {
        one.student: read_answers(notebook_of(one, chapter.course), chapter.exercises).files for one in submissions
    }
    found: list[Alike] = []
    for exercise in chapter.exercises:
        sources = chapter.sources(exercise)
        given = _runs({name: sources.starter[name].decode("utf-8", "replace") for name in exercise.files})
        solution = {name: sources.solution[name].decode("utf-8", "replace") for name in exercise.files}
        written = {
            student: _runs(files[exercise.id]) - given
            for student, files in answers.items()
            if exercise.id in files and is_attempted(exercise, files[exercise.id], sources)
        }
        found += alike(exercise.id, {**written, PUBLISHED: _runs(solution) - given})
    return sorted(found, key=lambda one: (-one.likeness, one.exercise, one.students))


def alike(exercise: str, written: Mapping[str, Runs]) -> list[Alike]:
    """The groups of equal answers and the pairs of nearly equal ones, among answers that are long enough."""
    groups: dict[Runs, list[str]] = defaultdict(list)
    for student, runs in sorted(written.items()):
        if len(runs) >= FEWEST:
            groups[runs].append(student)
    most = max(3, len(written) // 2)
    equal = [Alike(exercise, tuple(names), 1.0) for names in groups.values() if 2 <= len(names) <= most]
    return equal + _nearly(exercise, {names[0]: runs for runs, names in groups.items()})


def _nearly(exercise: str, written: Mapping[str, Runs]) -> list[Alike]:
    """The pairs of different answers that share nearly all; only those that share something rare are compared."""
    sharing: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for student, runs in written.items():
        for run in runs:
            sharing[run].append(student)
    pairs = {pair for names in sharing.values() if len(names) <= COMMON for pair in combinations(sorted(names), 2)}
    likeness = {(one, other): _jaccard(written[one], written[other]) for one, other in pairs}
    return [Alike(exercise, pair, round(value, 3)) for pair, value in sorted(likeness.items()) if value >= NEARLY]


def _jaccard(one: Runs, other: Runs) -> float:
    return len(one & other) / len(one | other)


def _runs(files: Mapping[str, str]) -> Runs:
    found: set[tuple[str, ...]] = set()
    for name, text in sorted(files.items()):
        words: Sequence[str] = plain_tokens(name, text)
        found |= {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
    return frozenset(found)
