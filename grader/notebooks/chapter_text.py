"""A chapter as its author wrote it: front matter, prose, code, and directives on lines of their own.

The directives are HTML comments, so that the text reads well in any Markdown viewer:

``<!-- exercise 3.1 -->``            the exercise's answer cells and its check
``<!-- why 1.4: question -->``       a question that a teacher grades by hand
``<!-- still price_explorer -->``    what an explorer shows before anybody moves it, for paper and for GitHub
``<!-- instructor -->`` … ``<!-- /instructor -->``   for the trainer only
``<!-- teaches: stages, names -->``  ideas of ``teaches.toml`` that the section teaches; learners do not see it
``{fact:key}``, ``{eg:120 ms}``      a number from the facts file; a number that is only an example
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from grader.errors import CourseError

DIRECTIVE = re.compile(r"^<!--\s*(exercise|why|still|instructor|/instructor|teaches)\b\s*(.*?)\s*-->\s*$", re.S)
OPENS = re.compile(r"^<!--\s*(exercise|why|still|/?instructor|teaches)\b")
FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w.+-]*)")


@dataclass(frozen=True)
class Piece:
    """A stretch of a chapter.

    Attributes
    ----------
    kind
        ``text``, ``exercise``, ``why``, ``still`` or ``instructor``.
    id
        The exercise, or the explorer, that a directive names.
    text
        The prose and code of ``text`` and ``instructor``, the question of ``why``.
    line
        Its first line in the file.
    """

    kind: str
    text: str
    line: int
    id: str = ""


@dataclass(frozen=True)
class ChapterText:
    """A chapter's file, taken apart.

    Attributes
    ----------
    minutes
        What a learner needs for the chapter.
    """

    chapter: str
    title: str
    minutes: int
    goals: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def exercise_ids(self) -> tuple[str, ...]:
        """The exercises in the order of the text."""
        return tuple(piece.id for piece in self.pieces if piece.kind == "exercise")


def read_chapter(file: Path) -> ChapterText:
    """Read ``solutions/<chapter>/chapter.md``.

    Raises
    ------
    CourseError
        With the file and the line, when the front matter or a directive is not as it must be.
    """
    if not file.is_file():
        raise CourseError(
            "The chapter has no text.", f"{file.parent.name}/{file.name}", "Write it, or build another one."
        )
    text = file.read_text("utf-8")
    front, body, first_line = split_front_matter(text, file)
    goals = front.get("goals")
    return ChapterText(
        chapter=file.parent.name,
        title=str(front.get("title") or refuse(file, 1, "The front matter has no title.")),
        minutes=int(str(front.get("minutes") or 0)),
        goals=tuple(map(str, goals if isinstance(goals, list) else ())),
        pieces=tuple(pieces_of(body, file, first_line)),
    )


def split_front_matter(text: str, file: Path) -> tuple[Mapping[str, object], str, int]:
    """The YAML between the two ``---`` lines, the rest, and the rest's first line number."""
    match = re.match(r"---\n(.*?)\n---\n", text, re.S)
    if not match:
        refuse(file, 1, "A chapter starts with its front matter between two lines of ---.")
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as problem:
        raise CourseError(f"The front matter is not YAML: {problem}", where=str(file)) from problem
    return front or {}, text[match.end() :], match[0].count("\n") + 1


def refuse(file: Path, line: int, what: str) -> NoReturn:
    """An author's mistake, with its place."""
    raise CourseError(what, where=f"{file.parent.name}/{file.name} line {line}", next_step="Mend the chapter's text.")


def pieces_of(body: str, file: Path, first_line: int) -> Iterator[Piece]:
    """The body cut at its directives."""
    held: list[str] = []
    held_line, notes_from = first_line, 0
    for line, block in blocks(body, first_line):
        found = DIRECTIVE.match(block)
        if not found:
            held.append(block)
            continue
        kind, rest = found[1], found[2]
        if kind == "teaches":  # for ``grader verify`` alone
            continue
        yield from piece("instructor" if notes_from else "text", held, held_line)
        held, held_line = [], line + block.count("\n")
        if (kind == "/instructor") != bool(notes_from):
            refuse(file, line, "Instructor notes are opened, closed, then opened again; they do not nest.")
        notes_from = line if kind == "instructor" else 0
        if kind in ("exercise", "why"):
            yield named_piece(kind, rest, line, file)
        if kind == "still":
            yield still_piece(rest, line, file)
    if notes_from:
        refuse(file, notes_from, "These instructor notes are not closed with <!-- /instructor -->.")
    yield from piece("text", held, held_line)


def blocks(body: str, first_line: int) -> Iterator[tuple[int, str]]:
    """The body's lines with their numbers; a directive over several lines comes as one; fences are left alone."""
    lines = iter(enumerate(body.splitlines(keepends=True), first_line))
    fence = ""
    for number, line in lines:
        fence = fence_after(fence, line)
        block = line
        while not fence and OPENS.match(block) and "-->" not in block:
            _, following = next(lines, (0, "-->"))
            block += following
        yield number, block


def fence_after(fence: str, line: str) -> str:
    """The fence that is open after this line, if any."""
    found = FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) and not found[2] else fence


def piece(kind: str, lines: list[str], line: int) -> Iterator[Piece]:
    """A stretch of text, unless it is blank."""
    text = "".join(lines)
    if text.strip():
        yield Piece(kind, text.strip("\n"), line)


def named_piece(kind: str, rest: str, line: int, file: Path) -> Piece:
    """A directive with an exercise's id, and for ``why`` a question."""
    found = re.fullmatch(r"(\d+\.\d+)(?::\s*(.+))?", rest, re.S)
    if found is None or (kind == "why") != bool(found[2]):
        refuse(file, line, f"Write <!-- exercise 3.1 --> or <!-- why 3.1: the question -->, not {kind} {rest!r}.")
    return Piece(kind, " ".join((found[2] or "").split()), line, found[1])


def still_piece(rest: str, line: int, file: Path) -> Piece:
    """A directive with an explorer's name."""
    if not re.fullmatch(r"[a-z]\w*", rest):
        refuse(file, line, f"Write <!-- still price_explorer -->, with the explorer's name, not still {rest!r}.")
    return Piece("still", "", line, rest)
