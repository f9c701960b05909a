"""The packages that lie in a deployment package, as ``sam build`` puts them there.

``sam build`` fetches them for the Python that ``Runtime`` names. Where the pocket AWS runs on another one, compiled
parts cannot be imported; then the same package, installed here, takes their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_string
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

from packaging.tags import parse_tag, sys_tags

FITTING = frozenset(sys_tags())


def bundled(folder: Path) -> dict[str, Distribution]:
    """The distributions whose files lie in a folder, by their normalised names."""
    found = distributions(path=[str(folder)])
    return {_normal(name): one for one in found if (name := _name(one))}


def _name(one: Distribution) -> str:
    """The name that METADATA gives; empty without the file, at which one version of the library raises an error."""
    return str(message_from_string(one.read_text("METADATA") or "")["Name"] or "")


def drop_foreign(folder: Path) -> tuple[str, ...]:
    """Remove what was compiled for another Python or system; returns the names of those distributions."""
    foreign = {name: one for name, one in bundled(folder).items() if not _fits(one)}
    for one in foreign.values():
        for path in _files(one, folder):
            path.unlink(missing_ok=True)
    return tuple(foreign)


def _fits(one: Distribution) -> bool:
    """Whether one of the tags of its WHEEL file is one of this interpreter's; without the file, nothing is known."""
    wheel = one.read_text("WHEEL") or ""
    tags = [tag for line in re.findall(r"^Tag: *(\S+)", wheel, re.MULTILINE) for tag in parse_tag(line)]
    return not tags or any(tag in FITTING for tag in tags)


def _files(one: Distribution, folder: Path) -> Iterator[Path]:
    """Its files inside the folder: a RECORD may name any path."""
    for file in one.files or ():
        named = PurePosixPath(str(file))
        if not named.is_absolute() and ".." not in named.parts and (folder / named).is_file():
            yield folder / named


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
