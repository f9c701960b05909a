"""moto keeps a list of every object that it ever made, for a dashboard that nobody opens here: memory without end."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel

CLOSED_AT_THE_END = "moto.s3.models"  # moto goes through these when an account ends, to close their files


def forget_what_is_gone() -> None:
    """Let what has been deleted, or has fallen out of a log, be forgotten."""
    BaseModel.__new__ = staticmethod(_made)  # as Python does it inside of a class


def _made(kind: Any, *_: Any, **__: Any) -> Any:
    instance = super(BaseModel, kind).__new__(kind)
    if kind.__module__ == CLOSED_AT_THE_END:
        kind.instances_tracked.append(instance)
    return instance
