"""nbclient's way to a kernel, with short waits: pyzmq's asyncio sockets now and then miss that a message has come.

nbclient waits once for a cell's reply, for as long as the cell may take. A missed wake-up then costs all of that
(the reply is found when the time is up), and one on the outputs' channel loses the cell's last outputs. A wait
of half a second asks the socket itself when it ends, so a missed message comes half a second late.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

SECONDS = 0.5


class PatientChannel(AsyncZMQSocketChannel):
    """A channel whose waits are many short ones."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override]
        """The next message; :class:`queue.Empty` after ``timeout`` seconds, never with ``None``."""
        ends = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = ends - time.monotonic()
            try:
                return await super().get_msg(timeout=max(0.0, min(SECONDS, left)))
            except Empty:
                if left <= SECONDS:
                    raise


class PatientClient(AsyncKernelClient):
    """A kernel's client with patient channels for replies and outputs."""

    shell_channel_class = Type(PatientChannel)
    iopub_channel_class = Type(PatientChannel)


class PatientManager(AsyncKernelManager):
    """Starts a kernel for such a client; give it to nbclient as ``kernel_manager_class``."""

    client_factory = Type(PatientClient, klass=AsyncKernelClient)
    client_class = f"{__name__}.PatientClient"
