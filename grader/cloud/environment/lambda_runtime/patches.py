"""What Python's own modules are made to do here, and how that is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_before: list[Callable[[], None]] = []


def put(place: Any, name: str, ours: Any) -> None:
    """Make ``place.name`` ours, until everything is taken back."""
    before = getattr(place, name)
    _before.append(lambda: setattr(place, name, before))
    setattr(place, name, ours)


def later(action: Callable[[], None]) -> None:
    """What else is done when everything is taken back."""
    _before.append(action)


def take_back() -> None:
    """Let everything be as it was."""
    while _before:
        _before.pop()()
