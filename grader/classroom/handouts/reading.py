"""From a chapter's source to its sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from grader.checks.exercise import Exercise
from grader.classroom.handouts.document import (
    Asked,
    AtHome,
    Block,
    ChapterSheets,
    Document,
    Edition,
    Figure,
    Listing,
    Note,
    Prose,
    Room,
    Sheet,
)
from grader.classroom.handouts.lesson import code_blocks, language_of
from grader.classroom.handouts.plan import Plan
from grader.errors import CourseError
from grader.facts import facts, with_facts
from grader.grading.course import Chapter, Course
from grader.grading.sources import solution_regions, solution_text
from grader.notebooks.build import require_all_exercises, written_chapters
from grader.notebooks.cells import text_cells
from grader.notebooks.chapter_text import Piece, read_chapter
from grader.notebooks.released import answer_files, released_files
from grader.notebooks.stills import Still, still_of

FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.S)
PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)\s]+)\)\s*$", re.M)
HEADING = re.compile(r"\A# [^\n]*\n*")
LINES_FOR_ANSWERS = 8
LINES_FOR_WHY = 7
FEWEST_LINES, MOST_LINES = 6, 34


def chapter_document(chapter: Chapter, edition: Edition) -> Document:
    """One chapter's handout.

    Raises
    ------
    CourseError
        When the chapter has no text, or it cannot be read.
    """
    sheets = chapter_sheets(chapter, edition)
    return Document(chapter.stem, sheets.heading, edition, chapter.course.version, (sheets,))


def workshop_document(course: Course, edition: Edition) -> Document:
    """Every chapter that has a text, in one handout."""
    chapters = tuple(chapter_sheets(chapter, edition) for chapter in written_chapters(course))
    return Document("workshop", "Running Serverless", edition, course.version, chapters)


def plan_document(course: Course, plan: Plan, edition: Edition) -> Document:
    """The chapters and exercises of one plan, its timetable in front."""
    chosen = [course.chapter(stem) for stem in plan.chapters]
    chapters = tuple(chapter_sheets(chapter, edition, plan.exercises) for chapter in chosen)
    return Document(plan.name, plan.title, edition, course.version, chapters, plan)


def chapter_sheets(chapter: Chapter, edition: Edition, chosen: frozenset[str] | None = None) -> ChapterSheets:
    """A chapter's blocks in the order of its text.

    Parameters
    ----------
    chosen
        The exercises that are done, by id; default all. Of the others only title and time are printed.
    """
    file = chapter.folder / "chapter.md"
    if not file.is_file():
        if not chapter.course.solutions.is_dir():
            raise CourseError("This course comes without the lessons' sources.", str(chapter.course.root))
        raise CourseError(f"Chapter {chapter.stem} has no text yet.", str(file), "Choose another chapter.")
    text = read_chapter(file)
    require_all_exercises(text, chapter)
    files = released_files(chapter)
    pieces = (piece_blocks(piece, chapter, edition, files, chosen) for piece in text.pieces)
    blocks = without_repeats(block for found in pieces for block in found)
    goals = tuple(numbered(goal, chapter) for goal in text.goals)
    return ChapterSheets(chapter.stem, chapter.number, text.title, text.minutes, goals, tuple(blocks))


def without_repeats(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks; a starting file that the lesson has shown already is not printed again."""
    shown: set[Listing] = set()
    for block in blocks:
        if isinstance(block, Listing) and block.name:
            shown.add(block)
        if isinstance(block, Sheet):
            block = replace(block, given=tuple(one for one in block.given if one not in shown))
        yield block


def piece_blocks(
    piece: Piece, chapter: Chapter, edition: Edition, files: Mapping[str, bytes], chosen: frozenset[str] | None
) -> Iterator[Block]:
    """The blocks of one piece."""
    match piece.kind:
        case "text":
            for cell in text_cells(piece.text):
                if cell.cell_type == "code":
                    yield from code_blocks(cell.source, files, edition)
                else:
                    yield from prose_blocks(numbered(cell.source, chapter), files, edition)
        case "exercise":
            _, exercise = chapter.with_exercise(piece.id)
            if chosen is None or piece.id in chosen:
                yield exercise_sheet(chapter, exercise, edition)
            else:
                yield AtHome(exercise.id, exercise.title, exercise.minutes)
        case "why" if chosen is None or piece.id in chosen:
            yield Prose(f"**Why?** {piece.text}")
            yield Note("Graded by hand.") if edition == "instructor" else Room("Your answer", LINES_FOR_WHY)
        case "still":
            yield still_block(still_of(chapter, piece.id))
        case "instructor" if edition == "instructor":
            yield Note(numbered(piece.text, chapter))


def numbered(text: str, chapter: Chapter) -> str:
    """Prose with its numbers."""
    return with_facts(text, facts(), f"{chapter.stem}/chapter.md")


def prose_blocks(text: str, files: Mapping[str, bytes], edition: Edition) -> Iterator[Block]:
    """Markdown, with its folds opened or cut, and its pictures on their own."""
    at = 0
    text = HEADING.sub("", text)
    for fold in FOLDED.finditer(text):
        yield from pictured(text[at : fold.start()], files)
        yield from unfolded(fold[1], fold[2], files, edition)
        at = fold.end()
    yield from pictured(text[at:], files)


def unfolded(summary: str, text: str, files: Mapping[str, bytes], edition: Edition) -> Iterator[Block]:
    """What was behind a click: pictures for all, answers for the trainer, and room for the learner's own."""
    if PICTURE.search(text):
        yield from pictured(text, files)
    elif edition == "instructor":
        yield Note(f"**{summary.strip()}**\n\n{text.strip()}")
    else:
        yield Room("Your answers", LINES_FOR_ANSWERS)


def pictured(text: str, files: Mapping[str, bytes]) -> Iterator[Block]:
    """Prose, cut at the pictures that stand on lines of their own."""
    at = 0
    for found in PICTURE.finditer(text):
        yield from prose(text[at : found.start()])
        yield figure(found[1], found[2], files)
        at = found.end()
    yield from prose(text[at:])


def prose(text: str) -> Iterator[Prose]:
    """The text, unless it is blank."""
    if text.strip():
        yield Prose(text.strip("\n"))


def figure(alternative: str, path: str, files: Mapping[str, bytes]) -> Figure:
    """A picture that lies beside the notebook."""
    ending = path.rpartition(".")[2].lower()
    if path not in files or ending not in ("svg", "png"):
        raise CourseError(f"A handout cannot print {path}.", None, "Put an SVG or a PNG below the chapter's pictures/.")
    return Figure(files[path], "svg" if ending == "svg" else "png", alternative)


def still_block(still: Still) -> Block:
    """An explorer on paper."""
    return Figure(still.svg, "svg", still.text) if still.svg else Listing(still.text, "text")


def exercise_sheet(chapter: Chapter, exercise: Exercise, edition: Edition) -> Sheet:
    """An exercise: what is asked, what is given, and room to write or our answer."""
    is_trainers = edition == "instructor"
    answers = answer_files(chapter, exercise)
    asked = [Asked(check.title, check.points) for check in exercise.checks]
    hidden = chapter.hidden_checks().get(exercise.id, ()) if is_trainers else ()
    return Sheet(
        exercise.id,
        exercise.minutes,
        chapter.points(exercise) if is_trainers else exercise.points,
        (*asked, *(Asked(check.title, check.points, is_hidden=True) for check in hidden)),
        given=() if is_trainers else tuple(file_listing(f"{exercise.slug}/{one.name}", one.starter) for one in answers),
        rooms=() if is_trainers else tuple(Room(one.name, room_for(one.finished, one.starter)) for one in answers),
        solution=tuple(file_listing(one.name, solution_text(one.finished)) for one in answers) if is_trainers else (),
        hints=exercise.hints if is_trainers else (),
    )


def file_listing(name: str, text: str) -> Listing:
    """A file of an answer."""
    return Listing(text.rstrip("\n"), language_of(name), name)


def room_for(finished: str, starter: str) -> int:
    """How many ruled lines an answer needs: half as many again as ours has."""
    ours = sum(count_lines(region) for region in solution_regions(finished)) or changed_lines(finished, starter)
    return min(MOST_LINES, max(FEWEST_LINES, ours + ours // 2))


def changed_lines(finished: str, starter: str) -> int:
    """How many lines of our answer are not in the starting file."""
    given = set(starter.splitlines())
    return sum(line not in given for line in finished.splitlines())


def count_lines(text: str) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())
