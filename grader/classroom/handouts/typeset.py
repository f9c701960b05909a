"""A handout as PDF, set by Typst: page numbers, real footnotes, a table of contents, tags for screen readers.

Typst and its fonts come as one package without any of the system's; the same document always gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from grader.classroom.handouts.document import (
    AtHome,
    Block,
    ChapterSheets,
    Document,
    Figure,
    Listing,
    Note,
    Prose,
    Question,
    Room,
    Sheet,
)
from grader.classroom.handouts.plan import Plan
from grader.classroom.handouts.typst_markup import listing, markup, string
from grader.errors import CourseError
from grader.grading.wording import amount

LOOK = Path(__file__).with_name("handout.typ")
PAPERS = {"a4": "a4", "letter": "us-letter"}


def pdf(document: Document, paper: str = "a4") -> bytes:
    """The handout as a PDF that screen readers can follow (PDF/UA-1).

    A text with signs that our fonts lack (Japanese, say) takes the system's fonts for them, and only then the result
    depends on the machine.

    Parameters
    ----------
    paper
        ``a4`` or ``letter``.

    Raises
    ------
    CourseError
        When Typst is not installed.
    """
    set_in_type: bytes
    try:
        set_in_type = compiled(document, paper, ignore_system_fonts=True, pdf_standards=["ua-1"])
    except required().TypstError as problem:
        if "could not be displayed" not in str(problem):
            raise
        set_in_type = compiled(document, paper)
    return set_in_type


def compiled(document: Document, paper: str = "a4", **options: Any) -> Any:
    """What Typst makes of the document: a PDF, or with ``format="png"`` a picture of each page."""
    pictures: dict[str, bytes] = {}
    source = Typesetting(pictures).document(document, PAPERS[paper])
    files = {"main": source.encode(), LOOK.name: LOOK.read_bytes(), **pictures}
    return required().compile(files, font_paths=fonts(), **{"format": "pdf", **options})


def required() -> Any:
    """Typst, or a sentence that says where it comes from."""
    try:
        import typst
    except ImportError as problem:
        raise CourseError(
            "A PDF needs the package typst, which learners do not have.",
            next_step="Run: make class. Or print the HTML edition from a browser.",
        ) from problem
    return typst


@cache
def fonts() -> list[str]:
    """Where DejaVu Sans lies, for signs that Typst's own fonts lack: matplotlib brings it."""
    import matplotlib

    return [str(Path(matplotlib.get_data_path(), "fonts", "ttf"))]


class Typesetting:
    """A document's Typst source.

    Parameters
    ----------
    pictures
        Filled with the pictures that the source names, by file name.
    """

    def __init__(self, pictures: dict[str, bytes]) -> None:
        self.pictures = pictures
        self._stem = "index"

    def document(self, document: Document, paper: str) -> str:
        """The whole source."""
        about = ", ".join(
            f"{key}: {string(text)}"
            for key, text in {
                "title": document.title,
                "edition": document.edition_title,
                "version": document.version,
                "paper": paper,
            }.items()
        )
        parts = [f'#import "{LOOK.name}": *', f"#show: handout.with({about}, chapters: {len(document.chapters)})"]
        if document.plan:
            parts.append(self.plan(document.plan, document.edition == "instructor"))
        parts += [self.chapter(one) for one in document.chapters]
        return "\n\n".join(parts) + "\n"

    def plan(self, plan: Plan, with_notes: bool) -> str:
        """The timetable."""
        days = []
        for day in plan.days:
            rows = "".join(
                f"({string(slot.clock)}, {string(slot.what)}, {string(' · '.join(slot.exercises))}, "
                f"[{markup(slot.note, 'index') if with_notes else ''}]), "
                for slot in day.slots
            )
            days.append(f"#day({string(day.title)}, ({rows}), {_flag(with_notes)})")
        return "\n\n".join([f"#timetable({string(plan.audience)})", *days])

    def chapter(self, chapter: ChapterSheets) -> str:
        """A chapter from its heading on."""
        self._stem = chapter.stem
        goals = "".join(f"[{markup(goal, chapter.stem)}], " for goal in chapter.goals)
        head = f"#chapter({string(chapter.heading)}, {chapter.minutes}, ({goals}))"
        return "\n\n".join([head, *map(self.block, chapter.blocks)])

    def block(self, block: Block) -> str:
        """One block."""
        match block:
            case Prose(text):
                return markup(text, self._stem)
            case Note(text):
                return f"#note[{markup(text, self._stem)}]"
            case Listing(text, language, name):
                return listing(text, language, name)
            case Room(label, lines):
                return f"#room({string(label)}, {lines})"
            case Figure():
                return self.figure(block)
            case Question():
                return self.question(block)
            case AtHome(name, title, minutes):
                return f"#at-home({string(f'{name} {title}')}, {minutes})"
            case Sheet():
                return self.sheet(block)

    def figure(self, figure: Figure) -> str:
        """A picture with its text alternative."""
        name = f"picture-{len(self.pictures)}.{figure.kind}"
        self.pictures[name] = figure.data
        return f"#picture({string(name)}, {string(figure.text)})"

    def question(self, question: Question) -> str:
        """Boxes to tick; the right one ticked where it is told."""
        choices = "".join(
            f"({string(one)}, {_flag(at == question.answer)}), " for at, one in enumerate(question.choices)
        )
        return f"#question({string(question.kind)}, {string(question.text)}, ({choices}), {string(question.because)})"

    def sheet(self, sheet: Sheet) -> str:
        """An exercise's box."""
        checks = "".join(
            f"([{markup(one.title, self._stem)}], {string(amount(one.points))}, {_flag(one.is_hidden)}), "
            for one in sheet.checks
        )
        head = f"{string(sheet.id)}, {sheet.minutes}, {string(amount(sheet.points))}, ({checks})"
        inside: tuple[Block, ...] = (*sheet.given, *sheet.rooms, *sheet.solution)
        hints = "".join(f"[{markup(hint, self._stem)}], " for hint in sheet.hints)
        parts = [f"#sheet({head})", *(self.block(one) for one in inside)]
        return "\n\n".join([*parts, f"#hints(({hints}))"] if hints else parts)


def _flag(value: bool) -> str:
    return "true" if value else "false"
