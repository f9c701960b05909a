"""Where the learner stands: chapters with their time, exercises done, the next step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.grading.course import Chapter, Course
from grader.grading.record import ExerciseRecord, Record
from grader.notebooks.cells import OURS
from grader.notebooks.page import Page, card, escape, show
from grader.notebooks.places import START_PAGE, chapter_notebook, work_folder

STATES = {"passed": "●", "tried": "◐", "open": "○"}
LAYOUT = """<style>
.rs ol.rs-chapters{list-style:none;padding:0;margin:.6em 0 0}
.rs ol.rs-chapters>li{display:grid;grid-template-columns:2.2em 1fr auto;gap:0 .8em;align-items:baseline;
padding:.55em 0;border-top:1px solid var(--rs-line)}
.rs .rs-number{color:var(--rs-soft);text-align:right;font-variant-numeric:tabular-nums}
.rs .rs-name{font-weight:600}.rs .rs-time{color:var(--rs-soft);white-space:nowrap;font-variant-numeric:tabular-nums}
.rs .rs-dots{grid-column:2/4;color:var(--rs-soft);font-size:.93em}
.rs .rs-dots .d{letter-spacing:.15em;margin-right:.6em}.rs .rs-dots .d b{font-weight:400;color:var(--rs-good)}
.rs .rs-next{margin:.2em 0 0;padding:.5em .8em;background:var(--rs-tint);border-radius:6px}
</style>"""


@dataclass(frozen=True)
class ChapterState:
    """One line of the overview.

    Attributes
    ----------
    exercises
        Id, title and state (``passed``, ``tried``, ``open``) of each.
    """

    stem: str
    number: int
    title: str
    minutes: int
    exercises: tuple[tuple[str, str, str], ...]

    @property
    def passed(self) -> int:
        """How many exercises are passed."""
        return sum(state == "passed" for _, _, state in self.exercises)

    @property
    def next(self) -> tuple[str, str] | None:
        """The first exercise that is not passed: id and title."""
        return next(((name, title) for name, title, state in self.exercises if state != "passed"), None)


def progress() -> None:
    """Show every chapter with its time and exercises, and the next step."""
    course = Course.find()
    show(overview_page(chapter_states(course), Links(work_folder(course), Path.cwd())))


def chapter_states(course: Course) -> list[ChapterState]:
    """The built chapters in their order, with what the record says."""
    records = Record(work_folder(course)).all()
    return list(states_of(course, records))


def states_of(course: Course, records: Mapping[str, ExerciseRecord]) -> Iterator[ChapterState]:
    """One state for each chapter that has a notebook."""
    for chapter in course.chapters:
        about = about_notebook(chapter_notebook(course.generated, chapter.stem))
        if about is not None:
            title, minutes = str(about.get("title", chapter.title)), about.get("minutes", 0)
            exercises = exercise_states(chapter, records)
            yield ChapterState(chapter.stem, chapter.number, title, int(str(minutes)), exercises)


def exercise_states(chapter: Chapter, records: Mapping[str, ExerciseRecord]) -> tuple[tuple[str, str, str], ...]:
    """Id, title and state of a chapter's exercises."""
    return tuple((one.id, one.title, state_of(records.get(one.id))) for one in chapter.exercises)


def state_of(record: ExerciseRecord | None) -> str:
    """``passed``, ``tried`` or ``open``."""
    if record is None or not (record.passed or record.tries):
        return "open"
    return "passed" if record.passed else "tried"


def about_notebook(file: Path) -> Mapping[str, object] | None:
    """Title and minutes, as the build wrote them into the notebook."""
    try:
        about = json.loads(file.read_text("utf-8"))["metadata"][OURS]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return about if isinstance(about, dict) else None


@dataclass(frozen=True)
class Links:
    """Addresses of chapters as seen from a notebook."""

    work: Path
    here: Path

    def to(self, stem: str) -> str:
        """A chapter's notebook, relative to the running one's folder."""
        return Path(os.path.relpath(chapter_notebook(self.work, stem), self.here)).as_posix()


def overview_page(states: Sequence[ChapterState], links: Links) -> Page:
    """The calm list."""
    done = sum(state.passed for state in states)
    total = sum(len(state.exercises) for state in states)
    head = f"{done} of {total} exercises done"
    following = next((state for state in states if state.next), None)
    rows = "".join(row(state, links) for state in states)
    body = f'{LAYOUT}<h4>{head}</h4>{next_html(following, links)}<ol class="rs-chapters">{rows}</ol>'
    return card(body, overview_text(head, states, following), "Your progress")


def next_html(state: ChapterState | None, links: Links) -> str:
    """The next step, with a link."""
    if state is None or state.next is None:
        return '<p class="rs-next">Everything is done. Well worked.</p>'
    name, title = state.next
    step = f"Next: {name} {title}"
    if state.stem == START_PAGE:
        return f'<p class="rs-next">{escape(step)}, on the start page.</p>'
    return f'<p class="rs-next"><a href="{escape(links.to(state.stem))}">{escape(step)}</a></p>'


def row(state: ChapterState, links: Links) -> str:
    """A chapter: number, linked title, minutes, a dot for each exercise with its state in words."""
    number = str(state.number) if state.number else ""
    title = escape("Start here" if state.stem == START_PAGE else state.title)
    label = f"{state.passed} of {len(state.exercises)} done"
    spoken = ", ".join(f"{name} {word}" for name, _, word in state.exercises)
    return (
        f'<li><span class="rs-number">{number}</span>'
        f'<a class="rs-name" href="{escape(links.to(state.stem))}">{title}</a>'
        f'<span class="rs-time">{state.minutes} min</span>'
        f'<span class="rs-dots"><span class="d" role="img" aria-label="{escape(spoken)}">{dots(state)}</span>'
        f"{label}</span></li>"
    )


def dots(state: ChapterState) -> str:
    """● passed, ◐ tried, ○ open; hovering names the exercise."""
    return "".join(
        f'<span title="{escape(f"{name} {title}: {word}")}">{dot(word)}</span>' for name, title, word in state.exercises
    )


def dot(word: str) -> str:
    """One exercise's mark."""
    return f"<b>{STATES[word]}</b>" if word == "passed" else STATES[word]


def overview_text(head: str, states: Sequence[ChapterState], following: ChapterState | None) -> str:
    """The same for a terminal."""
    lines = [
        f"{state.number:>3}  {state.title:<45} {state.minutes:>4} min  "
        + "".join(STATES[word] for _, _, word in state.exercises)
        for state in states
    ]
    step = following.next if following else None
    return "\n".join([head, *lines, f"Next: {step[0]} {step[1]}" if step else "Everything is done."])
