"""An exercise's source files: the finished project of a teacher, and the starting files that are cut from it.

What a learner writes stands between ``### BEGIN SOLUTION`` and ``### END SOLUTION``. The cut is the one that
nbgrader's ClearSolutions makes in a notebook, so that the files on disk and the cells agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import CourseError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
STUBS = {
    "python": ("# YOUR CODE HERE", "raise NotImplementedError()"),
    "yaml": ("# YOUR TEMPLATE HERE",),
    "text": ("# YOUR TEXT HERE",),
}
STARTER = "starter"
_SUFFIXES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".json": "yaml"}
_IGNORED = {"__pycache__", ".aws-sam", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".DS_Store"}


class SourceError(CourseError):
    """The solution markers of a file are not in order."""


@dataclass(frozen=True)
class ExerciseSources:
    """The files of an exercise, by their path relative to its folder.

    Attributes
    ----------
    solution
        Every file of the finished project, markers removed.
    starter
        Every file as a learner gets it.
    """

    solution: dict[str, bytes]
    starter: dict[str, bytes]


def language_of(file: str) -> str:
    """``python``, ``yaml`` or ``text``: decides what a cut region leaves behind."""
    return _SUFFIXES.get(PurePosixPath(file).suffix, "text")


def solution_text(text: str, where: str = "") -> str:
    """The finished file: the text without its marker lines.

    Raises
    ------
    SourceError
        When markers are stray, nested or around nothing.
    """
    return "".join(line for line, kind in _marked(text, where) if kind != "marker")


def starter_text(text: str, language: str = "python", where: str = "") -> str:
    """The starting file: each marked region replaced by a stub with the marker's indentation.

    Raises
    ------
    SourceError
        As ``solution_text``.
    """
    lines: list[str] = []
    for line, kind in _marked(text, where):
        if kind == "given":
            lines.append(line)
        elif kind == "marker" and line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [f"{indent}{stub}\n" for stub in STUBS[language]]
    return "".join(lines)


def solution_regions(text: str, where: str = "") -> list[str]:
    """What stands between each pair of markers."""
    regions: list[str] = []
    for line, kind in _marked(text, where):
        if kind == "marker" and line.strip() == BEGIN:
            regions.append("")
        elif kind == "solution":
            regions[-1] += line
    return regions


def has_region(text: str) -> bool:
    """Whether any solution marker stands in the text."""
    return any(line.strip() in (BEGIN, END) for line in text.splitlines())


def read_sources(folder: Path) -> ExerciseSources:
    """Read the finished project of an exercise and cut its starting files.

    Raises
    ------
    CourseError
        When the folder is not there or its markers are not in order.
    """
    if not folder.is_dir():
        raise CourseError(
            "The exercise has no solution folder.", folder.as_posix(), "Write the finished project there."
        )
    solution: dict[str, bytes] = {}
    starter: dict[str, bytes] = {}
    for path in _files_below(folder):
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        if name.startswith(f"{STARTER}/"):
            starter[name.removeprefix(f"{STARTER}/")] = content
            continue
        text = _text_with_markers(content)
        where = f"{folder.name}/{name}"
        solution[name] = content if text is None else solution_text(text, where).encode()
        cut = content if text is None else starter_text(text, language_of(name), where).encode()
        starter.setdefault(name, cut)
    return ExerciseSources(solution, starter)


def _marked(text: str, where: str) -> list[tuple[str, str]]:
    """Each line with its kind: ``given``, ``marker`` or ``solution``."""
    kinds: list[tuple[str, str]] = []
    opened = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        marker = line.strip()
        if marker == BEGIN:
            if opened:
                raise _disorder("A solution region begins inside another one", where, number)
            opened = number
        elif marker == END:
            if not opened:
                raise _disorder("A solution region ends that never began", where, number)
            if opened == number - 1 or all(not text.strip() for text, kind in kinds[opened:] if kind == "solution"):
                raise _disorder("A solution region is empty", where, opened)
            opened = 0
        elif "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            raise _disorder(f"A marker is misspelt: {marker!r}", where, number)
        kinds.append((line, "marker" if marker in (BEGIN, END) else "solution" if opened else "given"))
    if opened:
        raise _disorder("A solution region never ends", where, opened)
    return kinds


def _disorder(what: str, where: str, line: int) -> SourceError:
    return SourceError(f"{what}.", f"{where} line {line}".strip(), f"Pair every {BEGIN!r} with one {END!r}.")


def _text_with_markers(content: bytes) -> str | None:
    """The text, when it is text and speaks of solutions; None for anything to be copied as it is."""
    if b"BEGIN SOLUTION" not in content and b"END SOLUTION" not in content:
        return None
    return content.decode("utf-8")


def _files_below(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if not _IGNORED.intersection(path.relative_to(folder).parts))
