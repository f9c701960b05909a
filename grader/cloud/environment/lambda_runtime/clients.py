"""Who may order environments: the process that started this one, and the forks that it lends a line to."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from typing import Any, Protocol

from . import frames


class Maker(Protocol):
    """Makes environments."""

    def birth(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """Make one as ordered, with the descriptors that came along; returns its topmost process."""

    def prepare(self) -> None:
        """Do beforehand what the next birth will need."""

    def watch(self, poll: select.poll) -> None:
        """Where to register what it has to hear of."""

    def hear(self, handle: int) -> None:
        """There is something to hear at a handle that it has registered."""


class Clients:
    """Sockets on which orders come.

    Parameters
    ----------
    owner
        The socket of the process that started this one; when it closes, all is over.
    """

    def __init__(self, owner: socket.socket, maker: Maker) -> None:
        self._owner, self._maker = owner, maker
        self._lines = {owner.fileno(): owner}
        self._poll = select.poll()
        self._poll.register(owner, select.POLLIN)
        maker.watch(self._poll)

    def serve(self) -> None:
        """Answer orders until the owner is gone."""
        while True:
            self._maker.prepare()
            for handle, _ in self._poll.poll():
                if handle not in self._lines:
                    self._maker.hear(handle)
                elif not self._obey(self._lines[handle]):
                    return

    def _obey(self, line: socket.socket) -> bool:
        """One order; False when there will not be another one from anybody."""
        try:
            order, _, descriptors = frames.receive(line)
        except (frames.BrokenFrame, OSError):  # gone, perhaps in the middle of a word
            self._drop(line)
            return line is not self._owner
        if order.get("op") == "lend":
            self._take(socket.socket(fileno=descriptors[0]))
            return True
        pid = self._maker.birth(order, descriptors)
        for handle in descriptors:
            os.close(handle)
        with contextlib.suppress(OSError):  # who ordered it has died meanwhile, and the environment will
            frames.send(line, {"pid": pid})
        return True

    def _take(self, line: socket.socket) -> None:
        self._lines[line.fileno()] = line
        self._poll.register(line, select.POLLIN)

    def _drop(self, line: socket.socket) -> None:
        self._poll.unregister(line)
        del self._lines[line.fileno()]
        line.close()
