"""The saved notebook against the files on disk: a class grades the one, ``check`` the other; they must agree."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.checks.exercise import Exercise
from grader.grading.answers import answers_in
from grader.grading.files import write_atomically
from grader.notebooks.page import Page, card, escape

PATIENCE = 6.0  # seconds: JupyterLab, as `grader learn` starts it, saves by itself every three
STEP = 0.1


@dataclass(frozen=True)
class Disagreement:
    """One file that the saved cell and the disk tell differently.

    Attributes
    ----------
    path
        As the cell names it: ``3_1_hello/app.py``.
    cell, file
        The two texts.
    is_file_newer
        Whether the file was changed last. The cell or the file that is still as when both agreed is the older one;
        without such a memory the times on disk decide (they say less: any save of the notebook is a new time).
    """

    path: str
    cell: str
    file: str
    is_file_newer: bool


def session_notebook(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The notebook that this kernel serves, as Jupyter names it, or ``None`` when it says nothing that exists."""
    name = environment.get("JPY_SESSION_NAME", "")
    candidates = [Path(name), Path.cwd() / Path(name).name]
    return next((path for path in candidates if name.endswith(".ipynb") and path.is_file()), None)


class Agreements:
    """The text that cell and file had when a check last found them equal, as digests by path.

    Parameters
    ----------
    file
        Where they are kept, beside the learner's record.
    starts
        The starting texts by path: as these were laid, cell and file agreed.
    """

    def __init__(self, file: Path, starts: Mapping[str, str] | None = None) -> None:
        self.file = file
        self.starts = {path: digest(text) for path, text in (starts or {}).items()}

    def all(self) -> dict[str, str]:
        """Every digest that is known."""
        return {**self.starts, **self._kept()}

    def keep(self, texts: Mapping[str, str]) -> None:
        """Remember texts that are the same in both places."""
        known = self._kept()
        new = {**known, **{path: digest(text) for path, text in texts.items()}}
        if new != known:
            write_atomically(self.file, json.dumps(new, indent=1, sort_keys=True) + "\n")

    def _kept(self) -> dict[str, str]:
        try:
            found = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(path): str(value) for path, value in found.items()} if isinstance(found, dict) else {}


def digest(text: str) -> str:
    """The same for texts that differ only in blank ends."""
    return hashlib.sha256("\n".join(plain(text)).encode()).hexdigest()[:16]


def disagreements(
    notebook: Path | None, exercise: Exercise, folder: Path, agreed: Mapping[str, str] | None = None
) -> list[Disagreement]:
    """The exercise's files that differ between the saved notebook and ``folder``; none without a notebook.

    Parameters
    ----------
    agreed
        What both were when they agreed last (`Agreements.all`).
    """
    found = []
    for name, cell in saved_cells(notebook, exercise).items():
        path, file = f"{exercise.slug}/{name}", folder / name
        text = file.read_text("utf-8", "replace") if file.is_file() else ""
        if notebook and plain(cell) != plain(text):
            newer = is_file_newer(cell, text, (agreed or {}).get(path), file, notebook)
            found.append(Disagreement(path, cell, text, newer))
    return found


def saved_cells(notebook: Path | None, exercise: Exercise) -> Mapping[str, str]:
    """The answer cells of the saved notebook, by file name."""
    try:
        content = notebook.read_bytes() if notebook else b""
    except OSError:
        return {}
    return answers_in(content, [exercise]).files.get(exercise.id, {})


def is_file_newer(cell: str, text: str, agreed: str | None, file: Path, notebook: Path) -> bool:
    """Which of the two was changed last, as well as it can be known."""
    if not file.is_file() or agreed == digest(text):
        return False
    return agreed == digest(cell) or file.stat().st_mtime > notebook.stat().st_mtime


def plain(text: str) -> list[str]:
    """The lines without what cannot be seen at their ends."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def settled(
    notebook: Path | None, exercise: Exercise, folder: Path, ran: Mapping[str, str], agreements: Agreements
) -> list[Disagreement]:
    """The disagreements that stay when JupyterLab has had the time to save.

    Parameters
    ----------
    ran
        The text of the answer cells as this kernel ran them last. Only a file that is as its cell wrote it is waited
        for: then the open notebook agrees, and only its saved copy is behind.
    """
    deadline = time.monotonic() + PATIENCE
    agreed = agreements.all()
    found = disagreements(notebook, exercise, folder, agreed)
    while found and all(is_being_saved(one, ran) for one in found) and time.monotonic() < deadline:
        time.sleep(STEP)  # another program writes this file; there is nothing to be told by
        found = disagreements(notebook, exercise, folder, agreed)
    if not found:
        agreements.keep({f"{exercise.slug}/{name}": text for name, text in saved_cells(notebook, exercise).items()})
    return found


def is_being_saved(one: Disagreement, ran: Mapping[str, str]) -> bool:
    """Whether the open notebook agrees with the file, as far as the kernel can know."""
    return one.path in ran and plain(ran[one.path]) == plain(one.file) and plain(ran[one.path]) != plain(one.cell)


def disagreement_page(exercise: Exercise, found: list[Disagreement]) -> Page:
    """What differs, which is newer, and how to make them agree; nothing was judged."""
    title = f"{exercise.id} was not judged: the saved notebook and your files differ"
    why = "A class grades the cell in the saved notebook, this check the file. Judged apart, they could disagree."
    parts = [disagreement_html(one) for one in found]
    body = f'<p class="rs-head"><span class="bad">≠</span> {escape(title)}</p><p>{escape(why)}</p>{"".join(parts)}'
    lines = [line for one in found for line in advice(one)]
    return card(body, "\n".join([title, why, *lines]), title)


def advice(one: Disagreement) -> list[str]:
    """Which is newer, and the next step."""
    if one.is_file_newer:
        return [
            f"{one.path}: the file is newer than the saved notebook.",
            "If you ran its cell: wait until the notebook is saved (by itself, or with Ctrl-S), then check again.",
            "If you edited the file itself: copy its text into the cell, run the cell, save, then check again.",
        ]
    return [
        f"{one.path}: the saved cell is newer than the file.",
        "Run the cell, so that it writes the file, then check again.",
    ]


def disagreement_html(one: Disagreement) -> str:
    """One file with its difference folded away."""
    first, *rest = advice(one)
    steps = "".join(f"<li>{escape(step)}</li>" for step in rest)
    lines = difflib.unified_diff(one.cell.splitlines(), one.file.splitlines(), "saved cell", "file", lineterm="", n=1)
    return (
        f"<p><strong>{escape(first)}</strong></p><ul>{steps}</ul>"
        f"<details><summary>What differs</summary><pre>{escape(chr(10).join(lines))}</pre></details>"
    )
