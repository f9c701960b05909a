"""A line of the table: what was measured, how, against what it is held, and what others need for it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes
    ----------
    how
        The command or the setting.
    values
        What was measured, in ``unit``.
    target
        What the middle value must reach; None for those that only inform.
    is_less_better
        Whether the target is a ceiling or a floor.
    peer
        The figure of others for the same, in words.
    """

    what: str
    how: str
    values: tuple[float, ...]
    unit: str = "s"
    target: float | None = None
    is_less_better: bool = True
    peer: str = ""

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def is_reached(self) -> bool:
        """Whether the target is met; true without one."""
        if self.target is None:
            return True
        return self.median <= self.target if self.is_less_better else self.median >= self.target

    def cells(self) -> list[Text]:
        """The line, as it is printed."""
        numbers = [self._number(value) for value in (self.median, min(self.values), max(self.values))]
        sign = "≤" if self.is_less_better else "≥"
        target = "" if self.target is None else f"{sign} {self._number(self.target)} {'✓' if self.is_reached else '✗'}"
        colour = "" if self.target is None else "green" if self.is_reached else "bold red"
        texts = [f"{self.what} ({self.unit}, n={len(self.values)})", self.how, *numbers]
        return [*map(Text, texts), Text(target, colour), Text(self.peer)]

    @staticmethod
    def _number(value: float) -> str:
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def timed(action: Callable[[], object], times: int, scale: float = 1.0) -> tuple[float, ...]:
    """The wall clock of each of several runs, in seconds times ``scale``."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        action()
        found.append((time.perf_counter() - begun) * scale)
    return tuple(found)


def seconds(values: Sequence[float]) -> str:
    """A peer's figure in words."""
    return f"{statistics.median(values):.3g} s (n={len(values)})"


def table(rows: Sequence[Row], title: str) -> Table:
    """All lines."""
    made = Table("what", "how", "median", "min", "max", "target", "others, in this run", title=title)
    for row in rows:
        made.add_row(*row.cells())
    return made
