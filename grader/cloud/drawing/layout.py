"""Columns for a graph: every arrow goes to the right where it can, long arrows get a way of their own between boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 6


@dataclass(frozen=True)
class Layout:
    """Where things stand.

    Attributes
    ----------
    columns
        The columns from left to right, each from top to bottom: names, and (source, target, column) for the places
        where a long arrow passes.
    backward
        The arrows that close a circle: they go to the left.
    links
        The arrows' pieces between neighbouring columns, from left to right.
    """

    columns: tuple[tuple[object, ...], ...]
    arrows: tuple[tuple[str, str], ...]
    backward: frozenset[tuple[str, str]]
    links: tuple[tuple[object, object], ...]

    def way(self, source: str, target: str) -> list[object]:
        """The places through which an arrow goes, from left to right, both ends included."""
        left, right = (target, source) if (source, target) in self.backward else (source, target)
        passing = [
            place
            for column in self.columns
            for place in column
            if isinstance(place, tuple) and place[:2] == (left, right)
        ]
        return [left, *passing, right]


def lay_out(names: Sequence[str], arrows: Sequence[tuple[str, str]]) -> Layout:
    """Put the names into columns; the same input gives the same layout."""
    backward = _backward(names, arrows)
    forward = [(b, a) if (a, b) in backward else (a, b) for a, b in arrows]
    column_of = _columns(names, forward)
    columns: list[list[object]] = [[] for _ in range(max(column_of.values(), default=-1) + 1)]
    for name in names:
        columns[column_of[name]].append(name)
    links = []
    for source, target in dict.fromkeys(forward):
        way: list[object] = [source]
        for column in range(column_of[source] + 1, column_of[target]):
            place = (source, target, column)
            columns[column].append(place)
            way.append(place)
        way.append(target)
        links += list(pairwise(way))
    _untangle(columns, links)
    return Layout(tuple(tuple(column) for column in columns), tuple(arrows), frozenset(backward), tuple(links))


def _backward(names: Sequence[str], arrows: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows that lead back to where a walk along the arrows has come from."""
    followers: dict[str, list[str]] = {name: [] for name in names}
    entered = dict.fromkeys(names, 0)
    for source, target in arrows:
        followers[source].append(target)
        entered[target] += 1
    state: dict[str, str] = {}
    backward: set[tuple[str, str]] = set()

    def walk(name: str) -> None:
        state[name] = "on the way"
        for follower in followers[name]:
            if state.get(follower) == "on the way":
                backward.add((name, follower))
            elif follower not in state:
                walk(follower)
        state[name] = "done"

    for name in sorted(names, key=lambda name: entered[name] > 0):
        if name not in state:
            walk(name)
    return backward


def _columns(names: Sequence[str], forward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way to each name; what leads to something stands close to it."""
    column = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in forward:
            column[target] = max(column[target], column[source] + 1)
    for name in names:
        entered = any(target == name for _, target in forward)
        ahead = [column[target] for source, target in forward if source == name]
        if not entered and ahead:
            column[name] = min(ahead) - 1
    return column


def _untangle(columns: list[list[object]], links: Sequence[tuple[object, object]]) -> None:
    """Order each column by where its neighbours stand, to and fro; keep the order that crosses least."""
    best, fewest = [list(column) for column in columns], _crossings(columns, links)
    for sweep in range(SWEEPS):
        steps = range(1, len(columns)) if sweep % 2 == 0 else range(len(columns) - 2, -1, -1)
        for here in steps:
            other = columns[here - 1 if sweep % 2 == 0 else here + 1]
            columns[here] = _by_neighbours(columns[here], other, links)
        if (crossings := _crossings(columns, links)) < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best


def _by_neighbours(column: list[object], other: list[object], links: Sequence[tuple[object, object]]) -> list[object]:
    rank = {place: number for number, place in enumerate(other)}

    def middle(number: int) -> float:
        place = column[number]
        near = [rank[a if b == place else b] for a, b in links if place in (a, b) and (a in rank or b in rank)]
        return sum(near) / len(near) if near else float(number)

    return [column[number] for number in sorted(range(len(column)), key=lambda number: (middle(number), number))]


def _crossings(columns: list[list[object]], links: Sequence[tuple[object, object]]) -> int:
    total = 0
    for left, right in pairwise(columns):
        a, b = ({place: number for number, place in enumerate(column)} for column in (left, right))
        pairs = [(a[source], b[target]) for source, target in links if source in a and target in b]
        total += sum((s - u) * (t - v) < 0 for n, (s, t) in enumerate(pairs) for u, v in pairs[n + 1 :])
    return total
