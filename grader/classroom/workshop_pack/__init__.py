"""``grader workshop pack``: the course with all of its packages, to be installed without a network."""

from grader.classroom.workshop_pack.pack import Pack, read_me, write_pack
from grader.classroom.workshop_pack.systems import PYTHONS, SYSTEMS, System, chosen_systems
from grader.classroom.workshop_pack.wheels import Missing, Wheels, bring_wheels

__all__ = [
    "PYTHONS",
    "SYSTEMS",
    "Missing",
    "Pack",
    "System",
    "Wheels",
    "bring_wheels",
    "chosen_systems",
    "read_me",
    "write_pack",
]
