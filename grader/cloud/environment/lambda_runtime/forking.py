"""The zygote of level 3: it forks functions' processes into the namespaces of rooms, and tells these of their end."""

from __future__ import annotations

import os
import select
import signal
import socket
import traceback
from typing import Any, NoReturn

from . import function, kernel, room, warm
from .descriptors import keep_only

READY = "ready"


def live(settings: dict[str, Any], requests: socket.socket) -> NoReturn:
    """In a new child of the nursery: get warm, say so, and fork whenever a room asks for it."""
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        keep_only(requests.fileno())
        warm.warm(settings)
        requests.send(READY.encode())
    except BaseException:
        requests.send(traceback.format_exc().encode())
        os._exit(70)
    try:
        Zygote(settings, requests).serve()
    except BaseException:
        traceback.print_exc()  # rooms hear that nobody answers
    os._exit(0)


class Zygote:
    """Forks, and remembers whom to tell of each fork's end."""

    def __init__(self, settings: dict[str, Any], requests: socket.socket) -> None:
        self._settings, self._requests, self._serial = settings, requests, 0
        self._endings: dict[int, int] = {}  # process: where its room hears of its end

    def serve(self) -> None:
        """Answer rooms until there is nobody who could ask."""
        wake, signalled = os.pipe()
        os.set_blocking(signalled, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(signalled)
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        poll.register(self._requests, select.POLLIN)
        while True:
            ready = {handle for handle, _ in poll.poll()}
            if wake in ready:
                os.read(wake, 512)
                self._tell_ends()
            if self._requests.fileno() in ready and not self._fork_once():
                return

    def _fork_once(self) -> bool:
        asked, descriptors, _, _ = socket.recv_fds(self._requests, 1, 3)
        if not asked:
            return False
        place, line, ending = descriptors
        self._serial += 1
        try:
            kernel.setns(place, kernel.NEWPID)
            child = os.fork()
        except OSError:  # the room has died meanwhile
            child = -1
        if child == 0:
            be_born(self._settings, place, line, self._serial)
        os.close(place)
        os.close(line)
        if child > 0:
            self._endings[child] = ending
        else:
            os.close(ending)
        return True

    def _tell_ends(self) -> None:
        while self._endings:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            ending = self._endings.pop(pid)
            try:
                code = os.waitstatus_to_exitcode(status)
                os.write(ending, room.ENDED.pack(code, used.ru_utime + used.ru_stime))
            except BrokenPipeError:  # the room has ended before
                pass
            os.close(ending)


def be_born(settings: dict[str, Any], place: int, line: int, serial: int) -> NoReturn:
    """In a new child: enter the room, and become its function's process."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keep_only(place, line)
        kernel.setns(place, room.NAMESPACES)
        os.close(place)
        function.wait_and_live(settings, socket.socket(fileno=line), serial)
    except SystemExit as leaving:
        os._exit(function.exit_status(leaving.code))
    except BaseException:
        traceback.print_exc()
    os._exit(1)
