"""What a person at the terminal of ``grader serve`` is told: stacks that were made or changed, with their addresses."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from grader.cloud.cloud import Cloud
from grader.cloud.stacks import Stack

_FOR_BROWSERS = re.compile(r"https?://[^/]*(\.execute-api\.|\.lambda-url\.|\.s3-website[.-]|\.cloudfront\.net)")


class Announcements:
    """Looks at the stacks now and then, and reports those that have come to rest in a new state.

    Parameters
    ----------
    report
        Takes one line.
    """

    def __init__(self, cloud: Cloud, report: Callable[[str], None]) -> None:
        self._cloud, self._report = cloud, report
        self._told: dict[str, int] = {stack.id: len(stack.events) for stack in cloud.stacks}
        self._lock = threading.Lock()

    def look(self) -> None:
        """Report what is new since the last look."""
        if not self._lock.acquire(blocking=False):  # another thread is looking
            return
        try:
            for stack in (*self._cloud.stacks, *self._cloud.stacks.deleted()):
                if stack.events and self._told.get(stack.id) != len(stack.events) and at_rest(stack):
                    self._told[stack.id] = len(stack.events)
                    self._tell(stack)
        finally:
            self._lock.release()

    def end(self) -> None:
        """Wait for a look that is under way; from now on nobody looks, and no address is opened any more."""
        self._lock.acquire()

    def _tell(self, stack: Stack) -> None:
        self._report(f"stack {stack.name}: {stack.status}")
        if stack.deleted is None:
            for name, address in local_addresses(self._cloud, stack).items():
                self._report(f"  {name}: {address}")


def at_rest(stack: Stack) -> bool:
    """Whether no operation is running on the stack."""
    return not stack.status.endswith("_IN_PROGRESS")


def local_addresses(cloud: Cloud, stack: Stack) -> dict[str, str]:
    """The outputs that a browser opens on AWS, as addresses of this machine."""
    return {name: cloud.local_url(value) for name, value in stack.outputs.items() if _FOR_BROWSERS.match(value)}
