"""``grader workshop pack``: what participants take home on a stick."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.commands.command import Command
from grader.grading.course import Course
from grader.grading.files import write_atomically

if TYPE_CHECKING:
    from grader.classroom.workshop_pack import Pack, System, Wheels

FOLDER = "workshop"
WHEELS = "build/wheels"
SUMS = "SHA256SUMS"


def pack(options: argparse.Namespace, console: Console) -> int:
    """Write an archive for each system; 1 when a package has no wheel for one of them and a version of Python."""
    from grader.classroom.workshop_pack import PYTHONS, chosen_systems, write_pack

    course = Course.find(options.course)
    pythons = tuple(options.python or PYTHONS)
    packs = []
    is_whole = True
    for system in chosen_systems(options.system):
        wheels = _bring(course, system, pythons, console)
        if wheels.missing:
            is_whole = False
            _say_missing(console, system, wheels)
        if wheels.pythons:
            packs.append(write_pack(course, system, wheels, options.output, with_solutions=options.with_solutions))
    _say_packs(console, packs)
    if packs:
        sums = "".join(f"{one.digest}  {one.path.name}\n" for one in packs)
        write_atomically(options.output / SUMS, sums)
    return 0 if is_whole else 1


def _bring(course: Course, system: System, pythons: tuple[str, ...], console: Console) -> Wheels:
    from grader.classroom.workshop_pack import bring_wheels

    def told(python: str) -> None:
        console.print(Text(f"{system.title}: packages for Python {python} …"))

    wheels = bring_wheels(system, pythons, course.root, course.root / WHEELS / system.name, told)
    if wheels.built:
        console.print(
            Text(f"  published as source only, made into wheels here: {', '.join(wheels.built)}"), soft_wrap=True
        )
    return wheels


def _say_missing(console: Console, system: System, wheels: Wheels) -> None:
    for one in wheels.missing:
        console.print(Text(f"✗ {one}", "bold red"), soft_wrap=True)
    if wheels.pythons:
        console.print(Text(f"  The pack for {system.title} serves Python {', '.join(wheels.pythons)}."), soft_wrap=True)
    else:
        words = "With a network, make learn builds these packages from source, if the machine has their compilers."
        console.print(Text(f"  So there is no pack for {system.title}. {words}"), soft_wrap=True)


def _say_packs(console: Console, packs: list[Pack]) -> None:
    table = Table("archive", "wheels", "MB", "SHA-256")
    for one in packs:
        table.add_row(
            Text(str(one.path), overflow="fold"),
            str(one.wheels),
            f"{one.size / 1e6:.0f}",
            Text(one.digest, overflow="fold"),
        )
    if packs:
        console.print(table)


def workshop_command(options: argparse.Namespace, console: Console) -> int:
    """Run what stands after ``workshop``."""
    return int(options.act(options, console))


def _options(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act_name", required=True, metavar="WHAT")
    one = acts.add_parser("pack", help="write an offline installer for each system")
    one.add_argument("system", nargs="*", metavar="SYSTEM", help="for example linux-x86_64 (default: every system)")
    one.add_argument("--python", action="append", metavar="3.N", choices=("3.11", "3.12", "3.13", "3.14"),
                     help="a version of Python that it serves; may be repeated (default: 3.11 to 3.14)")  # fmt: skip
    one.add_argument("--with-solutions", action="store_true",
                     help="with our answers, for solution() and grader catchup; without hidden checks")  # fmt: skip
    one.add_argument("-o", "--output", type=Path, default=Path(FOLDER), metavar="DIR",
                     help=f"where to write (default: {FOLDER}/)")  # fmt: skip
    one.set_defaults(act=pack)


COMMANDS = (Command("workshop", "prepare a workshop without a network", _options, workshop_command),)
