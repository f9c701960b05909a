"""``python -m tests.benchmarks [check] [class] [scale] [cloud] [course] [explorer]``: measure, and print a table.

``--students`` and ``--many`` make the classes of ``class`` and ``scale`` smaller, to see whether the measurement works.

Ends with 1 when a target is missed, so that nobody has to read it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from grader.grading.course import Course
from tests.benchmarks import a_check, a_class, a_cloud, a_course, a_scale, an_explorer
from tests.benchmarks.row import Row, table

MEASURES: dict[str, Callable[[Course, argparse.Namespace], Iterator[Row]]] = {
    "cloud": lambda course, sizes: a_cloud.measure(course),
    "check": lambda course, sizes: a_check.measure(course),
    "class": lambda course, sizes: a_class.measure(course, sizes.students),
    "scale": lambda course, sizes: a_scale.measure(course, sizes.students, sizes.many),
    "course": lambda course, sizes: a_course.measure(course),
    "explorer": lambda course, sizes: an_explorer.measure(),
}


def main(arguments: Sequence[str]) -> int:
    """Measure what is named, or everything."""
    sizes = parser().parse_args(arguments)
    if unknown := set(sizes.names) - set(MEASURES):
        print(f"There is no {', '.join(sorted(unknown))}; there are: {', '.join(MEASURES)}.")
        return 2
    console = Console(width=max(140, Console().width))
    course = Course.find(Path(__file__).parent)
    before = os.getloadavg()[0]
    rows = [row for name in sizes.names or MEASURES for row in MEASURES[name](course, sizes)]
    load = f"load of the machine {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    console.print(table(rows, f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {load}"))
    return 0 if all(row.is_reached for row in rows) else 1


def parser() -> argparse.ArgumentParser:
    """What may be said."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure, and print a table.")
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    made.add_argument("--students", type=int, default=a_scale.STUDENTS, help="of class and scale (default: 30)")
    made.add_argument("--many", type=int, default=a_scale.MANY, help="of scale's largest class (default: 1000)")
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
