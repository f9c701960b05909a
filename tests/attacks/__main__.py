"""``python -m tests.attacks [--level 3|2] [--user root|nobody]``: every attempt, with the right answer after each.

Without arguments: all levels, as root and as an ordinary user; then the results and the table in the docs are written.
Only root can be both. Takes some minutes for each. Ends with 1 when anything was not withstood.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from tests.attacks import matrix, table
from tests.attacks.matrix import LEVELS, USERS, Cell
from tests.attacks.trying import Tried


def main(arguments: list[str]) -> int:
    """Try, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--level", type=int, choices=LEVELS)
    parser.add_argument("--user", choices=USERS)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args(arguments)
    if options.level and not options.user:
        cells = [matrix.cell_here(options.level, say)]
        if options.json:
            print(json.dumps(asdict(cells[0])))
    else:
        cells = everywhere([options.level] if options.level else list(LEVELS), options.user)
    for cell in cells:
        print(summary(cell), file=sys.stderr)
    return 1 if any(cell.failures for cell in cells) else 0


def everywhere(levels: list[int], user: str | None) -> list[Cell]:
    """Each level as each user; the table is written when it was all of them."""
    if not matrix.can_become_others():
        sys.exit(
            "Only root can try as another user (with setpriv and unshare); name a --level alone to try as you are."
        )
    users = [user] if user else list(USERS)
    cells = [matrix.cell_as(level, one) for level in levels for one in users]
    if len(cells) == len(LEVELS) * len(USERS):
        matrix.write(cells)
        table.write()
    return cells


def say(tried: Tried) -> None:
    """One line an attempt."""
    wrong = "; ".join(filter(None, (tried.undeserved, tried.effects, tried.stopped)))
    print(f"{'✗' if wrong else '✓'} {tried.name} {wrong}", file=sys.stderr, flush=True)


def summary(cell: Cell) -> str:
    """One line a level and user."""
    counts = ", ".join(f"{cell.count(what)} {words}" for what, words in table.COLUMNS.items())
    return f"level {cell.level} as {cell.user}: {cell.attempts} attempts, {counts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
