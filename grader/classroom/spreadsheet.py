"""A table as a school's systems export it: read with care, kept as it is, written so that nothing in it calculates."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import CourseError
from grader.grading.table import harmless

MAX_BYTES = 20_000_000
SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Sheet:
    """Headings and rows of text; every row has a cell for each heading."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, *names: str) -> int | None:
        """Where the first heading of these stands, whatever its case; None when there is none of them."""
        known = {heading.strip().casefold(): at for at, heading in reversed(list(enumerate(self.headings)))}
        return next((known[name.casefold()] for name in names if name.casefold() in known), None)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file, separated by commas, semicolons or tabs.

    Raises
    ------
    CourseError
        When it is not there, not UTF-8, too large, or empty.
    """
    text = _text(path).lstrip("\ufeff\r\n")
    first, _, rest = text.partition("\n")
    if said := re.fullmatch(r"sep=(.)\r?", first):  # Excel's own line
        text, (first, _, _) = rest, rest.partition("\n")
    separator = said[1] if said else max(SEPARATORS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(cell.strip() for cell in row)]
    except csv.Error as problem:
        raise CourseError(f"This is no table: {problem}.", str(path)) from None
    if not rows:
        raise CourseError("The table is empty.", str(path))
    width = len(rows[0])
    return Sheet(tuple(rows[0]), tuple(tuple((*row, *[""] * width)[:width]) for row in rows[1:]))


def sheet_text(headings: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV, as every school's system reads it; no cell can be taken for a formula.

    A single hyphen stays what it is: Moodle means *nothing yet* by it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in (headings, *rows):
        writer.writerow([cell if cell == "-" else harmless(cell) for cell in row])
    return text.getvalue()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CourseError(f"The table is larger than {MAX_BYTES / 1e6:,.0f} MB.", str(path))
        content = path.read_bytes()
        utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return content.decode("utf-16" if utf16 else "utf-8-sig").replace("\r\n", "\n").replace("\0", "")
    except OSError as problem:
        raise CourseError(f"The table cannot be read: {problem.strerror}.", str(path)) from None
    except UnicodeDecodeError as problem:
        raise CourseError(
            f"The table is not UTF-8 text (byte {problem.start + 1}).",
            str(path),
            "Take the file as it was exported; a spreadsheet must save it as CSV UTF-8.",
        ) from None
