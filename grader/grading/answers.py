"""Reading answers out of a notebook's text: the ``%%writefile`` cells of known exercises, and nothing else.

Nothing is run, no metadata is believed, and whatever is wrong becomes a sentence in ``problems``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.checks.exercise import Exercise
from grader.checks.failure import readable

MAX_NOTEBOOK_BYTES = 50_000_000
MAX_FILE_CHARACTERS = 1_000_000
MAX_PROBLEMS = 50
_WRITEFILE = re.compile(r"%%writefile[ \t]+(?P<path>[^\r\n]*)(?:\r\n|\n|\r|$)")


@dataclass(frozen=True)
class Answers:
    """What a notebook answers.

    Attributes
    ----------
    files
        For each exercise id, the text of each file that a cell writes. An exercise without a cell is not in it.
    problems
        What a teacher should know, one sentence each.
    readable
        False when the file is no notebook at all.
    """

    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    readable: bool = True

    @property
    def digest(self) -> str:
        """A fingerprint of the answers, the same for the same texts."""
        plain = {exercise: dict(sorted(files.items())) for exercise, files in sorted(self.files.items())}
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def read_answers(path: Path, exercises: Iterable[Exercise]) -> Answers:
    """Read the answers to ``exercises`` from the notebook at ``path``; never raises for what is in the file."""
    name = readable(path.name)
    try:
        if path.is_symlink() or not path.is_file():
            return _unreadable(f"{name} is not an ordinary file.")
        size = path.stat().st_size
        if size > MAX_NOTEBOOK_BYTES:
            return _unreadable(f"{name} has {size / 1e6:,.0f} MB; a notebook of this course has less than one.")
        content = path.read_bytes()
    except OSError as problem:
        return _unreadable(f"{name} cannot be read: {problem.strerror}.")
    return answers_in(content, exercises, name)


def answers_in(content: bytes, exercises: Iterable[Exercise], name: str = "the notebook") -> Answers:
    """Read the answers from a notebook's bytes."""
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as problem:
        return _unreadable(f"{name} is not a notebook: {_first_line(problem)}.")
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        old = isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list)
        how = ", but worksheets, as before nbformat 4; open it in JupyterLab and save it" if old else ""
        return _unreadable(f"{name} is not a notebook: it has no list of cells{how}.")
    return _Reading(tuple(exercises), name).read(cells)


class _Reading:
    """One pass over the cells of one notebook."""

    def __init__(self, exercises: tuple[Exercise, ...], name: str) -> None:
        self._known = {f"{one.slug}/{file}": (one.id, file) for one in exercises for file in one.files}
        self._exercises = exercises
        self._name = name
        self._files: dict[str, dict[str, str]] = {}
        self._problems: list[str] = []
        self._strange: list[tuple[str, str]] = []  # files of no exercise here, and what is said of each

    def read(self, cells: list[Any]) -> Answers:
        for number, cell in enumerate(cells, start=1):
            self._read_cell(number, cell)
        if self._files or len(self._strange) < 2:
            self._note_missing()
        else:
            self._note_another_chapter()
        return Answers(self._files, tuple(self._problems[:MAX_PROBLEMS]))

    def _read_cell(self, number: int, cell: Any) -> None:
        source = _source_of(cell)
        if source is None:
            self._note(f"Cell {number} of {self._name} is not a cell; it was passed over.")
            return
        match = _WRITEFILE.match(source.lstrip("\ufeff \t\r\n"))
        if match is None:
            return
        if cell.get("cell_type") != "code":
            self._note(f"Cell {number} writes a file but is no code cell any more; its text was taken as the answer.")
        self._take(number, match["path"], source.lstrip("\ufeff \t\r\n")[match.end() :])

    def _take(self, number: int, path: str, text: str) -> None:
        target = self._known.get(_plain(path))
        if target is None:
            words = f"Cell {number} writes {_short(path)}, which is no file of an exercise; it was ignored."
            self._strange.append((_short(path), words))
            self._note(words)
            return
        if len(text) > MAX_FILE_CHARACTERS:
            self._note(
                f"Cell {number}: {_plain(path)} has {len(text):,} characters; more than is read. It was ignored."
            )
            return
        exercise, file = target
        if file in self._files.get(exercise, {}):
            self._note(f"{_plain(path)} is written by more than one cell; the last one (cell {number}) counts.")
        self._files.setdefault(exercise, {})[file] = self._clean(_plain(path), text)

    def _clean(self, path: str, text: str) -> str:
        """The text as a file: line ends of this course, no NUL, no half characters, a line end at the end."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        cleaned = "".join(char for char in text if char != "\0" and not 0xD800 <= ord(char) <= 0xDFFF)
        if cleaned != text:
            self._note(f"{path} holds characters that no file may have (NUL or half a character); they were left out.")
        return cleaned if cleaned.endswith("\n") or not cleaned else cleaned + "\n"

    def _note_missing(self) -> None:
        bare = [exercise.id for exercise in self._exercises if exercise.id not in self._files]
        for exercise in self._exercises:
            there = self._files.get(exercise.id, {})
            missing = [f"{exercise.slug}/{file}" for file in exercise.files if file not in there]
            if missing and (there or len(bare) == 1):
                self._note(f"Exercise {exercise.id}: no cell writes {', '.join(missing)}.")
        if len(bare) > 1:
            self._note(f"Exercises {', '.join(bare[:-1])} and {bare[-1]} have no answer cells.")

    def _note_another_chapter(self) -> None:
        """Nothing here is an answer, but several cells write files of other exercises: that is said once."""
        said = {words for _, words in self._strange}
        self._problems = [problem for problem in self._problems if problem not in said]
        path, more = self._strange[0][0], len(self._strange) - 1
        files = f"{path} and {more} more file{'s' if more > 1 else ''}"
        self._note(
            f"No cell answers an exercise of this chapter, but {files} are written: is it another chapter's notebook?"
        )

    def _note(self, problem: str) -> None:
        self._problems.append(problem)


def _source_of(cell: Any) -> str | None:
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source if isinstance(source, str) else None


def _plain(path: str) -> str:
    """The path as a person means it: no quotes, no leading ``./``."""
    return path.strip().strip("\"'").removeprefix("./")


def _short(path: str) -> str:
    return ascii(path.strip()[:80])


def _first_line(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__).splitlines()[0][:200]


def _unreadable(problem: str) -> Answers:
    return Answers({}, (problem,), readable=False)
