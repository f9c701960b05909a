"""Where a learner stands: each chapter with its exercises, and where to go on. Data only; ``overview`` shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from grader.grading.course import Chapter, Course
from grader.grading.record import ExerciseRecord, Record
from grader.notebooks.cells import OURS
from grader.notebooks.places import START_PAGE, chapter_notebook, work_folder

State = Literal["passed", "tried", "caught up", "open"]
TITLE = re.compile(r"^#{2,4} +Exercise (\d+\.\d+)\b", re.M)


@dataclass(frozen=True)
class ExerciseState:
    """One exercise as the learner left it.

    Attributes
    ----------
    cell
        The id of the cell with its heading, or nothing: where a link leads.
    """

    id: str
    title: str
    minutes: int
    state: State
    cell: str = ""

    @property
    def name(self) -> str:
        """``3.2 Twice from one template``."""
        return f"{self.id} {self.title}"


@dataclass(frozen=True)
class ChapterState:
    """One chapter.

    Attributes
    ----------
    minutes
        What a learner needs for all of it.
    """

    stem: str
    number: int
    title: str
    minutes: int
    exercises: tuple[ExerciseState, ...]

    @property
    def heading(self) -> str:
        """What a card is called; the start page is no chapter."""
        return "Start here" if self.stem == START_PAGE else self.title

    @property
    def passed(self) -> int:
        """How many exercises are passed."""
        return sum(one.state == "passed" for one in self.exercises)

    @property
    def next(self) -> ExerciseState | None:
        """The first exercise to be done; what was only caught up comes after all others."""
        return min((one for one in self.exercises if one.state != "passed"), key=_is_caught_up, default=None)

    @property
    def caught_up(self) -> int:
        """How many exercises the course filled in."""
        return sum(map(_is_caught_up, self.exercises))


@dataclass(frozen=True)
class Standing:
    """Everything about a learner's way through the course.

    Attributes
    ----------
    last
        The exercise that was worked on last, by id, or nothing.
    """

    chapters: tuple[ChapterState, ...]
    last: str = ""

    @property
    def passed(self) -> int:
        """Exercises passed in the whole course."""
        return sum(chapter.passed for chapter in self.chapters)

    @property
    def total(self) -> int:
        """Exercises in the whole course."""
        return sum(len(chapter.exercises) for chapter in self.chapters)

    @property
    def headline(self) -> str:
        """How far, in a few words."""
        return f"{self.passed} of {self.total} exercises done"

    @property
    def next(self) -> tuple[ChapterState, ExerciseState] | None:
        """Where to go on: the exercise that one left unfinished, else the next open one behind it, else any.

        What was only caught up comes after all others.
        """
        every = [(chapter, one) for chapter in self.chapters for one in chapter.exercises]
        at = next((place for place, (_, one) in enumerate(every) if one.id == self.last), 0)
        waiting = [pair for pair in [*every[at:], *every[:at]] if pair[1].state != "passed"]
        return min(waiting, key=lambda pair: _is_caught_up(pair[1]), default=None)


def standing_in(course: Course) -> Standing:
    """The built chapters in their order, with what the learner's record says."""
    record = Record(work_folder(course))
    return Standing(tuple(states_of(course, record.all())), record.last())


def states_of(course: Course, records: Mapping[str, ExerciseRecord]) -> Iterator[ChapterState]:
    """One state for each chapter that has a notebook or an exercise."""
    for chapter in course.chapters:
        notebook = read_notebook(chapter_notebook(course.generated, chapter.stem))
        about = notebook.get("metadata", {}).get(OURS, {})
        exercises = exercise_states(chapter, records, title_cells(notebook.get("cells", ())))
        minutes = int(about.get("minutes", 0)) or sum(one.minutes for one in exercises)
        if about or exercises:
            yield ChapterState(chapter.stem, chapter.number, str(about.get("title", chapter.title)), minutes, exercises)


def exercise_states(
    chapter: Chapter, records: Mapping[str, ExerciseRecord], cells: Mapping[str, str]
) -> tuple[ExerciseState, ...]:
    """A chapter's exercises."""
    return tuple(
        ExerciseState(one.id, one.title, one.minutes, state_of(records.get(one.id)), cells.get(one.id, ""))
        for one in chapter.exercises
    )


def state_of(record: ExerciseRecord | None) -> State:
    """``passed``, ``caught up`` (whatever was tried before), ``tried`` or ``open``."""
    if record is None or not (record.passed or record.filled or record.tries):
        return "open"
    return "passed" if record.passed else "caught up" if record.filled else "tried"


def _is_caught_up(exercise: ExerciseState) -> bool:
    return exercise.state == "caught up"


def title_cells(cells: Sequence[Any]) -> dict[str, str]:
    """The id of the cell with each exercise's heading, by the exercise's id."""
    prose = ((cell.get("id", ""), "".join(cell["source"])) for cell in cells if cell.get("cell_type") == "markdown")
    return {number: cell for cell, text in prose for number in TITLE.findall(text)}


def read_notebook(file: Path) -> dict[str, Any]:
    """A built notebook, or an empty one where it is not there or not whole."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
