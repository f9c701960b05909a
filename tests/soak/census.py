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
    memory_mb, children_mb
        Memory of this process, and of all its descendants together, that is theirs alone or shared out among them, MB.
    processes
        Every descendant of this process; at isolation level 3 an idle zygote keeps spare ones.
    """

    memory_mb: float
    children_mb: float
    descriptors: int
    threads: int
    processes: int

    def __str__(self) -> str:
        held = f"{self.descriptors} descriptors, {self.threads} threads, {self.processes} processes"
        return f"{self.memory_mb:.1f} MB, children {self.children_mb:.1f} MB, {held}"

    @classmethod
    def take(cls) -> Census:
        """Count now, garbage collected first."""
        gc.collect()
        children = descendants(os.getpid())
        return cls(
            memory_mb=memory_mb(os.getpid()),
            children_mb=sum(memory_mb(child) for child in children),
            descriptors=len(os.listdir("/proc/self/fd")),
            threads=threading.active_count(),
            processes=len(children),
        )


def memory_mb(pid: int) -> float:
    """A process's share of the memory (proportional set size), in MB; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


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
