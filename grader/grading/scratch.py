"""Where answers are laid out while they are judged: in memory where the machine has a place for that, else on disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30  # bytes: some answers bring layers


@contextlib.contextmanager
def scratch_folder(memory: Path = IN_MEMORY) -> Iterator[str]:
    """A folder for one judging, gone after it, whatever the process that worked in it has left there.

    A class makes hundreds of small files and folders for each learner; in memory they cost a tenth.
    """
    place = str(memory) if is_suitable(memory) else None
    with tempfile.TemporaryDirectory(prefix="judging-", dir=place, ignore_cleanup_errors=True) as folder:
        yield folder


def is_suitable(memory: Path) -> bool:
    """Whether there is a file system in ``memory`` with space enough, from which a layer's libraries can be loaded."""
    try:
        system = os.statvfs(memory)
    except (OSError, AttributeError):  # not there; not known on Windows
        return False
    is_executable = not system.f_flag & getattr(os, "ST_NOEXEC", 0)
    return is_executable and os.access(memory, os.W_OK | os.X_OK) and system.f_bavail * system.f_frsize >= ENOUGH
