"""CloudFormation's query API."""

from __future__ import annotations

from typing import Any

from grader.cloud.stacks.service import StackService


class StackApi:
    """Answers CloudFormation requests that the door has verified; ``handle(request) -> Response``."""

    def __init__(self, service: StackService) -> None:
        self._service = service

    def handle(self, request: Any) -> Any:
        """Answer one request."""
        raise NotImplementedError
