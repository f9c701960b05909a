"""Answers in pages, as API Gateway's own APIs give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.cloud.door.responder import Action, ApiError, Parameters
from grader.cloud.http.errors import GatewayRefusal

PAGE, LONGEST_PAGE = 25, 500


def page_of(items: Sequence[Any], given: Parameters) -> tuple[list[Any], str | None]:
    """The page of a list that is asked for, and where the next one begins; None after the last.

    Raises
    ------
    ApiError
        For a position that no page had.
    """
    position = given.get("position") or given.get("NextToken") or "0"
    limit = int(given.get("limit") or given.get("MaxResults") or PAGE)
    if not str(position).isdecimal():
        raise ApiError("BadRequestException", "Invalid position parameter")
    start, size = int(position), max(1, min(limit, LONGEST_PAGE))
    following = start + size
    return list(items[start:following]), str(following) if following < len(items) else None


def in_aws_words(actions: Mapping[str, Action]) -> dict[str, Action]:
    """The same actions, with the gateway's refusals as errors of its API."""
    return {name: _refusing(action) for name, action in actions.items()}


def _refusing(action: Action) -> Callable[[Parameters], Mapping[str, Any] | None]:
    def answered(given: Parameters) -> Mapping[str, Any] | None:
        try:
            return action(given)
        except GatewayRefusal as refused:
            raise ApiError(refused.code, refused.message) from refused

    return answered
