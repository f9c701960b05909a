"""The guardian of one environment: opens its endpoint, starts the function's process, freezes, measures and ends it.

It is ours, runs no student code, and at level 3 is pid 1 of the environment's namespaces: when it ends, all of it ends.
"""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
import traceback
from typing import Any, NoReturn

from . import frames, function, kernel, limits
from .descriptors import keep_only

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


class Guardian:
    """One execution environment, seen from inside."""

    def __init__(self, order: dict[str, Any], descriptors: list[int]) -> None:
        self.order = order
        self.level: int = order["settings"]["level"]
        self.control = socket.socket(fileno=descriptors[0])
        self.others = descriptors[1:]
        self.child = 0

    def run(self) -> None:
        """Start the function's process, obey until it or the cloud is gone."""
        listener = self.listen()
        self.order["port"] = listener.getsockname()[1]
        wake = self.watch_children()
        self.child = os.fork()
        if self.child == 0:
            self.become_function()
        self.settle(listener, self.others)
        self.obey(wake)

    def watch_children(self) -> int:
        """Where a byte can be read whenever a child has ended."""
        wake, signalled = os.pipe()
        os.set_blocking(signalled, False)
        signal.set_wakeup_fd(signalled)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return wake

    def listen(self) -> socket.socket:
        """The socket on which the cloud will serve the endpoint, inside this environment's network."""
        if self.level == 3:
            raise_loopback()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", function.ENDPOINT_PORT if self.level == 3 else 0))
        listener.listen(64)
        return listener

    def become_function(self) -> NoReturn:
        """In the forked child: let go of everything of the guardian's, then run the function."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            keep_only(*self.others)
            function.live(self.order, self.others)
        except SystemExit as leaving:
            os._exit(function.exit_status(leaving.code))
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    def settle(self, listener: socket.socket, others: list[int]) -> None:
        """Hand the endpoint's socket to the cloud, and keep nothing that the function needs."""
        for handle in others:
            os.close(handle)
        if sys.platform == "linux":
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        ready = {"ready": True, "port": listener.getsockname()[1]}
        shown = self.shown()
        frames.send(self.control, ready, descriptors=(listener.fileno(), *shown))
        listener.close()
        for handle in shown:
            os.close(handle)

    def shown(self) -> list[int]:
        """What the cloud may look into, besides."""
        return []

    def obey(self, wake: int, ended: int | None = None) -> None:
        """Orders from the cloud, and the end of the function's process, whichever comes.

        Parameters
        ----------
        wake
            Where a child's end shows.
        ended
            Where the end of the function's process shows, when it is not a child.
        """
        sources = [self.control.fileno(), wake] + ([] if ended is None else [ended])
        while True:
            readable, _, _ = select.select(sources, (), ())
            if ended in readable:
                self.reap_function()
            if wake in readable:
                os.read(wake, 512)
                self.reap()
            if self.control.fileno() in readable:
                self.obey_once()

    def obey_once(self) -> None:
        """One order; the end of the stream is the order to end."""
        try:
            order, _, _ = frames.receive(self.control)
        except (frames.BrokenFrame, OSError):
            self.end()
        if order["op"] == "freeze":
            self.signal_all(signal.SIGSTOP)
        elif order["op"] == "thaw":
            self.signal_all(signal.SIGCONT)
        elif order["op"] == "cpu":
            frames.send(self.control, {"cpu": self.cpu()})
        elif order["op"] == "end":
            self.end()

    def cpu(self) -> float:
        """Seconds of CPU that the function's process has used."""
        try:
            return time.clock_gettime(~self.child << 3 | 2)
        except OSError:
            return 0.0

    def signal_all(self, number: int) -> None:
        """To every process of the environment."""
        try:
            if self.level == 3:
                os.kill(-1, number)
            else:
                os.killpg(self.child, number)
        except OSError:
            return

    def reap(self) -> None:
        """Collect the dead; when the function's process is among them, tell the cloud and end the rest."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child:
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                self.tell_exit(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime)
                self.end()

    def reap_function(self) -> None:
        """The function's process, which is no child of this one, has ended."""
        raise NotImplementedError

    def tell_exit(self, code: int, cpu: float) -> None:
        """How the function's process ended, a signal as a negative code, and the seconds of CPU that it used."""
        try:
            frames.send(self.control, {"exit": code, "cpu": cpu})
        except OSError:
            return

    def end(self) -> NoReturn:
        """Kill everything and be gone."""
        self.signal_all(signal.SIGKILL)
        if self.level != 3:
            kill_descendants()
        os._exit(0)


def raise_loopback() -> None:
    """Bring up ``lo`` of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def kill_descendants() -> None:
    """Below level 3: processes that left the group have become our children; end them one by one."""
    for _ in range(limits.PROCESSES):
        children = _children()
        if not children:
            return
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []
