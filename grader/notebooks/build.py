"""From ``solutions/`` to ``course/``: read a chapter, make its cells, cut the answers, write or compare the tree.

chapter.md ─read─► pieces ─cells─► instructor's notebook ─nbgrader─► learner's notebook ─┐
3_1_hello/ … ────────────────────────── starters and given files ────────────────────────┴─► course/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import CourseError
from grader.facts import facts, with_facts
from grader.grading.course import Chapter, Course
from grader.notebooks import cells as make
from grader.notebooks.chapter_text import ChapterText, Piece, read_chapter
from grader.notebooks.places import START_PAGE
from grader.notebooks.released import answer_files, cell_points, released_files
from grader.notebooks.stills import still_of
from grader.notebooks.tree import Difference, differences, files_below, write_tree

SOURCES = "build/source"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class BuildResult:
    """What a build found.

    Attributes
    ----------
    differences
        What was not as it should be, and, unless it was only a check, was made so.
    """

    differences: tuple[Difference, ...]

    @property
    def is_fresh(self) -> bool:
        """Whether nothing had to change."""
        return not self.differences

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences)) or "course/ is what solutions/ make."


def build_course(names: list[str] | None = None, *, check: bool = False, course: Course | None = None) -> BuildResult:
    """Build all chapters that have a text, or those named (``ch03``, ``ch03_web_service``, ``3``).

    Parameters
    ----------
    check
        Change nothing; only say what differs.

    Raises
    ------
    CourseError
        With file and line, when a chapter cannot be built.
    """
    here = course or Course.find()
    chosen = written_chapters(here) if names is None else [here.chapter(name) for name in names]
    wanted = {path: data for chapter in chosen for path, data in build_chapter(chapter).items()}
    stems = [chapter.stem for chapter in chosen]
    found = {path: data for path, data in files_below(here.generated).items() if names is None or belongs(path, stems)}
    result = BuildResult(tuple(differences(wanted, found)))
    if not check:
        write_tree(here.generated, wanted, result.differences)
    return result


def build_chapter(chapter: Chapter) -> dict[str, bytes]:
    """The files of one chapter, by their path in ``course/``; nothing is written."""
    notebook = learner_notebook(instructor_notebook(chapter))
    prefix = "" if chapter.stem == START_PAGE else f"{chapter.stem}/"
    files = {f"{chapter.stem}.ipynb": notebook_bytes(notebook), **released_files(chapter)}
    return {f"{prefix}{name}": data for name, data in files.items()}


def written_chapters(course: Course) -> list[Chapter]:
    """The chapters that have a text, the start page first.

    Raises
    ------
    CourseError
        When none has: what students get can be read and solved, but not built.
    """
    found = [chapter for chapter in course.chapters if (chapter.folder / "chapter.md").is_file()]
    if not found:
        raise CourseError(
            "This course comes without the lessons' sources: there is nothing to build from.", str(course.root)
        )
    return found


def belongs(path: str, stems: list[str]) -> bool:
    """Whether a file of ``course/`` is one of these chapters'."""
    first, *rest = path.split("/")
    return (first if rest and first.startswith("ch") else START_PAGE) in stems


def instructor_notebook(chapter: Chapter, *, notes: bool = False) -> Any:
    """The chapter with our answers in it, as ``nbgrader generate_assignment`` takes it.

    Parameters
    ----------
    notes
        Whether the trainer's notes stay in.
    """
    from nbformat.v4 import new_notebook

    text = read_chapter(chapter.folder / "chapter.md")
    require_all_exercises(text, chapter)
    cells = [cell for piece in text.pieces for cell in piece_cells(piece, chapter, notes)]
    put_goals(cells, text)
    substitute_facts(cells, chapter.stem)
    make.set_cell_ids(cells)
    about = {"title": text.title, "minutes": text.minutes, "exercises": list(text.exercise_ids)}
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, make.OURS: about}
    return new_notebook(cells=cells, metadata=metadata)


def learner_notebook(instructor: Any) -> Any:
    """The same without answers."""
    make.required("nbgrader")
    from grader.notebooks.release import release

    return release(instructor)


def notebook_bytes(notebook: Any) -> bytes:
    """The notebook as it is committed: validated, sorted keys, one line feed at the end."""
    import nbformat

    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook, version=4)
    return (text.rstrip("\n") + "\n").encode()


def require_all_exercises(text: ChapterText, chapter: Chapter) -> None:
    """Refuse an exercise without a place in the text, a place without an exercise, and a place taken twice."""
    placed = list(text.exercise_ids)
    declared = {exercise.id for exercise in chapter.exercises}
    wrong = sorted(set(placed) ^ declared) or sorted({name for name in placed if placed.count(name) > 1})
    if wrong:
        raise CourseError(
            f"Exercise {', '.join(wrong)} must be declared in the checks and have one directive in the text.",
            where=f"{text.chapter}/chapter.md",
            next_step=f"Write <!-- exercise {wrong[0]} --> once, and declare it below grader/checks/{text.chapter}.",
        )


def piece_cells(piece: Piece, chapter: Chapter, notes: bool) -> Iterator[Any]:
    """The cells of one piece."""
    match piece.kind:
        case "text":
            yield from make.text_cells(piece.text)
        case "exercise":
            yield from exercise_cells(piece.id, chapter)
        case "why":
            yield from make.why_cells(piece.id, piece.text)
        case "still":
            yield make.markdown_cell(still_of(chapter, piece.id).markdown)
        case "instructor" if notes:
            yield make.instructor_cell(piece.text)


def exercise_cells(exercise_id: str, chapter: Chapter) -> Iterator[Any]:
    """One cell a file, the check, and a free cell for hints."""
    exercise = next(one for one in chapter.exercises if one.id == exercise_id)
    for file in answer_files(chapter, exercise):
        yield make.answer_cell(exercise_id, f"{exercise.slug}/{file.name}", file.finished, file.starter)
    yield make.check_cell(exercise_id, cell_points(chapter, exercise))
    yield make.help_cell(exercise_id)


def put_goals(cells: list[Any], text: ChapterText) -> None:
    """Put time and goals under the chapter's heading, which is added where the author wrote none."""
    if not cells or not cells[0].source.startswith("# "):
        cells.insert(0, make.markdown_cell(f"# {text.title}"))
    if text.goals:
        goals = "\n".join(f"- {goal}" for goal in text.goals)
        cells[0].source += f"\n\n**After this chapter you can**\n\n{goals}"


def substitute_facts(cells: list[Any], chapter: str) -> None:
    """Put the numbers into prose."""
    known: Mapping[str, Any] = facts()
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = make.with_plain_dollars(with_facts(cell.source, known, f"{chapter}/chapter.md"))


def write_sources(names: list[str] | None = None, *, course: Course | None = None) -> list[Path]:
    """Write nbgrader's source folders, below ``build/source``, of all chapters or of those named; not the start page.

    They are made from ``solutions/`` and hold neither hidden checks nor the trainer's notes.
    """
    here = course or Course.find()
    chosen = written_chapters(here) if names is None else [here.chapter(name) for name in names]
    return [write_source_folder(chapter, here.root / SOURCES) for chapter in chosen if chapter.stem != START_PAGE]


def write_source_folder(chapter: Chapter, sources: Path) -> Path:
    """Write what stock ``nbgrader generate_assignment`` takes: the notebook with answers, and only released files.

    Parameters
    ----------
    sources
        nbgrader's source directory; the chapter's folder is made in it.
    """
    files = {f"{chapter.stem}.ipynb": notebook_bytes(instructor_notebook(chapter)), **released_files(chapter)}
    folder = sources / chapter.stem
    write_tree(folder, files, list(differences(files, files_below(folder))))
    return folder
