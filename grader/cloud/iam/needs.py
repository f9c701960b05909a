"""What an operation needs: actions on resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the condition keys (in lower case) that this need alone brings along."""

    action: str
    resource: str = "*"
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """The account and Region that resource names are completed with."""

    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


Rule = Callable[[Parameters, Place], Iterator[Need]]
