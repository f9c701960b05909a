"""Level 3: a small process that keeps empty rooms ready, so that who needs an environment does not wait for one.

A room is a guardian in namespaces of its own, and a function's process, locked in, that waits to be told what it is. No
code of anybody's has run in it. The nursery forks the guardians: it is small, and a fork costs by the memory that it
shares. The zygote, which has boto3 in its memory, forks the function's process into the room's namespaces.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
from collections import deque
from dataclasses import dataclass
from typing import Any

from . import forking, frames, kernel, memory, mounts, room

SPARE_ROOMS, MOST_ROOMS = 2, 6


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
    if os.geteuid() == 0:
        _own_mounts_of_root()
    else:
        uid, gid = os.geteuid(), os.getegid()
        kernel.unshare(kernel.NEWUSER | kernel.NEWNS)
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"993 {uid} 1")
        write("/proc/self/gid_map", f"990 {gid} 1")
    mounts.build_root(settings["place"], settings["readable"])


def _own_mounts_of_root() -> None:
    """The root of a container may not mount, but in a user namespace; it keeps all users, as root has one for each."""
    try:
        kernel.unshare(kernel.NEWNS)
        return
    except PermissionError:
        ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()  # else the child would be its own other end, and wait for ever where there is no namespace
        _map_users(os.getppid(), theirs)
        os._exit(0)
    theirs.close()
    with ours:
        kernel.unshare(kernel.NEWUSER | kernel.NEWNS)
        ours.sendall(b".")
        if not ours.recv(1):
            raise PermissionError("A container's users cannot be those of a user namespace here.")


def _map_users(pid: int, asked: socket.socket) -> None:
    """Wait until a process is in its new user namespace, give that the users and groups of ours, and say so."""
    if not asked.recv(1):
        return
    with contextlib.suppress(OSError):
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/self/{name}") as ours:
                ranges = [line.split() for line in ours]
            write(f"/proc/{pid}/{name}", "".join(f"{first} {first} {count}\n" for first, _, count in ranges))
        asked.sendall(b".")


def write(path: str, text: str) -> None:
    """One line into a file of /proc."""
    with open(path, "w") as file:
        file.write(text)


@dataclass(frozen=True)
class Spare:
    """A room: its topmost process, and the line on which that waits for its order."""

    pid: int
    line: socket.socket

    def take(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """Give it its order; returns ``pid``."""
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
        self._let: dict[int, Spare] = {}  # by the handle of its line: somebody's, or being made ready for another one
        self._preparing: set[int] = set()
        self._own = os.pidfd_open(os.getpid())
        self._may_return = self._return()

    def birth(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """Hand the order to a room; returns its topmost process."""
        while self._spares:
            spare = self._spares.popleft()
            try:
                return self._give(spare, order, descriptors)
            except OSError:  # it has died meanwhile
                spare.line.close()
        return self._give(self._make(), order, descriptors)

    def _give(self, spare: Spare, order: dict[str, Any], descriptors: list[int]) -> int:
        spare.take(order, descriptors)
        self._let[spare.line.fileno()] = spare
        self._poll.register(spare.line, select.POLLIN)
        return spare.pid

    def watch(self, poll: select.poll) -> None:
        """Where it is seen that a room has something to say."""
        self._poll = poll

    def hear(self, handle: int) -> None:
        """A room has been cleared, or is ready again; or it has ended."""
        spare = self._let.get(handle)
        if spare is None:
            return
        try:
            said = spare.line.recv(1)
        except OSError:
            said = b""
        if said == room.CLEARED and len(self._spares) + len(self._preparing) < MOST_ROOMS:
            self._preparing.add(handle)
            with contextlib.suppress(OSError):
                spare.line.sendall(room.STAY)
            return
        self._preparing.discard(handle)
        self._poll.unregister(handle)
        del self._let[handle]
        if said == room.READY:
            self._spares.append(spare)
        else:
            spare.line.close()

    def prepare(self) -> None:
        """Make rooms until there are enough."""
        while len(self._spares) + len(self._preparing) < SPARE_ROOMS:
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
