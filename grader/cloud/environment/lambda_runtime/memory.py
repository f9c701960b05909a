"""A warm process's memory in large pages: a fork copies one entry for each page, so large ones make it cheap."""

from __future__ import annotations

import contextlib
import ctypes
import sys

COLLAPSE = 25  # MADV_COLLAPSE, Linux 6.1
LARGE = 2 << 20


def collapse(root: str = "") -> None:
    """Put this process's own memory into pages of 2 MB where the kernel can; ``root`` is where the host's files are."""
    if sys.platform != "linux":
        return
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
