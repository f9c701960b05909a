"""The table of prices: dated, with its sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Price:
    """One price.

    Attributes
    ----------
    dollars
        For ``per`` units.
    unit
        What is counted, in words.
    source
        The page that states it.
    """

    name: str
    dollars: float
    per: int
    unit: str
    source: str

    def of(self, quantity: float) -> float:
        """What so much costs, in dollars."""
        return quantity * self.dollars / self.per


@dataclass(frozen=True)
class Prices:
    """All prices, and the month that they were looked up in."""

    dated: str
    by_name: dict[str, Price]


@lru_cache(maxsize=1)
def load_prices() -> Prices:
    """The table that comes with the pocket AWS."""
    table = tomllib.loads(resources.files(__package__).joinpath("prices.toml").read_text("utf-8"))
    named = {
        name: Price(name, float(row["price"]), int(row["per"]), row["unit"], row["source"])
        for name, row in table.items()
        if isinstance(row, dict)
    }
    return Prices(str(table["dated"]), named)
