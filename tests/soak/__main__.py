"""``python -m tests.soak [--requests N] [--clients N] [--seed N]``: mixed traffic for as long as it takes.

``python -m tests.soak answers`` judges every right answer again and again, ``python -m tests.soak properties`` makes up
malformed notebooks, templates and reports; each tells its options with ``--help``.

Prints a line each few thousand requests, then what became of everything. Ends with 1 when anything was lost, came
twice, hung, was left over, or grew.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak import answers, properties
from tests.soak.run import Soak

HANG_SECONDS = 600


def main(arguments: list[str]) -> int:
    """Soak, and judge."""
    if arguments[:1] == ["answers"]:
        return answers.main(arguments[1:])
    if arguments[:1] == ["properties"]:
        return properties.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=4, help="how many ask at the same time (default: 4)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    console = Console(width=max(120, Console().width))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(Path(folder), options.requests, clients=options.clients, seed=options.seed)
        begun = time.perf_counter()
        for done in soak.run():
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)  # a deadlock shows where everybody stands
            console.print(f"{done:>9,} requests  {time.perf_counter() - begun:7.0f} s  {soak.censuses[-1]}")
        faulthandler.cancel_dump_traceback_later()
    console.print(_table(soak, time.perf_counter() - begun))
    for problem in soak.problems():
        console.print(f"[bold red]✗[/] {problem}")
    return 1 if soak.problems() else 0


def _table(soak: Soak, seconds: float) -> Table:
    table = Table("kind", "told to", "asked", title=f"{sum(soak.counts.values()):,} requests in {seconds:.0f} s")
    for (kind, mode), count in sorted(soak.counts.items()):
        table.add_row(kind, mode, f"{count:,}")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
