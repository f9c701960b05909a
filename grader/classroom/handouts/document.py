"""What stands on a handout, before anybody decides how it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from grader.classroom.handouts.plan import Plan

Edition = Literal["learner", "instructor"]


@dataclass(frozen=True)
class Prose:
    """A stretch of Markdown, numbers put in."""

    text: str


@dataclass(frozen=True)
class Note:
    """What only a trainer gets (Markdown)."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Code, or a file.

    Attributes
    ----------
    name
        Its path, or nothing for a cell of the lesson.
    language
        As Pygments and Typst call it: ``python``, ``yaml``, ``json`` …
    """

    text: str
    language: str
    name: str = ""


@dataclass(frozen=True)
class Question:
    """A question with boxes to tick.

    Attributes
    ----------
    answer
        The index of the right choice, for a trainer; ``None`` where it is not known, or not to be told.
    because
        Why it is right; told together with the answer.
    """

    kind: Literal["recall", "predict"]
    text: str
    choices: tuple[str, ...]
    answer: int | None = None
    because: str = ""


@dataclass(frozen=True)
class Room:
    """Ruled lines.

    Attributes
    ----------
    label
        What to write there.
    """

    label: str
    lines: int


@dataclass(frozen=True)
class Figure:
    """A picture (SVG or PNG) with its text alternative."""

    data: bytes
    kind: Literal["svg", "png"]
    text: str


@dataclass(frozen=True)
class Asked:
    """What one check of an exercise asks."""

    title: str
    points: float
    is_hidden: bool = False


@dataclass(frozen=True)
class Sheet:
    """An exercise.

    Attributes
    ----------
    checks
        What its checks ask; the hidden ones only in the instructor's edition.
    given
        The starting files of the answer.
    rooms
        Where the learner writes.
    solution, hints
        Ours; empty in the learner's edition.
    """

    id: str
    minutes: int
    points: float
    checks: tuple[Asked, ...]
    given: tuple[Listing, ...]
    rooms: tuple[Room, ...] = ()
    solution: tuple[Listing, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class AtHome:
    """An exercise that this workshop leaves out."""

    id: str
    title: str
    minutes: int


Block = Prose | Note | Listing | Question | Room | Figure | Sheet | AtHome


@dataclass(frozen=True)
class ChapterSheets:
    """One chapter of a handout."""

    stem: str
    number: int
    title: str
    minutes: int
    goals: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def heading(self) -> str:
        """``3 · Create a web service``."""
        return f"{self.number} · {self.title}" if self.number else self.title


@dataclass(frozen=True)
class Document:
    """A handout.

    Attributes
    ----------
    name
        The beginning of its file's name.
    plan
        The workshop's timetable, printed in front.
    """

    name: str
    title: str
    edition: Edition
    version: str
    chapters: tuple[ChapterSheets, ...]
    plan: Plan | None = field(default=None)

    @property
    def edition_title(self) -> str:
        """What stands under the title."""
        return "Instructor's edition: with solutions" if self.edition == "instructor" else "Learner's edition"

    @property
    def file_name(self) -> str:
        """Without its ending."""
        return f"{self.name}.{self.edition}"
