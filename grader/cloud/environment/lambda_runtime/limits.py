"""Resource limits of the function's process: the floor of every isolation level."""

from __future__ import annotations

import os
import resource
import sys

MEGABYTE = 1 << 20
# A Lambda environment has 1,024 file descriptors, and 1,024 processes and threads; fewer of the latter stops a fork
# bomb before the machine notices.
OPEN_FILES, PROCESSES = 1024, 128
# Interpreter, code pages and thread stacks that Lambda does not count the same way.
ROOM_MB = 48


def address_space(root: str = "") -> int:
    """Bytes of address space that this process has now; 0 where the system does not tell.

    ``root`` is where the host's file tree is mounted.
    """
    try:
        with open(f"{root}/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def apply(baseline: int, memory_mb: int, ephemeral_mb: int, count_processes: bool) -> None:
    """Set the limits, hard and soft; they can only be lowered afterwards."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, ephemeral_mb * MEGABYTE)
    _limit(resource.RLIMIT_CPU, 900)
    if count_processes and hasattr(resource, "RLIMIT_NPROC"):
        _limit(resource.RLIMIT_NPROC, PROCESSES)
    if baseline and sys.platform == "linux":
        _limit(resource.RLIMIT_AS, baseline + (memory_mb + ROOM_MB) * MEGABYTE)


def become(uid: int, gid: int) -> None:
    """Change to an unprivileged user, for good."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
