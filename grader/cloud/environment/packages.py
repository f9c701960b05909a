"""Which installed packages an environment may import, and where their files are."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from grader.cloud.errors import CloudError

RUNTIME = ("boto3",)


def entries(names: Iterable[str], closure: bool = True) -> list[Path]:
    """The top-level files and folders of distributions, and of what they need.

    Raises
    ------
    CloudError
        When one is not installed: nothing is ever downloaded.
    """
    return list(_entries(tuple(names), closure, _last_installation()))


def installed(name: str) -> list[Path]:
    """The top-level files and folders of one distribution; none when it is not installed."""
    try:
        return entries([name], closure=False)
    except CloudError:
        return []


@lru_cache(maxsize=64)
def _entries(names: tuple[str, ...], closure: bool, since: int) -> tuple[Path, ...]:
    """Every environment of a function asks for the same; an installation may change the answer."""
    found: dict[Path, None] = {}
    for one in _distributions(names, closure):
        found.update(dict.fromkeys(_top_level(one)))
    return tuple(found)


def _last_installation() -> int:
    """When a package was last added to this interpreter's, or taken away, in nanoseconds."""
    return os.stat(sysconfig.get_path("purelib")).st_mtime_ns


def link(paths: Iterable[Path], folder: Path) -> None:
    """Make ``folder`` an import path that holds exactly ``paths``."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        place = folder / path.name
        if not place.is_symlink():
            place.symlink_to(path)


def _distributions(names: Iterable[str], closure: bool) -> list[Distribution]:
    waiting, known = list(names), {}
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in known:
            continue
        known[key] = _installed(name)
        waiting += _needs(known[key]) if closure else []
    return list(known.values())


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise CloudError(
            f"The package {name} is not installed here, and nothing is downloaded while a function runs.",
            "requirements.txt",
            "Use a package that the course brings, or put the package's files into the function's folder.",
        ) from error


def _needs(one: Distribution) -> list[str]:
    wanted = [Requirement(text) for text in one.requires or ()]
    return [item.name for item in wanted if item.marker is None or item.marker.evaluate({"extra": ""})]


def _top_level(one: Distribution) -> list[Path]:
    names = {file.parts[0] for file in one.files or () if file.parts[0] not in ("..", "__pycache__")}
    base = Path(str(one.locate_file(""))).resolve()
    return sorted(base / name for name in names if (base / name).exists() and not name.endswith(".pth"))


def system_files() -> list[Path]:
    """The interpreter, its standard library and the system's shared libraries."""
    base = Path(sys.base_prefix)
    python = [] if base in (Path("/usr"), Path("/")) else [base / "bin", base / "lib"]
    system = ("/usr/bin", "/usr/lib", "/usr/lib64", "/bin", "/lib", "/lib64", "/usr/share/zoneinfo")
    paths = [*python, *map(Path, system), Path("/etc/ld.so.cache"), Path("/etc/mime.types")]
    return [path for path in paths if path.exists()]
