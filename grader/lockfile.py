"""The lock and what is made from it: which packages each set holds, and ``environment.yml`` for conda and Binder.

``python -m grader.lockfile`` writes ``environment.yml`` anew; with ``--check`` it only says whether it is fresh.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# GENERATED from requirements.lock by `python -m grader.lockfile`; edit pyproject.toml, then run `make lock`.
# For conda (`conda env create -f environment.yml`) and Binder; without conda, `make learn` does the same.
name: running-serverless
channels:
  - conda-forge
dependencies:
  - python=3.13
  - pip
  - pip:
"""


def pins(root: Path = ROOT) -> dict[str, list[str]]:
    """The lock's lines by package: one line each, or several where systems differ."""
    found: dict[str, list[str]] = {}
    for line in (root / "requirements.lock").read_text("utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            found.setdefault(canonicalize_name(match[1]), []).append(line)
    return found


def packages_of(extras: tuple[str, ...] = (), root: Path = ROOT) -> set[str]:
    """The names of all packages in a set: the learner's without extras, a teacher's with ``class``.

    Parameters
    ----------
    extras
        Names of extras in ``pyproject.toml``.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    found: set[tuple[str, str]] = set()
    for line in wanted:
        _follow(Requirement(line), found, pins(root))
    return {name for name, _ in found}


def _follow(requirement: Requirement, found: set[tuple[str, str]], locked: dict[str, list[str]]) -> None:
    name = canonicalize_name(requirement.name)
    for extra in ("", *requirement.extras):
        if name not in locked or (name, extra) in found:
            continue
        found.add((name, extra))
        for line in _requires(name):
            needed = Requirement(line)
            if _belongs(needed.marker, extra):
                _follow(needed, found, locked)


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # a package of another system: it is pinned, but not here to be read
        return []


def _belongs(marker: Marker | None, extra: str) -> bool:
    """Whether a dependency counts on any system: only its ``extra`` part is judged, so that one file serves all."""
    if marker is None or "extra" not in str(marker):
        return True
    return bool(extra) and f'extra == "{extra}"' in str(marker)


def environment_yml(root: Path = ROOT) -> str:
    """The text of ``environment.yml``: the learner's packages at the lock's versions, and the course itself."""
    locked = pins(root)
    lines = [line for name in sorted(packages_of(root=root)) for line in locked[name]]
    return HEADER + "".join(f"      - {_quoted(line)}\n" for line in lines) + "      - -e .\n"


def _quoted(line: str) -> str:
    return f'"{line}"' if ";" in line else line


def main(arguments: list[str]) -> int:
    """Write the file, or check it with ``--check``; 1 when it is stale."""
    path = ROOT / "environment.yml"
    if "--check" in arguments:
        fresh = path.exists() and path.read_text("utf-8") == environment_yml()
        print("environment.yml is fresh" if fresh else "environment.yml is stale: run `python -m grader.lockfile`")
        return 0 if fresh else 1
    path.write_text(environment_yml(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
