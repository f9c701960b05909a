"""The names in a download of submissions: whose file it is, in the words of Canvas and of Moodle.

Canvas calls a file ``<name>_<user>_<attachment>_<file>``, with ``LATE`` after the name when it was late. Moodle puts it
into ``<name>_<participant>_assignsubmission_file_/<file>``, or begins the file's name so. Both take underscores with
digits out of people's names, so the first numbers are theirs and never a student's invention. A folder around it all,
as somebody makes who packs a download again, is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.classroom.archive import Entry

CANVAS = re.compile(r"(?P<name>.*?)_(?:(?P<late>late)_)?(?P<lms>\d+)_(?P<attachment>\d+)_(?P<file>[^/]+)", re.I)
TYPED = re.compile(r"(?P<name>.*?)_(?:(?P<late>late)_)?(?P<lms>\d+)_(?P<file>(?:text|link)\.html)", re.I)
MOODLE = re.compile(
    r"(?:[^/]*/)??(?P<name>[^_/]*)_(?P<lms>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?P<gap>_?/|_)(?P<file>.+)"
)
KINDS = ("canvas", "moodle")
_COPY = re.compile(r"[ -]\(?(\d{1,3})\)?\.ipynb$", re.I)


@dataclass(frozen=True)
class Handed:
    """One file that somebody handed in.

    Attributes
    ----------
    lms
        The person's number in the LMS.
    name
        The person's name, as the LMS writes it into the download.
    file
        What the student called the file.
    order
        Grows with the time of the upload, where the names say it; 0 where they do not.
    is_late
        What Canvas says; None where nobody says it.
    inside
        The notebook's path in the ZIP file that was handed in; empty when the entry itself is meant.
    """

    entry: Entry
    lms: str
    name: str
    file: str
    order: int = 0
    is_late: bool | None = None
    inside: str = ""

    @property
    def copy(self) -> int:
        """The number that a browser or an LMS gave to a further file of one name: 2 of ``ch03 (2).ipynb``; else 0."""
        found = _COPY.search(self.file)
        return int(found[1]) if found else 0

    @property
    def is_notebook(self) -> bool:
        """Whether it is called like one."""
        return self.file.lower().endswith(".ipynb")


def handed_in(entry: Entry, kind: str) -> Handed | None:
    """Whose file an entry is; None when its name is not of the LMS's making."""
    return _canvas(entry) if kind == "canvas" else _moodle(entry)


def feedback_name(entry_name: str, kind: str, chapter: str) -> str:
    """How a page of feedback must be called so that the LMS gives it back to whoever handed in the entry."""
    if kind == "canvas":
        name = PurePosixPath(entry_name).name
        match = CANVAS.fullmatch(name)
        assert match is not None, entry_name  # collected by this very name
        return f"{name[: match.start('file')]}{PurePosixPath(match['file']).stem}.html"
    match = MOODLE.match(entry_name)
    assert match is not None, entry_name  # collected by this very name
    return f"{entry_name[match.start('name') : match.end('gap')]}{chapter}_feedback.html"


def _canvas(entry: Entry) -> Handed | None:
    name = PurePosixPath(entry.name).name
    if match := CANVAS.fullmatch(name):
        late = match["late"] is not None
        return Handed(entry, match["lms"], match["name"], match["file"], int(match["attachment"]), late)
    if match := TYPED.fullmatch(name):
        return Handed(entry, match["lms"], match["name"], f"what was typed into Canvas ({match['file']})")
    return None


def _moodle(entry: Entry) -> Handed | None:
    match = MOODLE.fullmatch(entry.name)
    if match is None:
        return None
    file = match["file"] if match["plugin"] == "file" else f"what was typed into Moodle ({match['file']})"
    return Handed(entry, match["lms"], match["name"], file)
