"""A bill: what was used, by resource, times what it costs."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from grader.cloud.billing.prices import Prices


@dataclass(frozen=True)
class BillLine:
    """One line: so much of one thing, used by one resource.

    Attributes
    ----------
    item
        The price's name, for example ``lambda_request``.
    dollars
        What it costs; fractions of a cent are not rounded.
    """

    item: str
    resource: str
    quantity: float
    unit: str
    dollars: float


@dataclass(frozen=True)
class Bill:
    """Everything that an account has used since it was opened, without any free tier.

    Attributes
    ----------
    dated
        The month in which the prices were looked up.
    """

    lines: tuple[BillLine, ...]
    dated: str

    @property
    def total(self) -> float:
        """Dollars."""
        return sum(line.dollars for line in self.lines)

    def by_resource(self) -> dict[str, float]:
        """Dollars by resource, the dearest first."""
        sums: dict[str, float] = defaultdict(float)
        for line in self.lines:
            sums[line.resource] += line.dollars
        return dict(sorted(sums.items(), key=lambda pair: -pair[1]))

    def of(self, item: str) -> float:
        """The quantity of one item, over all resources."""
        return sum(line.quantity for line in self.lines if line.item == item)

    def __repr__(self) -> str:
        rows = [f"{line.resource:40} {line.quantity:>14,.4g} {line.unit:36} ${line.dollars:.8f}" for line in self.lines]
        return "\n".join([*rows, f"{'total':92} ${self.total:.8f}  (prices of {self.dated})"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(line.resource)}</td><td>{line.quantity:,.4g}</td><td>{html.escape(line.unit)}</td>"
            f"<td>${line.dollars:.8f}</td></tr>"
            for line in self.lines
        )
        head = "<tr><th>resource</th><th>used</th><th>of</th><th>dollars</th></tr>"
        foot = (
            f"<tr><th>total, prices of {html.escape(self.dated)}</th><td></td><td></td><th>${self.total:.8f}</th></tr>"
        )
        return f"<table>{head}{rows}{foot}</table>"


def bill_of(used: Mapping[tuple[str, str], float], prices: Prices) -> Bill:
    """The bill for quantities by price and resource, the dearest line first."""
    lines = [
        BillLine(name, resource, quantity, prices.by_name[name].unit, prices.by_name[name].of(quantity))
        for (name, resource), quantity in used.items()
        if quantity
    ]
    return Bill(tuple(sorted(lines, key=lambda line: (-line.dollars, line.item, line.resource))), prices.dated)
