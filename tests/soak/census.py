"""What a process holds: its memory, its file descriptors, its threads, its descendants."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Census:
    """One count.

    Attributes
    ----------
    memory_mb
        Resident memory of this process, in MB.
    processes
        Every descendant of this process; at isolation level 3 an idle zygote keeps spare ones.
    """

    memory_mb: float
    descriptors: int
    threads: int
    processes: int

    def __str__(self) -> str:
        held = f"{self.descriptors} descriptors, {self.threads} threads, {self.processes} processes"
        return f"{self.memory_mb:.1f} MB, {held}"

    @classmethod
    def take(cls) -> Census:
        """Count now, garbage collected first."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            memory_mb=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            descriptors=len(os.listdir("/proc/self/fd")),
            threads=threading.active_count(),
            processes=len(descendants(os.getpid())),
        )


def descendants(pid: int) -> set[int]:
    """Every living process that comes from ``pid``, zombies not counted."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if words[0] != "Z":
            parents[int(entry.name)] = int(words[1])
    found: set[int] = set()
    waiting = {pid}
    while waiting:
        waiting = {child for child, parent in parents.items() if parent in waiting} - found
        found |= waiting
    return found
