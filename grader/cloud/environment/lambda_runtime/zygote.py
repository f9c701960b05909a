"""The zygote: one warm, single-threaded process that forks an execution environment whenever it is asked.

At level 3 it forks only the functions' processes, and a nursery before it takes the orders (``nursery``).
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from . import frames, guardian, kernel, mounts, nursery, warm
from .clients import Clients
from .descriptors import keep_only


def main(descriptor: int) -> None:
    """Serve orders on a Unix socket until the other side is gone."""
    control = socket.socket(fileno=descriptor)
    settings, _, _ = frames.receive(control)
    sys.path.pop(0)  # the folder of this package: all of it that is needed is imported by now
    settings["path"] = [*sys.path, settings["site"]]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        warm.import_time_machine(settings["time_machine"])
        maker = (nursery.open_nursery if settings["level"] == 3 else Zygote)(settings)
    except Exception:
        frames.send(control, {"failed": traceback.format_exc()})
        return
    frames.send(control, {"ready": True})
    Clients(control, maker).serve()
    host = mounts.OLD if settings["level"] == 3 else ""
    shutil.rmtree(host + settings["folder"], ignore_errors=True)


class Zygote:
    """Levels 1 and 2: guardians are forks of this process, and functions' processes forks of their guardians."""

    def __init__(self, settings: dict[str, Any]) -> None:
        warm.warm(settings)
        self._settings, self._serial = settings, 0

    def prepare(self) -> None:
        """There is nothing that could be made before it is known what for."""

    def watch(self, poll: select.poll) -> None:
        """There is nobody to listen to."""

    def hear(self, handle: int) -> None:
        """Nobody says anything."""

    def birth(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """Fork a guardian."""
        self._serial += 1
        child = os.fork()
        if child == 0:
            give_birth(order | {"settings": self._settings, "serial": self._serial}, descriptors)
        return child


def give_birth(order: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """In a new child: become the guardian of an environment."""
    try:
        keep_only(*descriptors)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if sys.platform == "linux":
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        guardian.Guardian(order, descriptors).run()
    except BaseException:
        report(descriptors[0])
    os._exit(70)


def report(descriptor: int) -> None:
    """Tell the cloud why an environment could not be made."""
    with contextlib.suppress(OSError), socket.socket(fileno=descriptor) as cloud:
        frames.send(cloud, {"failed": traceback.format_exc()})
