"""The wrong and the other right answers of an exercise: ``tests/answers/<chapter>/<slug>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.course import Chapter

FEWEST_WRONG = 6
FEWEST_RIGHT = 2
_KEYS = {
    "wrong": {"name", "misconception", "fails", "message", "also", "edits", "files"},
    "right": {"name", "why", "edits", "files"},
}


@dataclass(frozen=True)
class WrittenAnswer:
    """An answer that a learner might write.

    Attributes
    ----------
    kind
        ``wrong`` or ``right``.
    files
        The exercise's declared files, complete.
    fails
        The check that must refuse a wrong one, with ``message`` in its words; ``also`` may fail, too.
    """

    kind: str
    name: str
    files: Mapping[str, str]
    fails: str = ""
    message: str = ""
    also: tuple[str, ...] = ()


def answers_path(chapter: Chapter, exercise: Exercise) -> Path:
    """Where the answers of an exercise are written down."""
    return chapter.course.root / "tests" / "answers" / chapter.stem / f"{exercise.slug}.yaml"


def written_answers(chapter: Chapter, exercise: Exercise) -> list[WrittenAnswer]:
    """Read them.

    Raises
    ------
    CourseError
        When the file is missing or does not say what it must.
    """
    path = answers_path(chapter, exercise)
    where = f"tests/answers/{chapter.stem}/{path.name}"
    if not path.is_file():
        raise CourseError(f"Exercise {exercise.id} has no wrong and right answers.", where, "Write them down.")
    try:
        table = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as problem:
        raise CourseError(f"The answers are not YAML: {problem}", where) from problem
    if not isinstance(table, dict) or set(table) - set(_KEYS):
        raise CourseError("The answers need the keys wrong and right, and no others.", where)
    solution = {
        name: data.decode() for name, data in chapter.sources(exercise).solution.items() if name in exercise.files
    }
    return [_answer(kind, entry, exercise, solution, where) for kind in _KEYS for entry in table.get(kind) or ()]


def _answer(
    kind: str, entry: Mapping[str, Any], exercise: Exercise, solution: Mapping[str, str], where: str
) -> WrittenAnswer:
    where = f"{where}, {entry.get('name', '(no name)')}"
    if unknown := set(entry) - _KEYS[kind]:
        raise CourseError(f"Unknown keys: {', '.join(sorted(unknown))}.", where)
    if kind == "wrong" and not (entry.get("fails") and entry.get("message")):
        raise CourseError("A wrong answer names the check that it fails, and a part of its message.", where)
    if not entry.get("edits") and not entry.get("files"):
        raise CourseError("An answer needs edits or files.", where)
    files = dict(solution)
    for name, text in (entry.get("files") or {}).items():
        files[_declared(name, exercise, where)] = text
    for name, edits in (entry.get("edits") or {}).items():
        files[name] = _edited(files[_declared(name, exercise, where)], edits, f"{where}, {name}")
    also = tuple(entry.get("also") or ())
    return WrittenAnswer(kind, str(entry["name"]), files, entry.get("fails", ""), entry.get("message", ""), also)


def _declared(name: str, exercise: Exercise, where: str) -> str:
    if name not in exercise.files:
        raise CourseError(f"{name} is no file that a learner of {exercise.id} writes.", where)
    return name


def _edited(text: str, edits: Any, where: str) -> str:
    for old, new in edits:
        if text.count(old) != 1:
            raise CourseError(f"The old text occurs {text.count(old)} times, not once: {old!r}", where)
        text = text.replace(old, new)
    return text
