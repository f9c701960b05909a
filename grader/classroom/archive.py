"""A ZIP file from somewhere else: what may be taken out of it, and why the rest may not. It is never unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from grader.checks.failure import readable
from grader.errors import CourseError

MAX_ENTRIES = 20_000
LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Entry:
    """One file in an archive.

    Attributes
    ----------
    name
        Its path, with slashes; relative, and without a step upwards.
    size
        Bytes when it is unpacked, as the archive says; ``Archive.read`` believes only what it reads.
    dated
        The entry's date and time, without a zone; None when it is no date.
    """

    name: str
    size: int
    dated: datetime | None


class Archive:
    """An open ZIP file.

    Attributes
    ----------
    entries
        The files that may be read, in the archive's order.
    refused
        A sentence for each entry that may not.
    """

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._opened = opened
        self.entries: list[Entry] = []
        self.refused: list[str] = []
        seen: set[str] = set()
        for info in opened.infolist():
            if info.is_dir() or is_litter(info.filename):
                continue
            reason = "is there more than once" if info.filename in seen else _refusal(info)
            seen.add(info.filename)
            if reason:
                self.refused.append(f"{_shown(info.filename)} {reason}; it was left in the archive.")
            else:
                self.entries.append(Entry(info.filename, info.file_size, _date_of(info)))

    def read(self, entry: Entry, most: int) -> bytes | None:
        """An entry's bytes; None when there are more than ``most`` of them, or when it is damaged."""
        try:
            with self._opened.open(entry.name) as file:
                content = file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            return None
        return content if len(content) <= most else None

    def within(self, entry: Entry, most: int) -> Archive | None:
        """The archive that an entry itself is; None when it is none, or has more than ``most`` bytes."""
        content = self.read(entry, most)
        try:
            opened = zipfile.ZipFile(io.BytesIO(content)) if content is not None else None
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            return None
        return Archive(opened) if opened is not None and len(opened.infolist()) <= MAX_ENTRIES else None


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a ZIP file.

    Raises
    ------
    CourseError
        When it is not there, no ZIP file, or has more entries than a class can hand in.
    """
    try:
        opened = zipfile.ZipFile(path)
    except OSError as problem:
        raise CourseError(f"The archive cannot be read: {problem.strerror}.", str(path)) from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
        raise CourseError(f"This is no ZIP file: {readable(problem)}.", str(path)) from None
    with opened:
        if len(opened.infolist()) > MAX_ENTRIES:
            raise CourseError(f"The archive has more than {MAX_ENTRIES:,} entries.", str(path))
        yield Archive(opened)


def is_litter(name: str) -> bool:
    """Whether a file is what macOS, Windows or Jupyter leave behind, and nobody's work."""
    path = PurePosixPath(name)
    return bool(LITTER.intersection(path.parts)) or path.name.startswith("._")


def _refusal(info: zipfile.ZipInfo) -> str:
    """Why an entry is not read; empty when it may be."""
    path = PurePosixPath(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not path.parts or path.is_absolute() or "\\" in info.filename or ":" in path.parts[0]:
        return "is no relative path"
    if ".." in path.parts:
        return "leads out of its folder"
    if any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in info.filename):
        return "has a name that no file should have"
    if kind and not stat.S_ISREG(kind):
        return "is a link or a device"
    if info.flag_bits & 1:
        return "is encrypted"
    return ""


def _date_of(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


def _shown(name: str) -> str:
    return readable(name if len(name) <= 120 else f"{name[:120]}…")
