"""In which way two long values differ, in words: nobody should have to search for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.checks.failure import shown

LONG = 160  # characters of both together, from which on a reader would have to search
NAMED = 3  # elements or keys
COMPARED = 100_000  # pairs of elements; above that only the lists' lengths are told
AROUND = 20  # characters of a text before and after the place where it differs


def same(found: Any, wanted: Any) -> bool:
    """Equality as JSON sees it: True is not 1, a tuple is a list, 1.0 is 1."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return found.keys() == wanted.keys() and all(same(found[key], wanted[key]) for key in wanted)
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    return bool(found == wanted)


def difference(found: Any, wanted: Any) -> str:
    """What is missing, too much or otherwise in ``found``; nothing when both are short, or cannot be compared so."""
    if len(repr(found)) + len(repr(wanted)) < LONG:
        return ""
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return "; ".join(_of_lists(found, wanted))
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return "; ".join(_of_mappings(found, wanted))
    return _of_texts(found, wanted) if isinstance(found, str) and isinstance(wanted, str) else ""


def _of_lists(found: Sequence[Any], wanted: Sequence[Any]) -> list[str]:
    if len(found) * len(wanted) > COMPARED:
        return [f"{len(found):,} elements in the place of {len(wanted):,}"] if len(found) != len(wanted) else []
    missing, more = _without(wanted, found), _without(found, wanted)
    told = [f"missing: {_named(missing)}"] if missing else []
    told += [f"too many: {_named(more)}"] if more else []
    return told or ["all are there, in another order"]


def _without(values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The values that have no partner among the others, each of which is a partner once."""
    left, alone = list(others), []
    for value in values:
        partner = next((number for number, other in enumerate(left) if same(value, other)), None)
        if partner is None:
            alone.append(value)
        else:
            del left[partner]
    return alone


def _of_mappings(found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> list[str]:
    missing = [key for key in wanted if key not in found]
    more = [key for key in found if key not in wanted]
    otherwise = [key for key in wanted if key in found and not same(found[key], wanted[key])]
    named = (("missing", missing), ("too many", more), ("otherwise", otherwise))
    return [f"{word}: {_named(keys)}" for word, keys in named if keys]


def _of_texts(found: str, wanted: str) -> str:
    place = next((n for n, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), None)
    if place is None:
        longer = found if len(found) > len(wanted) else wanted
        place = min(len(found), len(wanted))
        word = "goes on with" if longer is found else "ends before"
        return f"it {word} {shown(longer[place : place + AROUND])}"
    begin, end = max(0, place - AROUND), place + AROUND
    return f"character {place + 1} differs: {shown(found[begin:end])} in the place of {shown(wanted[begin:end])}"


def _named(values: Sequence[Any]) -> str:
    told = ", ".join(shown(value) for value in values[:NAMED])
    return f"{told} and {len(values) - NAMED:,} more" if len(values) > NAMED else told
