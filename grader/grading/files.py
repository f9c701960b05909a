"""Writing files so that a reader, a crash or a full disk never leaves half of one."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import CourseError

IN_THE_WAY = "Something of another kind is in the way: name another place."
NO_RIGHT = "Name a place where you may write, or get the right to write here."
NO_ROOM = "Make room, and do the same again; grader grade goes on with --resume."
# What a person can mend, and how; any other error of the system is ours.
MENDABLE = {
    errno.EACCES: NO_RIGHT, errno.EPERM: NO_RIGHT, errno.EROFS: NO_RIGHT, errno.ENOSPC: NO_ROOM, errno.EDQUOT: NO_ROOM,
    errno.EFBIG: NO_ROOM, errno.EISDIR: IN_THE_WAY, errno.ENOTDIR: IN_THE_WAY, errno.EEXIST: IN_THE_WAY,
    errno.ENOTEMPTY: IN_THE_WAY, errno.ENAMETOOLONG: "Name a shorter path.",
}  # fmt: skip


def write_atomically(path: Path, content: str | bytes) -> None:
    """Put ``content`` at ``path``: the old content or the new, never a part."""
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:200]}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Errors of the system that happen in the block are about ``path``, whatever file of ours stood for it."""
    try:
        yield
    except OSError as problem:
        problem.filename, problem.filename2 = str(path), None
        raise


def require_place(path: Path) -> None:
    """See before a long work that its result can be written.

    Raises
    ------
    CourseError
        When there is a folder of that name, or no right to write there.
    """
    if path.is_dir():
        raise CourseError("This is a folder.", str(path), "Name a file.")
    there = next(parent for parent in path.absolute().parents if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise CourseError("No file can be written here.", str(path), NO_RIGHT)


def mendable(problem: OSError) -> CourseError | None:
    """The same in words, when a person can mend it."""
    if problem.errno not in MENDABLE:
        return None
    where = problem.filename2 or problem.filename
    return CourseError(f"{problem.strerror}.", None if where is None else str(where), MENDABLE[problem.errno])
