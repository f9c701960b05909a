"""Where the learner stands, as a page: a card for each chapter with its time, its exercises and its next step."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from grader.grading.course import Course
from grader.notebooks.page import Page, card, escape, head, show
from grader.notebooks.places import START_PAGE, chapter_notebook, work_folder
from grader.notebooks.standing import ChapterState, ExerciseState, Standing, standing_in

STATES = {"passed": "●", "tried": "◐", "caught up": "◇", "open": "○"}
ALL_DONE = "Everything is done. Well worked."
LAYOUT = """<style>
.rs ol.rs-chapters{list-style:none;padding:0;margin:1em 0 0;display:grid;gap:.8em;
grid-template-columns:repeat(auto-fill,minmax(15em,1fr))}
.rs ol.rs-chapters>li{display:flex;flex-direction:column;gap:.25em;padding:.7em .9em;border:1px solid var(--rs-line);
border-radius:8px}
.rs ol.rs-chapters>li.rs-here{border-color:var(--rs-mark);box-shadow:inset 3px 0 0 var(--rs-mark)}
.rs .rs-name{font-weight:600}.rs .rs-time{color:var(--rs-soft);font-variant-numeric:tabular-nums}
.rs .rs-dots{color:var(--rs-soft)}.rs .rs-dots .d{letter-spacing:.15em;margin-right:.5em}
.rs .rs-dots .d b{font-weight:400;color:var(--rs-good)}.rs .rs-step{margin-top:auto;font-size:.93em}
.rs .rs-next{margin:.2em 0 0;padding:.6em .9em;background:var(--rs-tint);border-radius:6px}
.rs .rs-next a{font-weight:600}
</style>"""


def progress() -> None:
    """Show every chapter with its time and exercises, and where to go on."""
    course = Course.find()
    show(overview_page(standing_in(course), Links(work_folder(course), Path.cwd())))


@dataclass(frozen=True)
class Links:
    """Addresses of chapters and exercises as seen from a notebook."""

    work: Path
    here: Path

    def to(self, stem: str, exercise: ExerciseState | None = None) -> str:
        """A chapter's notebook, relative to the running one's folder; with an exercise, its own cell there."""
        notebook = Path(os.path.relpath(chapter_notebook(self.work, stem), self.here)).as_posix()
        cell = exercise.cell if exercise else ""
        return f"{quote(notebook)}#cell-id={quote(cell)}" if cell else quote(notebook)  # JupyterLab scrolls there


def overview_page(standing: Standing, links: Links) -> Page:
    """The calm overview: where to go on, then the cards."""
    cards = "".join(chapter_card(chapter, standing, links) for chapter in standing.chapters)
    body = f'{LAYOUT}{head(standing.headline)}{next_html(standing, links)}<ol class="rs-chapters">{cards}</ol>'
    return card(body, overview_text(standing), "Your progress")


def next_html(standing: Standing, links: Links) -> str:
    """Where to go on, with a link to the very exercise."""
    if standing.next is None:
        return f'<p class="rs-next">{ALL_DONE}</p>'
    chapter, exercise = standing.next
    link = f'<a href="{escape(links.to(chapter.stem, exercise))}">{escape(exercise.name)}</a>'
    where = "on the start page" if chapter.stem == START_PAGE else f"in chapter {chapter.number}"
    verb = "Go on with" if exercise.state == "tried" or standing.passed else "Begin with"
    return f'<p class="rs-next">{verb} {link}, {where} (about {exercise.minutes} minutes).</p>'


def chapter_card(chapter: ChapterState, standing: Standing, links: Links) -> str:
    """One chapter: linked title, minutes, a dot for each exercise with its state in words, the next step."""
    is_here = standing.next is not None and standing.next[0] is chapter
    title = f"{chapter.number} · {chapter.heading}" if chapter.number else chapter.heading
    spoken = ", ".join(f"{one.id} {one.state}" for one in chapter.exercises)
    return (
        f'<li class="{"rs-here" if is_here else "rs-later"}">'
        f'<a class="rs-name" href="{escape(links.to(chapter.stem))}">{escape(title)}</a>'
        f'<span class="rs-time">{chapter.minutes} minutes</span>'
        f'<span class="rs-dots"><span class="d" role="img" aria-label="{escape(spoken)}">{dots(chapter)}</span>'
        f"{done_text(chapter)}</span>"
        f'<span class="rs-step">{step_html(chapter, links)}</span></li>'
    )


def done_text(chapter: ChapterState) -> str:
    """``2 of 5 done``, and what was caught up besides."""
    filled = f", {chapter.caught_up} caught up" if chapter.caught_up else ""
    return f"{chapter.passed} of {len(chapter.exercises)} done{filled}"


def step_html(chapter: ChapterState, links: Links) -> str:
    """A chapter's own next exercise."""
    if chapter.next is None:
        return "✓ done"
    return f'Next: <a href="{escape(links.to(chapter.stem, chapter.next))}">{escape(chapter.next.name)}</a>'


def dots(chapter: ChapterState) -> str:
    """● passed, ◐ tried, ◇ caught up, ○ open; hovering names the exercise."""
    return "".join(f'<span title="{escape(f"{one.name}: {one.state}")}">{dot(one)}</span>' for one in chapter.exercises)


def dot(exercise: ExerciseState) -> str:
    """One exercise's mark."""
    mark = STATES[exercise.state]
    return f"<b>{mark}</b>" if exercise.state == "passed" else mark


def overview_text(standing: Standing) -> str:
    """The same for a terminal."""
    lines = [
        f"{chapter.number or '':>3}  {chapter.heading:<40} {chapter.minutes:>4} min  "
        + "".join(STATES[one.state] for one in chapter.exercises)
        for chapter in standing.chapters
    ]
    return "\n".join([standing.headline, *lines, next_text(standing)])


def next_text(standing: Standing) -> str:
    """Where to go on, in one line."""
    if standing.next is None:
        return ALL_DONE
    _, exercise = standing.next
    return f"Go on with {exercise.name} (about {exercise.minutes} minutes): grader learn --resume"
