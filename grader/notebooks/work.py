"""The learner's copy of the course: laid once, then brought up to date without losing an answer.

course/            what the course gives now
work/              what the learner has
work/.course/      what the course gave last time: so that a changed file can be told from an old one
work/.backup/1/…   whatever had to make room, as it was
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.errors import CourseError
from grader.grading.course import Course
from grader.notebooks.merging import grade_id, is_answer, merged, written_file
from grader.notebooks.places import work_folder
from grader.notebooks.predictions import write_bytes_in_one_step
from grader.notebooks.tree import files_below

GIVEN_LAST = ".course"
BACKUP = ".backup"


@dataclass
class Update:
    """What one run did.

    Attributes
    ----------
    notes
        What the learner should know, one sentence each; laying a new chapter is not worth one.
    """

    laid: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def bring_course(course: Course | None = None) -> Update:
    """Bring every chapter into ``work/``, or up to date there. A second run changes nothing.

    Raises
    ------
    CourseError
        When there is no built course.
    """
    here = course or Course.find()
    given = files_below(here.generated)
    if not given:
        raise CourseError("The course is not built yet.", str(here.generated), "Run: make build")
    return WorkFolder(work_folder(here), answer_paths(here)).bring(given)


def answer_paths(course: Course) -> frozenset[str]:
    """The files that learners write, by their path in ``work/``."""
    return frozenset(
        f"{'' if chapter.stem == 'index' else chapter.stem + '/'}{exercise.slug}/{name}"
        for chapter, exercise in course.exercises()
        for name in exercise.files
    )


class WorkFolder:
    """The learner's folder.

    Parameters
    ----------
    folder
        ``work/``; made when it is not there.
    answers
        The paths in it that learners write: these are never replaced.
    """

    def __init__(self, folder: Path, answers: frozenset[str]) -> None:
        self.folder = folder
        self.answers = answers
        self.update = Update()

    def bring(self, given: dict[str, bytes]) -> Update:
        """Make the folder what the course gives, where the learner has not made it their own."""
        last = files_below(self.folder / GIVEN_LAST)
        for path in sorted(given, key=lambda name: (name.endswith(".ipynb"), name)):
            self._bring_file(path, given[path], last.get(path))
        for path in sorted(set(last) - set(given)):
            self._withdraw(path, last[path])
        return self.update

    def _bring_file(self, path: str, new: bytes, base: bytes | None) -> None:
        mine = self._read(path)
        if mine is None:
            fresh = self._filled(path, new) if path.endswith(".ipynb") else new
            self._write(path, fresh)
            self.update.laid.append(path)
        elif mine != new:
            self._meet(path, mine, new, base)
        self._remember(path, new, base)

    def _meet(self, path: str, mine: bytes, new: bytes, base: bytes | None) -> None:
        """The learner's file is not the course's: decide whose it is to be."""
        if mine == base:
            self._replace(path, new)
        elif path.endswith(".ipynb"):
            self._meet_notebook(path, mine, new, base)
        elif path not in self.answers and new != base:
            kept = self._back_up(path, mine)
            self._replace(path, new)
            self.update.notes.append(f"{path} has a new version; yours is kept as {kept}.")

    def _meet_notebook(self, path: str, mine: bytes, new: bytes, base: bytes | None) -> None:
        learners = read_notebook(mine)
        if learners is None:
            kept = self._back_up(path, mine)
            self._replace(path, self._filled(path, new))
            self.update.notes.append(
                f"{path} is not a notebook any more. It is kept as {kept}; a fresh one is in its place."
            )
        elif new != base:
            result = notebook_text(merged(read_notebook(base), learners, read_notebook(new)))
            if result != mine:
                kept = self._back_up(path, mine)
                self._replace(path, result)
                self.update.notes.append(f"{path} is up to date, with your answers in it; as it was: {kept}.")

    def _filled(self, path: str, new: bytes) -> bytes:
        """A fresh notebook whose answer cells hold the answers that are on disk."""
        notebook = read_notebook(new)
        folder = path.rpartition("/")[0]
        changed = False
        for cell in notebook.cells if notebook else ():
            name = written_file(cell)
            text = self._read(f"{folder}/{name}".lstrip("/")) if name and is_answer(cell) and grade_id(cell) else None
            if text is not None and text.strip():
                source = f"%%writefile {name}\n" + text.decode("utf-8", "replace").rstrip("\n")
                changed, cell.source = changed or source != cell.source, source
        return notebook_text(notebook) if changed else new

    def _withdraw(self, path: str, base: bytes) -> None:
        """The course no longer has this file: remove it, unless the learner made it theirs."""
        if self._read(path) == base:
            (self.folder / path).unlink()
        (self.folder / GIVEN_LAST / path).unlink()

    def _replace(self, path: str, data: bytes) -> None:
        self._write(path, data)
        self.update.replaced.append(path)

    def _remember(self, path: str, new: bytes, base: bytes | None) -> None:
        if new != base:
            self._write(f"{GIVEN_LAST}/{path}", new)

    def _back_up(self, path: str, data: bytes) -> str:
        """Keep a copy under the next free number; returns its path from the learner's folder."""
        number = next(number for number in counting() if not (self.folder / BACKUP / str(number) / path).exists())
        kept = f"{BACKUP}/{number}/{path}"
        self._write(kept, data)
        return kept

    def _read(self, path: str) -> bytes | None:
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None

    def _write(self, path: str, data: bytes) -> None:
        file = self.folder / path
        if file.is_dir():
            raise CourseError(f"{path} is a folder; the course has a file there.", str(file), "Rename your folder.")
        write_bytes_in_one_step(file, data)


def counting() -> Iterator[int]:
    """1, 2, 3 …"""
    number = 1
    while True:
        yield number
        number += 1


def read_notebook(data: bytes | None) -> Any | None:
    """A notebook's bytes as nbformat 4, or ``None`` when they are none."""
    import nbformat

    if data is None:
        return None
    try:
        notebook = nbformat.read(io.StringIO(data.decode("utf-8-sig")), as_version=4)
        nbformat.validate(notebook)
    except Exception:  # the border to a file that anything may have written
        return None
    return notebook


def notebook_text(notebook: Any) -> bytes:
    """A notebook as JupyterLab writes it."""
    import nbformat

    text: str = nbformat.writes(notebook, version=4)
    return (text.rstrip("\n") + "\n").encode()
