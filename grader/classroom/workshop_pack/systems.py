"""The systems that a pack can be made for, and what the lock asks for on each."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from grader import lockfile
from grader.errors import CourseError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TO_INSTALL = {"setuptools"}  # pip asks for it to install the course itself
LAST_PATCH = 99  # a lock may tell 3.11.2 from 3.11.9; a pack serves both
GLIBC = range(28, 4, -1)  # 2.28 is what systems of 2018 and later have; pip is told every older one, too
MACOS = ("14_0", "13_0", "12_0", "11_0")


@dataclass(frozen=True)
class System:
    """One system.

    Attributes
    ----------
    name
        ``linux-x86_64``: how a person names it.
    system, machine
        What Python's ``platform`` calls it.
    platforms
        The platform tags of wheels that run there, the newest first.
    """

    name: str
    title: str
    system: str
    machine: str
    platforms: tuple[str, ...]

    @property
    def markers(self) -> dict[str, str]:
        """What a requirement's marker asks about, but for the version of Python."""
        return {
            "sys_platform": self.system.lower(),
            "platform_system": self.system,
            "platform_machine": self.machine,
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }

    @property
    def is_here(self) -> bool:
        """Whether it is this machine's."""
        return (self.system, self.machine) == (platform.system(), platform.machine())


def _linux(machine: str) -> System:
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC]
    old = [f"manylinux2014_{machine}", f"linux_{machine}"]
    old = [f"manylinux2010_{machine}", f"manylinux1_{machine}", *old] if machine == "x86_64" else old
    return System(f"linux-{machine}", f"Linux, {machine}", "Linux", machine, (*tags, *old))


def _macos(machine: str) -> System:
    tags = [f"macosx_{version}_{kind}" for version in MACOS for kind in (machine, "universal2")]
    return System(f"macos-{machine}", f"macOS, {machine}", "Darwin", machine, tuple(tags))


SYSTEMS = {one.name: one for one in (_linux("x86_64"), _linux("aarch64"), _macos("arm64"), _macos("x86_64"))}


def chosen_systems(names: Sequence[str]) -> list[System]:
    """The systems that are named; without a name, all.

    Raises
    ------
    CourseError
        For a system that has no pack.
    """
    if windows := [name for name in names if name.startswith("windows")]:
        raise CourseError(
            "The course does not run on Windows itself, so there is no pack for it.",
            ", ".join(windows),
            "Participants with Windows use WSL 2 and the pack linux-x86_64.",
        )
    if unknown := [name for name in names if name not in SYSTEMS]:
        raise CourseError(f"There is no system {unknown[0]!r}.", None, f"There are: {', '.join(SYSTEMS)}.")
    return [SYSTEMS[name] for name in dict.fromkeys(names)] or list(SYSTEMS.values())


def pins_for(system: System, python: str, root: Path) -> dict[str, tuple[str, ...]]:
    """The learner's packages at the lock's versions, as they are needed on a system with a version of Python.

    Returns
    -------
    By the full version of Python: what its first patch needs, and what its last one needs besides. They are two,
    because pip takes one version of a package at a time.
    """
    locked = lockfile.pins(root)
    wanted = sorted(lockfile.packages_of(root=root) | (TO_INSTALL & locked.keys()))
    lines = [line for name in wanted for line in locked[name]]
    found: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for full in (f"{python}.0", f"{python}.{LAST_PATCH}"):
        pins = [line.partition(";")[0].strip() for line in lines if _is_needed(line, system, python, full)]
        found[full] = tuple(pin for pin in pins if pin not in seen)
        seen.update(pins)
    return found


def _is_needed(line: str, system: System, python: str, full: str) -> bool:
    marker = Requirement(line).marker
    version = {"python_version": python, "python_full_version": full}
    return marker is None or marker.evaluate({**system.markers, **version})
