"""``python -m tests.benchmarks [check] [class] [cloud] [course]``: measure, and print a table.

Ends with 1 when a target is missed, so that nobody has to read it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from grader.grading.course import Course
from tests.benchmarks import a_check, a_class, a_cloud, a_course
from tests.benchmarks.row import Row, table

MEASURES: dict[str, Callable[[Course], Iterator[Row]]] = {
    "cloud": a_cloud.measure,
    "check": a_check.measure,
    "class": a_class.measure,
    "course": a_course.measure,
}


def main(names: list[str]) -> int:
    """Measure what is named, or everything."""
    console = Console(width=max(140, Console().width))
    if unknown := set(names) - set(MEASURES):
        console.print(f"There is no {', '.join(sorted(unknown))}; there are: {', '.join(MEASURES)}.")
        return 2
    course = Course.find(Path(__file__).parent)
    before = os.getloadavg()[0]
    rows = [row for name in names or MEASURES for row in MEASURES[name](course)]
    load = f"load of the machine {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    console.print(table(rows, f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {load}"))
    return 0 if all(row.is_reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
