"""One service's API in several parts, each of which answers some of its operations."""

from __future__ import annotations

from typing import Protocol

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response


class Part(Protocol):
    """Answers some of a service's operations."""

    def answers(self, request: Request) -> bool: ...
    def handle(self, request: Request, access_key: str | None = None) -> Response: ...


class Several:
    """The parts of an API: the first that answers a request gets it.

    Parameters
    ----------
    parts
        In the order in which they are asked.
    """

    def __init__(self, *parts: Part) -> None:
        self._parts = parts

    def answers(self, request: Request) -> bool:
        """Whether one of the parts answers this request."""
        return any(part.answers(request) for part in self._parts)

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Let the first part that answers it answer."""
        return next(part for part in self._parts if part.answers(request)).handle(request, access_key)
