"""What reading a filter pattern gives, and what a pattern finds in a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

MOST_EXPRESSIONS = 2


class InvalidPattern(ValueError):
    """A pattern that CloudWatch Logs refuses with InvalidParameterException; the text says why."""


class Match(Protocol):
    """What a pattern found in a message."""

    @property
    def extracted(self) -> Mapping[str, str]:
        """The words of a delimited pattern by name (``$status``) or number (``$2``), as TestMetricFilter shows them."""
        ...

    def value(self, reference: str) -> str | float | None:
        """What a metric filter's ``$.latency`` or ``$bytes`` stands for; None when there is no such thing."""
        ...


class FilterPattern(Protocol):
    """A pattern that has been read."""

    def match(self, message: str) -> Match | None:
        """What the pattern finds in a message; None when it does not match."""
        ...


@dataclass(frozen=True)
class Found:
    """A match, and the words that it extracts."""

    extracted: Mapping[str, str]

    def value(self, reference: str) -> str | float | None:
        """The word of that name."""
        return self.extracted.get(reference)


NOTHING_EXTRACTED = Found({})
