"""A submission made anew: the released notebook, with nothing of the student's in it but the text of the answers.

Whatever else was done to a notebook (cells deleted, copied, renamed, retyped, points changed, outputs forged) is left
behind, and so has no power over the grade.
"""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Mapping
from typing import Any

from grader.grading.answers import Answers
from grader.grading.course import Chapter

MAX_WHY_CHARACTERS = 20_000
TOO_LONG = "\n\n(cut here: the rest is too long)"


def rebuild(released: Any, chapter: Chapter, answers: Answers, prose: Mapping[str, str]) -> Any:
    """The released notebook with a student's answers in its answer cells.

    Parameters
    ----------
    released
        The chapter's notebook as learners got it; it is not changed.
    answers
        What ``read_answers`` found in the submission.
    prose
        The written answers by grade id, from ``written_answers``.
    """
    rebuilt = copy.deepcopy(released)
    sources = dict(answer_sources(chapter, answers), **prose)
    for cell in rebuilt.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in sources and cell.metadata["nbgrader"].get("solution"):
            cell.source = sources[grade_id]
    return rebuilt


def answer_sources(chapter: Chapter, answers: Answers) -> dict[str, str]:
    """The sources of the answer cells by grade id, for the answers that were given."""
    from grader.notebooks.cells import dashed, writing

    return {
        f"answer-{dashed(exercise.id)}-{dashed(name)}": writing(f"{exercise.slug}/{name}", text)
        for exercise in chapter.exercises
        for name, text in answers.files.get(exercise.id, {}).items()
    }


def written_answers(content: bytes) -> dict[str, str]:
    """The answers in prose by grade id, as text that can do nothing when it is shown to a teacher.

    Parameters
    ----------
    content
        A submitted notebook's bytes; when it is no notebook, there are no answers in it.
    """
    try:
        cells = json.loads(content.decode("utf-8-sig"))["cells"]
        found = [_written(cell) for cell in cells if isinstance(cell, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return {grade_id: text for grade_id, text in found if grade_id}


def _written(cell: dict[str, Any]) -> tuple[str, str]:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    source = cell.get("source")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    if not isinstance(grade_id, str) or not grade_id.startswith("why-"):
        return "", ""
    return grade_id, harmless(text)


def harmless(text: str) -> str:
    """Prose that can do nothing where a teacher reads it: no HTML, no links, no half characters, not endless."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    if len(plain) > MAX_WHY_CHARACTERS:
        plain = plain[:MAX_WHY_CHARACTERS] + TOO_LONG
    shown = html.escape(plain, quote=False).replace("&gt;", ">")
    return shown.replace("](", "] (").replace("]:", "] :")  # Markdown's links and pictures
