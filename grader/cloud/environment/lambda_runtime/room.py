"""A room: an environment of level 3 that is made before anybody needs it, seen from its guardian, pid 1 in it.

When its environment ends, all processes in it end but the guardian, which gets itself new namespaces and another
function's process: a new guardian would cost three times as much. Where something of the last tenant is still there,
the guardian ends, too.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import time
import traceback
from typing import Any, NoReturn

from . import frames, function, guardian, kernel, mounts
from .descriptors import keep_only

# What a guardian tells the nursery, and what it may hear.
CLEARED, READY, STAY = b"c", b"r", b"s"
LAST_MOMENTS_S = 2.0
NAMESPACES = kernel.NEWNS | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS
ENDED = struct.Struct("id")  # how a function's process ended, and the seconds of CPU that it had used


def live(line: socket.socket, zygote: socket.socket) -> NoReturn:
    """In a new child, pid 1 of its namespace: become a room's guardian."""
    try:
        keep_only(line.fileno(), zygote.fileno())
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        Room(line, zygote).run()
    finally:
        os._exit(70)


class OverError(Exception):
    """The environment has ended."""


class Room(guardian.Guardian):
    """The guardian of a room, before and after it is told whose room it is.

    Parameters
    ----------
    line
        On which the order will come.
    zygote
        Who forks the function's process.
    """

    def __init__(self, line: socket.socket, zygote: socket.socket) -> None:
        self.level = 3
        self.line, self.zygote = line, zygote
        self.child = 0

    def run(self) -> None:
        """Prepare, wait for the order, then guard; and again, as long as the nursery has a use for it."""
        try:
            wake = self.watch_children()
            home = os.open(f"{mounts.OLD}/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            listener = self.prepare()
        except BaseException:
            self.refuse(traceback.format_exc())
        self.serve(listener, wake)
        while self.is_empty() and self.may_stay():
            kernel.setns(home, kernel.NEWNS)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # or the zygote might not reach in
            listener = self.prepare()
            self.line.sendall(READY)
            self.serve(listener, wake)

    def refuse(self, why: str) -> NoReturn:
        """Tell who comes that there is no room for an environment."""
        _, descriptors = self.await_order()
        frames.send(socket.socket(fileno=descriptors[0]), {"failed": why})
        os._exit(70)

    def serve(self, listener: socket.socket, wake: int) -> None:
        """Wait for the order, and guard the environment until its end."""
        order, descriptors = self.await_order()
        self.control = socket.socket(fileno=descriptors[0])
        try:
            self.move_in(order, descriptors[1:])
        except BaseException:
            frames.send(self.control, {"failed": traceback.format_exc()})
            os._exit(70)
        self.settle(listener, descriptors[1:])
        try:
            self.obey(wake, self.ended)
        except OverError:
            self.control.close()

    def prepare(self) -> socket.socket:
        """Namespaces, the endpoint's socket, an empty /tmp, and a function's process that is locked in."""
        kernel.unshare(NAMESPACES)
        listener = self.listen()
        mounts.empty_tmp()
        self.tenant, self.ended = self.ask_for_function()
        news, _, _ = frames.receive(self.tenant)
        if "failed" in news:
            raise RuntimeError(news["failed"])
        self.child = news["pid"]
        return listener

    def ask_for_function(self) -> tuple[socket.socket, int]:
        """Let the zygote fork a process into these namespaces; a line to it, and where the zygote will say its end."""
        own = os.pidfd_open(os.getpid())
        ours, theirs = socket.socketpair()
        ended, ending = os.pipe()
        socket.send_fds(self.zygote, [b"?"], [own, theirs.fileno(), ending])
        theirs.close()
        os.close(own)
        os.close(ending)
        return ours, ended

    def await_order(self) -> tuple[dict[str, Any], list[int]]:
        """What this room is to be; the end of the line is the end of the room."""
        try:
            order, _, descriptors = frames.receive(self.line)
        except (frames.BrokenFrame, OSError):
            os._exit(0)
        return order, descriptors

    def move_in(self, order: dict[str, Any], descriptors: list[int]) -> None:
        """The order's files come in, the host's go; only then the function's process hears of anything."""
        self.order = order | {"port": function.ENDPOINT_PORT}
        mounts.furnish(order["code"], order["opt"], order["packages"], order["ephemeral_mb"])
        frames.send(self.tenant, self.order, descriptors=tuple(descriptors))
        self.tenant.close()

    def shown(self) -> list[int]:
        """The environment's /tmp."""
        return [os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)]

    def reap_function(self) -> None:
        """The zygote says that the function's process has ended, and how; all that it left behind ends with it."""
        told = os.read(self.ended, ENDED.size)
        code, cpu = ENDED.unpack(told) if len(told) == ENDED.size else (-9, 0.0)
        self.tell_exit(code, cpu)
        self.end()

    def end(self) -> NoReturn:
        """The environment is over."""
        raise OverError

    def is_empty(self) -> bool:
        """Whether nothing is left of the environment, now that all of its processes are told to end at once."""
        self.signal_all(signal.SIGKILL)
        select.select([self.ended], (), (), LAST_MOMENTS_S)  # the function's process is the zygote's to collect
        os.close(self.ended)
        deadline = time.monotonic() + LAST_MOMENTS_S
        while time.monotonic() < deadline:
            self.reap()
            try:
                os.kill(-1, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.001)
        return False

    def may_stay(self) -> bool:
        """Whether the nursery wants the room; its silence ends with it."""
        self.line.sendall(CLEARED)
        return self.line.recv(1) == STAY
