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
from typing import Any

from . import frames, function, kernel, limits, mounts

ENDPOINT_PORT = 9001
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
        """Prepare, start the function's process, obey until it or the cloud is gone."""
        listener = self.listen()
        self.furnish()
        wake, signalled = os.pipe()
        os.set_blocking(signalled, False)
        signal.set_wakeup_fd(signalled)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.child = os.fork()
        if self.child == 0:
            self.become_function(listener, (wake, signalled))
        self.settle(listener)
        self.obey(wake)

    def listen(self) -> socket.socket:
        """The socket on which the cloud will serve the endpoint, inside this environment's network."""
        if self.level == 3:
            raise_loopback()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", ENDPOINT_PORT if self.level == 3 else 0))
        listener.listen(64)
        self.order["port"] = listener.getsockname()[1]
        return listener

    def furnish(self) -> None:
        """Level 3: /tmp, /var/task and /opt; below, those are folders that paths are rewritten to."""
        if self.level == 3:
            order = self.order
            mounts.furnish(order["code"], order["opt"], order["packages"], order["ephemeral_mb"])

    def become_function(self, listener: socket.socket, pipe: tuple[int, int]) -> None:
        """In the forked child: let go of everything of the guardian's, then run the function."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            self.control.close()
            for handle in pipe:
                os.close(handle)
            function.live(self.order, self.others)
        except SystemExit as leaving:
            os._exit(exit_status(leaving.code))
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    def settle(self, listener: socket.socket) -> None:
        """Hand the endpoint's socket to the cloud, and keep nothing that the function needs."""
        for handle in self.others:
            os.close(handle)
        if sys.platform == "linux":
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        ready = {"ready": True, "port": self.order["port"]}
        frames.send(self.control, ready, descriptors=(listener.fileno(),))
        listener.close()

    def obey(self, wake: int) -> None:
        """Orders from the cloud, and the end of the function's process, whichever comes."""
        while True:
            readable, _, _ = select.select((self.control.fileno(), wake), (), ())
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
                self.tell_exit(status)
                self.end()

    def tell_exit(self, status: int) -> None:
        """How the function's process ended, in the words of wait(2)."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = os.waitstatus_to_exitcode(status)
        try:
            frames.send(self.control, {"exit": code, "cpu": used.ru_utime + used.ru_stime})
        except OSError:
            return

    def end(self) -> None:
        """Kill everything and be gone."""
        self.signal_all(signal.SIGKILL)
        if self.level != 3:
            kill_descendants()
        os._exit(0)


def exit_status(code: object) -> int:
    """What the interpreter makes of sys.exit's argument."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


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
