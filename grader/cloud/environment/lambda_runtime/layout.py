"""What a function finds around it, laid out in the zygote: each of its forks finds it there, and none has to make it.

What a fork makes costs twice: the work, and a copy of each page of memory that the work writes to.
"""

from __future__ import annotations

import sys
import warnings

from . import output, patches
from .clock import RealClock, VirtualClock


class Layout:
    """Virtual time and the log, before it is known whose they are.

    Attributes
    ----------
    streams
        Standard output and error.
    request_id
        Puts the request's id into what is logged.
    """

    def __init__(self) -> None:
        self.clock: VirtualClock = VirtualClock()
        self.pipe = output.LogPipe()
        self.request_id, self.streams = output.lay_out(self.pipe)
        self.clock.install()
        sys.argv[:] = ["/var/runtime/bootstrap.py"]
        sys.dont_write_bytecode = True
        warnings.resetwarnings()

    def forget(self, modules: list[str]) -> None:
        """The function cannot import the runtime's modules by accident."""
        for name in modules:
            del sys.modules[name]
        sys.modules["__main__"] = type(sys)("__main__")

    def take(self, log: int, real_time: bool) -> None:
        """In a function's process: the log goes to a descriptor, and time begins; real time where that is wanted."""
        if real_time:
            patches.take_back()
            self.clock = RealClock()
        self.clock.restart()
        self.pipe.open(log, self.clock.elapsed)
        output.take(self.streams)
