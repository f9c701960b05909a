"""Notebook cells from a chapter's pieces, with the metadata that nbgrader reads."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from grader.errors import CourseError
from grader.notebooks.chapter_text import fence_after

OURS = "running_serverless"  # our own key in a cell's metadata, gone from what learners get
WHY_POINTS = 2
HEADING = re.compile(r"#{1,3} ")
# Code, pictures with their words, and what ends a run of prose: a blank line, the edge of a table's cell.
AS_IT_IS = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)|`[^`\n]+`|!\[[^\n]*?\]\([^)\n]*\)|\n\s*\n|\|)", re.M | re.S)
DOLLAR = re.compile(r"\\?\$")
PLAIN_FENCE = re.compile(r"^(`{3,})(?!python\b)(.*)$")


def markdown_cell(text: str) -> Any:
    """Prose."""
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, metadata={})


def code_cell(source: str) -> Any:
    """Code that belongs to the lesson."""
    from nbformat.v4 import new_code_cell

    return new_code_cell(source, metadata={})


def text_cells(text: str) -> Iterator[Any]:
    """The cells of a stretch of jupytext Markdown: ``python`` fences are code, headings begin a new cell."""
    jupytext = required("jupytext")
    prose: list[str] = []
    for cell in jupytext.reads(with_plain_fences(text), fmt="md").cells:
        if cell.cell_type != "code":
            prose.append(cell.source)
            continue
        yield from prose_cells("\n\n".join(prose))
        prose = []
        yield code_cell(cell.source)
    yield from prose_cells("\n\n".join(prose))


def required(package: str) -> Any:
    """A package of the ``class`` set, or a sentence that says where it comes from."""
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError as problem:
        raise CourseError(
            f"Building the course needs {package}, which learners do not have.",
            next_step="Run: python bootstrap.py run dev python -m grader build",
        ) from problem


def with_plain_fences(text: str) -> str:
    """Fences other than ``python`` as tildes: jupytext would make cells with magics of bash, html and others."""
    lines, fence, plain = [], "", False
    for line in text.splitlines():
        before, fence = fence, fence_after(fence, line)
        found = PLAIN_FENCE.match(line)
        if not before and fence and found:
            plain = True
            line = "~" * len(found[1]) + found[2]
        elif before and not fence and plain:
            plain, line = False, line.replace("`", "~")
        lines.append(line)
    return "\n".join(lines)


def with_backticks(text: str) -> str:
    """The tildes as the author wrote them."""
    return re.sub(r"^~{3,}", lambda match: "`" * len(match[0]), text, flags=re.M)


def with_plain_dollars(text: str) -> str:
    """Prose whose dollars are money: JupyterLab reads what stands between two of them as mathematics.

    A backslash keeps a dollar from it before Markdown is read, an element of its own afterwards; the first one of a
    paragraph or of a table's cell has no other before it.
    """
    parts = AS_IT_IS.split(text)
    return "".join(part if number % 2 else _money(part) for number, part in enumerate(parts))


def _money(prose: str) -> str:
    before, *after = DOLLAR.split(prose)
    marked = "".join(f"<span>\\$</span>{part}" for part in after[1:])
    return f"{before}\\${after[0]}{marked}" if after else before


def prose_cells(text: str) -> Iterator[Any]:
    """One cell for each heading and what follows it."""
    held: list[str] = []
    fence = ""
    for line in text.splitlines():
        if not fence and HEADING.match(line) and any(part.strip() for part in held):
            yield markdown_cell(with_backticks("\n".join(held).strip("\n")))
            held = []
        fence = fence_after(fence, line)
        held.append(line)
    if any(part.strip() for part in held):
        yield markdown_cell(with_backticks("\n".join(held).strip("\n")))


def grader_metadata(grade_id: str, *, grade: bool, solution: bool, points: int | None = None) -> dict[str, Any]:
    """nbgrader's own metadata, schema 3."""
    found: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": grade and not solution,
        "task": False,
    }
    return found if points is None else {**found, "points": points}


def dashed(text: str) -> str:
    """Part of a grade id: ``3.1`` → ``3-1``, ``src/app.py`` → ``src-app-py``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")


def answer_cell(exercise_id: str, path: str, finished: str, starter: str) -> Any:
    """The cell that writes one file of an answer.

    Parameters
    ----------
    path
        As ``%%writefile`` takes it: ``3_1_hello/app.py``.
    finished, starter
        The file's text with our answer (markers included), and as the learner gets it.
    """
    cell = code_cell(writing(path, finished))
    grade_id = f"answer-{dashed(exercise_id)}-{dashed(path.split('/', 1)[1])}"
    cell.metadata["nbgrader"] = grader_metadata(grade_id, grade=False, solution=True)
    cell.metadata[OURS] = {"starter": writing(path, starter)}
    return cell


def writing(path: str, text: str) -> str:
    """A ``%%writefile`` cell's source; IPython ends the file with exactly one line feed."""
    return f"%%writefile {path}\n" + text.rstrip("\n")


def check_cell(exercise_id: str, points: int) -> Any:
    """The locked cell that carries an exercise's points."""
    cell = code_cell(f'check("{exercise_id}")')
    cell.metadata["nbgrader"] = grader_metadata(
        f"check-{dashed(exercise_id)}", grade=True, solution=False, points=points
    )
    return cell


def help_cell(exercise_id: str) -> Any:
    """A free cell for whoever is stuck; it does nothing until its ``#`` is taken away."""
    advice = '# Stuck? Take the "# " away and run this cell; run it again for the next hint.'
    return code_cell(f'{advice}\n# hint("{exercise_id}")')


def why_cells(exercise_id: str, question: str) -> list[Any]:
    """The question, and the cell that a teacher grades by hand."""
    asked = markdown_cell(f"#### Why?\n\n{question}")
    answer = markdown_cell("")
    answer.metadata["nbgrader"] = grader_metadata(
        f"why-{dashed(exercise_id)}", grade=True, solution=True, points=WHY_POINTS
    )
    return [asked, answer]


def instructor_cell(text: str) -> Any:
    """A trainer's note, marked."""
    cell = markdown_cell("> **For the trainer**\n>\n" + "\n".join(f"> {line}".rstrip() for line in text.splitlines()))
    cell.metadata["tags"] = ["instructor"]
    return cell


def set_cell_ids(cells: list[Any]) -> None:
    """Give each cell the id that its content has had before: the grade id, else a digest of kind and source."""
    seen: Counter[str] = Counter()
    for cell in cells:
        found = cell_id(cell.cell_type, cell.source, cell.metadata)
        seen[found] += 1
        cell["id"] = found if seen[found] == 1 else f"{found}-{seen[found]}"


def cell_id(cell_type: str, source: str, metadata: Mapping[str, Any]) -> str:
    """A cell's own id, before repeats are numbered."""
    grade_id = metadata.get("nbgrader", {}).get("grade_id")
    if grade_id:
        return str(grade_id)[:60]
    return hashlib.sha256(f"{cell_type}\n{source}".encode()).hexdigest()[:12]
