"""A cloud in real time, behind one port: AWS's endpoint for other programs, and the status page for a browser."""

from __future__ import annotations

import errno
import re
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

from grader.cloud.cloud import Cloud
from grader.cloud.door.address import address_of
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.server import serve_socket
from grader.cloud.door.several import Several
from grader.cloud.errors import CloudError
from grader.cloud.running_clock import RunningClock
from grader.cloud.serving.announcements import Announcements
from grader.cloud.serving.deliverers import Deliverers
from grader.cloud.serving.guard import AWS_NAMES, Guard, host_name, is_loopback
from grader.cloud.serving.long_polling import LongPolling
from grader.cloud.serving.status import StatusPages
from grader.cloud.state import Keeper, StateFile

# The service in a signature's scope: .../20261102/us-east-1/sqs/aws4_request
_SCOPE = re.compile(r"/\d{8}/[^/]+/([^/]+)/aws4_request")


class ServedCloud:
    """Serves a new cloud until it is closed.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    region
        Where everything is.
    report
        Is told, in one line each, what a person at the terminal should know.
    state
        The file that the account is kept in; None: it ends with this process.

    Raises
    ------
    CloudError
        When the port is taken, the address is not this machine's, or the state file cannot be used.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        region: str = "us-east-1",
        report: Callable[[str], None] = lambda line: None,
        state: Path | None = None,
    ) -> None:
        listening = listen(host, port)
        self.address = f"http://{_in_url(host)}:{listening.getsockname()[1]}"
        self._report = report
        try:
            self._open_cloud(region, state)
        except BaseException:
            listening.close()
            raise
        self._guard = Guard() if is_loopback(host) else Guard([socket.gethostname(), socket.getfqdn()])
        self._pages = StatusPages(self.cloud, self.address)
        self._announcements = Announcements(self.cloud, report)
        self._deliverers = Deliverers(self.clock, self._deliver, self._fault)
        self._deliverers.start()
        self._stop_listening = serve_socket(listening, self.handle)

    def _open_cloud(self, region: str, state: Path | None) -> None:
        file = StateFile(state, region) if state else None
        self.clock = RunningClock()
        self.cloud = Cloud(seed=secrets.randbits(64), region=region, clock=self.clock)
        self._polling = LongPolling(self.cloud.moto)
        self.cloud.door.services["sqs"] = Several(self._polling, self.cloud.door.services["sqs"])
        self._keeper = Keeper(self.cloud, file, self._report) if file else None
        if self._keeper:
            try:
                self._keeper.restore()
            except BaseException:
                self.cloud.close()
                raise
            self._keeper.start()

    def handle(self, request: Request) -> Response:
        """Answer one request from outside."""
        own = self._pages.answers(request) and not host_name(request).endswith(AWS_NAMES)
        refused = self._guard.refuses(request, from_pages=own or is_for_pages(request))
        if refused is not None:
            return refused
        if own:
            return self._pages.handle(request)
        try:
            return self.cloud.door.handle(request)
        finally:
            self.clock.notify()
            self._note_change()

    def close(self) -> None:
        """End it: connections, deliveries, functions. Closing twice does no harm."""
        if self._polling.ending.is_set():
            return
        self._polling.ending.set()
        self._stop_listening()
        self._announcements.end()
        if self._keeper:
            self._keeper.close()
        self.cloud.close()
        self._deliverers.stop()

    def __enter__(self) -> ServedCloud:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _deliver(self) -> None:
        delivered = self.cloud.run_until_idle()
        self._announcements.look()
        if delivered:
            self._note_change()

    def _note_change(self) -> None:
        if self._keeper:
            self._keeper.note_change()

    def _fault(self, fault: Exception) -> None:
        if not self._polling.ending.is_set():  # what breaks then is broken on purpose
            self._report(f"A delivery failed: {type(fault).__name__}: {fault}")


def is_for_pages(request: Request) -> bool:
    """Whether AWS lets pages of any origin ask this: S3 and APIs, which judge them by CORS rules of their own."""
    if address_of(request, "us-east-1", None).kind != "service":
        return True
    signed = request.header("Authorization"), request.parameters.get("X-Amz-Credential", "")
    claimed = [("us-east-1", found[1]) for text in signed if (found := _SCOPE.search(text))]
    return all(address_of(request, "us-east-1", scope).service == "s3" for scope in claimed)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises
    ------
    CloudError
        With what to do, when there cannot be one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as refused:
        if refused.errno == errno.EADDRINUSE:
            problem, remedy = f"Port {port} of {host} is taken.", "End who uses it, or give another --port."
        elif refused.errno == errno.EACCES:
            problem, remedy = f"Port {port} is not for ordinary users.", "Give a --port above 1023."
        else:
            problem, remedy = f"Nothing can listen at {host}: {refused.strerror or refused}.", "Leave out --host."
        raise CloudError(problem, next_step=remedy) from refused


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
