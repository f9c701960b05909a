"""Level 3: a small process that keeps empty rooms ready, so that who needs an environment does not wait for one.

A room is a guardian in namespaces of its own, and a function's process, locked in, that waits to be told what it is. No
code of anybody's has run in it. The nursery forks the guardians: it is small, and a fork costs by the memory that it
shares. The zygote, which has boto3 in its memory, forks the function's process into the room's namespaces.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
from collections import deque
from dataclasses import dataclass
from typing import Any

from . import forking, frames, kernel, memory, mounts, room

SPARE_ROOMS = 2


def open_nursery(settings: dict[str, Any]) -> Nursery:
    """Move into a file tree of our own, let the zygote get warm beside, and wait for it."""
    own_root(settings)
    asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        forking.live(settings, asked)
    asked.close()
    told = asking.recv(frames.MAX_HEADER).decode()
    if told != forking.READY:
        raise RuntimeError(told or "The zygote died while it got warm.")
    memory.settle(mounts.OLD)
    gc.disable()  # guardians make no garbage
    return Nursery(settings, asking)


def own_root(settings: dict[str, Any]) -> None:
    """A file tree that holds the interpreter and boto3, and nothing of the host's."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        kernel.unshare(kernel.NEWNS)
    else:
        kernel.unshare(kernel.NEWUSER | kernel.NEWNS)
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"993 {uid} 1")
        write("/proc/self/gid_map", f"990 {gid} 1")
    mounts.build_root(settings["place"], settings["readable"])


def write(path: str, text: str) -> None:
    """One line into a file of /proc."""
    with open(path, "w") as file:
        file.write(text)


@dataclass(frozen=True)
class Spare:
    """A room that is ready: its topmost process, and the line on which it waits for its order."""

    pid: int
    line: socket.socket

    def take(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """Give it its order; returns ``pid``."""
        with self.line:
            frames.send(self.line, order, descriptors=tuple(descriptors))
        return self.pid


class Nursery:
    """Makes rooms, and gives them away.

    Parameters
    ----------
    zygote
        Where guardians ask for their function's process.
    """

    def __init__(self, settings: dict[str, Any], zygote: socket.socket) -> None:
        self._settings, self._zygote = settings, zygote
        self._spares: deque[Spare] = deque()
        self._own = os.pidfd_open(os.getpid())
        self._may_return = self._return()

    def birth(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """Hand the order to a room; returns its topmost process."""
        while self._spares:
            spare = self._spares.popleft()
            with contextlib.suppress(OSError):  # it has died meanwhile
                return spare.take(order, descriptors)
        return self._make().take(order, descriptors)

    def prepare(self) -> None:
        """Make rooms until there are enough."""
        while len(self._spares) < SPARE_ROOMS:
            self._spares.append(self._make())

    def _make(self) -> Spare:
        ours, theirs = socket.socketpair()
        child = self._fork_into_namespace() if self._may_return else fork_twice()
        if child == 0:
            room.live(theirs, self._zygote)
        theirs.close()
        return Spare(child, ours)

    def _fork_into_namespace(self) -> int:
        """Fork a child that is pid 1 of a pid namespace of its own."""
        kernel.unshare(kernel.NEWPID)
        child = os.fork()
        if child:
            self._return()
        return child

    def _return(self) -> bool:
        """Let the next child be born in our own pid namespace again; False where only root may."""
        try:
            kernel.setns(self._own, kernel.NEWPID)
            return True
        except PermissionError:
            return False


def fork_twice() -> int:
    """Fork a child that forks pid 1 of a new pid namespace, and waits for it; in that one it returns 0."""
    child = os.fork()
    if child:
        return child
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel.unshare(kernel.NEWPID)
    child = os.fork()
    if child:
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        os.waitpid(child, 0)
        os._exit(0)
    return 0
