"""A new version of a chapter's notebook meets the learner's: three go in, one comes out, no answer is lost.

``base`` is the version that the learner was given last, ``mine`` what they made of it, ``new`` what the course gives
now. Cells are matched by their ids: a lesson's cell keeps its id as long as its content is the same, an answer cell has
the id of its exercise and file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

WRITES = re.compile(r"%%writefile[ \t]+(\S+)")


def merged(base: Any | None, mine: Any, new: Any) -> Any:
    """The learner's notebook brought up to date.

    An answer that differs from its old start is kept, and a start that was left alone is replaced. Cells of the
    learner's own stay behind the cell that they followed; edited lesson cells that the course dropped become such.
    """
    old = {cell["id"]: cell for cell in base.cells} if base is not None else {}
    theirs = matched(mine, new)
    result = deepcopy(new)
    result.metadata = {**mine.metadata, **new.metadata}
    result.cells = [
        merged_cell(cell, theirs.get(cell["id"]), old.get(cell["id"]), base is not None) for cell in result.cells
    ]
    return with_own_cells(result, mine, theirs, old)


def matched(mine: Any, new: Any) -> dict[str, Any]:
    """The learner's cell for each cell of the new version: by id, else by grade id, else by the file that it writes."""
    found: dict[str, Any] = {}
    keys: tuple[Callable[[Any], str | None], ...] = (lambda cell: cell.get("id"), grade_id, written_file)
    for key in keys:
        known = {key(cell): cell["id"] for cell in new.cells if key(cell)}
        taken = {id(cell) for cell in found.values()}
        for cell in mine.cells:
            target = known.get(key(cell))
            if target and target not in found and id(cell) not in taken:
                found[target] = cell
    return found


def grade_id(cell: Any) -> str | None:
    """nbgrader's name of a cell, if it has one."""
    found = cell.get("metadata", {}).get("nbgrader", {})
    return found.get("grade_id") if isinstance(found, dict) else None


def written_file(cell: Any) -> str | None:
    """The file that an answer cell writes."""
    found = WRITES.match(cell.source)
    return found[1] if found else None


def merged_cell(new: Any, mine: Any | None, base: Any | None, has_base: bool) -> Any:
    """One cell: the learner's text where they may write and did, the course's elsewhere."""
    if mine is None or mine.cell_type != new.cell_type:
        return new
    untouched = base is not None and mine.source == base.source
    unknown = has_base and base is None and not is_answer(new)
    source = new.source if is_locked(new) or untouched or unknown else mine.source
    if source == mine.source and new.cell_type == "code":
        new.outputs, new.execution_count = mine.outputs, mine.execution_count
    new.source = source
    return new


def is_answer(cell: Any) -> bool:
    """Whether the learner writes here."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_locked(cell: Any) -> bool:
    """Whether the learner must not write here."""
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))


def with_own_cells(result: Any, mine: Any, theirs: dict[str, Any], old: dict[str, Any]) -> Any:
    """The result with the learner's own cells, each behind the cell that it followed."""
    place_of = {id(cell): name for name, cell in theirs.items()}
    behind: dict[str, list[Any]] = {}
    anchor = ""
    for cell in mine.cells:
        if id(cell) in place_of:
            anchor = place_of[id(cell)]
        elif is_own(cell, old):
            behind.setdefault(anchor, []).append(own_cell(cell))
    cells = behind.get("", [])
    for cell in result.cells:
        cells = [*cells, cell, *behind.get(cell["id"], [])]
    result.cells = with_unique_ids(cells)
    return result


def is_own(cell: Any, old: dict[str, Any]) -> bool:
    """Whether the learner made the cell, or changed one that the course no longer has."""
    given = old.get(cell["id"])
    return bool(cell.source.strip()) and (given is None or given.source != cell.source) and not is_locked(cell)


def own_cell(cell: Any) -> Any:
    """The cell as an ordinary one: no grade id, free to be edited and deleted."""
    kept = deepcopy(cell)
    for name in ("nbgrader", "deletable", "editable"):
        kept.metadata.pop(name, None)
    return kept


def with_unique_ids(cells: list[Any]) -> list[Any]:
    """The cells, with a number behind an id that is there already."""
    seen: set[str] = set()
    for cell in cells:
        name, number = cell["id"], 2
        while cell["id"] in seen:
            cell["id"] = f"{name[:56]}-own{number}"
            number += 1
        seen.add(cell["id"])
    return cells
