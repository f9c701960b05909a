"""A warm process's memory, laid out for forks: these copy an entry for each page, and each page that is written to."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import re
import sys
from collections.abc import Iterator

COLLAPSE = 25  # MADV_COLLAPSE, Linux 6.1
LARGE = 2 << 20
SIZE_CLASS = re.compile(r"^ +\d+ +(?P<size>\d+) +\d+ +\d+ +(?P<free>\d+)$", re.MULTILINE)


def settle(root: str = "") -> None:
    """All that is in memory now will stay there: let forks share as much of it as they can.

    Parameters
    ----------
    root
        Where the host's files are.
    """
    gc.collect()
    gc.freeze()  # to look for garbage in a page would copy it
    if sys.platform == "linux":
        fill_gaps()
        collapse(root)


def fill_gaps() -> None:
    """Use up the free places between objects, so that what a fork makes lies in new pages, side by side."""
    take = ctypes.pythonapi.PyObject_Malloc
    for size, number in _gaps():
        for _ in range(number):
            take(ctypes.c_size_t(size))


def _gaps() -> Iterator[tuple[int, int]]:
    """Sizes of places, and how many are free, as Python's allocator writes them on standard error."""
    told, kept = os.memfd_create("allocator"), os.dup(2)
    os.dup2(told, 2)
    try:
        sys._debugmallocstats()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    with open(told, closefd=True) as file:
        file.seek(0)
        for found in SIZE_CLASS.finditer(file.read()):
            yield int(found["size"]), int(found["free"])


def collapse(root: str) -> None:
    """Put this process's own memory into pages of 2 MB where the kernel can."""
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    with contextlib.suppress(OSError), open(f"{root}/proc/self/maps") as maps:
        for begin, end in [span for line in maps for span in _own(line)]:
            madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), COLLAPSE)


def _own(line: str) -> list[tuple[int, int]]:
    """The large pages that fit into a line of the process's memory map, when that is private and of no file."""
    place, rights, _, _, inode, *_ = line.split()
    if rights != "rw-p" or inode != "0":
        return []
    begin, end = (int(part, 16) for part in place.split("-"))
    begin, end = -(-begin // LARGE) * LARGE, end // LARGE * LARGE
    return [(begin, end)] if begin < end else []
