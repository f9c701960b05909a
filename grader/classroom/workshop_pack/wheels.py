"""The wheels of a pack: brought by pip, from wherever it is told to look, for other systems as well as for this one."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from grader.classroom.workshop_pack.systems import System, pins_for
from grader.errors import CourseError

PATIENCE = 1800  # seconds for all packages of one system and one Python
UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ProxyError|NameResolution|SSLError|Max retries|Read timed out"
)
NOT_FOUND = re.compile(r"No matching distribution found for ([^\s(]+)")
MOST_MISSING = 20  # then it is the index that is wrong, and not the packages


@dataclass(frozen=True)
class Missing:
    """A package that has no wheel for a system.

    Attributes
    ----------
    pin
        ``contourpy==1.4.0``.
    """

    pin: str
    system: System
    python: str

    def __str__(self) -> str:
        return f"{self.pin} has no wheel for {self.system.title}, Python {self.python}"


@dataclass(frozen=True)
class Wheels:
    """What a pack needs and got.

    Attributes
    ----------
    pythons
        The versions of Python for which nothing is missing.
    files
        The wheels that these need.
    built
        Pins without any wheel: pure Python, and made into one here.
    """

    pythons: tuple[str, ...]
    files: tuple[Path, ...]
    missing: tuple[Missing, ...]
    built: tuple[str, ...]


def bring_wheels(
    system: System,
    pythons: tuple[str, ...],
    root: Path,
    folder: Path,
    on_python: Callable[[str], None] = lambda python: None,
) -> Wheels:
    """Bring the learner's packages for a system into a folder; what is there already is not brought again.

    Parameters
    ----------
    folder
        May hold wheels of another lock or for other versions of Python: those are not part of the result.
    on_python
        Hears of each version of Python before it begins.

    Raises
    ------
    CourseError
        When there is no pip, or the place that it looks into cannot be reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    needed: dict[str, set[str]] = {}
    missing: list[Missing] = []
    built: list[str] = []
    for python in pythons:
        on_python(python)
        rounds = pins_for(system, python, root)
        needed[python] = {pin for pins in rounds.values() for pin in pins}
        for pin in [one for full, pins in rounds.items() for one in _without_wheel(pins, system, full, folder)]:
            if _build_pure(pin, folder):
                built.append(pin)
            else:
                missing.append(Missing(pin, system, python))
    whole = tuple(python for python in pythons if python not in {one.python for one in missing})
    files = _files_for({python: needed[python] for python in whole}, folder)
    return Wheels(whole, files, tuple(missing), tuple(dict.fromkeys(built)))


def _files_for(needed: Mapping[str, set[str]], folder: Path) -> tuple[Path, ...]:
    """The wheels of a folder that some version of Python needs."""
    pins = {_key(pin) for one in needed.values() for pin in one}
    own = {f"cp{python.replace('.', '')}" for python in needed}
    return tuple(path for path in sorted(folder.glob("*.whl")) if _name_of(path) in pins and _serves(path, own))


def _serves(wheel: Path, interpreters: set[str]) -> bool:
    """Whether a wheel is for one of these interpreters, or bound to none."""
    tags = parse_wheel_filename(wheel.name)[3]
    return any(tag.abi != tag.interpreter or tag.interpreter in interpreters for tag in tags)


def _without_wheel(pins: tuple[str, ...], system: System, python: str, folder: Path) -> list[str]:
    """Download all pins that can be; returns the others."""
    waiting = list(pins)
    left: list[str] = []
    while waiting:
        said = _download(waiting, system, python, folder)
        if said is None:
            break
        found = NOT_FOUND.search(said)
        pin = next((one for one in waiting if found and one == found[1]), None)
        if pin is None or UNREACHABLE.search(said) or len(left) >= MOST_MISSING:
            raise _unreachable(said)
        waiting.remove(pin)
        left.append(pin)
    return left


def _download(pins: list[str], system: System, python: str, folder: Path) -> str | None:
    """Let pip download; None when all is there, else what it said."""
    tags = [word for tag in system.platforms for word in ("--platform", tag)]
    words = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", python, *tags]
    return _pip([*words, "--dest", str(folder), *pins])


def _build_pure(pin: str, folder: Path) -> bool:
    """Make a wheel of a package that is published as source only; whether it is one for all systems."""
    if _key(pin) in map(_name_of, folder.glob("*-none-any.whl")):
        return True
    with tempfile.TemporaryDirectory(prefix="wheel-") as place:
        if _pip(["wheel", "--quiet", "--no-deps", "--wheel-dir", place, pin]) is not None:
            return False
        made = next(Path(place).glob("*-none-any.whl"), None)
        if made is not None:
            (folder / made.name).write_bytes(made.read_bytes())
        return made is not None


def _pip(words: list[str]) -> str | None:
    """Run pip; None when it did what it was asked for."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return f"pip was stopped after {PATIENCE} seconds"
    return None if done.returncode == 0 else done.stdout + done.stderr


def _unreachable(said: str) -> CourseError:
    if "No module named pip" in said:
        return CourseError("There is no pip in this environment.", sys.prefix, "Run: python -m ensurepip")
    last = [line.strip() for line in said.splitlines() if line.strip()][-3:]
    return CourseError(
        "The packages cannot be brought.", "\n".join(last), "Packing needs the network, or an index that pip is told."
    )


def _key(pin: str) -> tuple[str, str]:
    name, _, version = pin.partition("==")
    return canonicalize_name(name), str(Version(version))


def _name_of(wheel: Path) -> tuple[str, str]:
    name, version, _, _ = parse_wheel_filename(wheel.name)
    return name, str(version)
