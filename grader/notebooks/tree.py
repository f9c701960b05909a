"""A tree of generated files: compare it with what is there, and make it so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LEFT_ALONE = {".ipynb_checkpoints", "__pycache__", ".aws-sam", ".pytest_cache"}
MADE_BY_PYTHON = {".pyc", ".pyo"}


@dataclass(frozen=True)
class Difference:
    """One file that is not as it should be.

    Attributes
    ----------
    kind
        ``missing``, ``stale`` (nothing makes it any more) or ``changed``.
    line
        The first line that differs in a changed text, else 0.
    """

    path: str
    kind: str
    line: int = 0

    def __str__(self) -> str:
        place = f" (from line {self.line})" if self.line else ""
        return f"{self.kind:8} {self.path}{place}"


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path with slashes; what tools leave behind is not looked at."""
    found = {}
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        relative = file.relative_to(folder)
        if file.is_file() and not LEFT_ALONE & set(relative.parts) and file.suffix not in MADE_BY_PYTHON:
            found[relative.as_posix()] = file.read_bytes()
    return found


def differences(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> Iterator[Difference]:
    """What must change so that ``found`` becomes ``wanted``, in the order of the paths."""
    for path in sorted({*wanted, *found}):
        if path not in found:
            yield Difference(path, "missing")
        elif path not in wanted:
            yield Difference(path, "stale")
        elif wanted[path] != found[path]:
            yield Difference(path, "changed", first_difference(wanted[path], found[path]))


def first_difference(wanted: bytes, found: bytes) -> int:
    """The first line that is not the same, counted from 1."""
    pairs = zip(wanted.splitlines(), found.splitlines(), strict=False)
    common = min(wanted.count(b"\n"), found.count(b"\n"))
    return next((number for number, (left, right) in enumerate(pairs, 1) if left != right), common + 1)


def write_tree(folder: Path, wanted: Mapping[str, bytes], changes: Iterable[Difference]) -> None:
    """Make the changes: write, replace, delete; folders that become empty go, too."""
    for change in changes:
        file = folder / change.path
        if change.kind == "stale":
            file.unlink()
            remove_empty(file.parent, folder)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wanted[change.path])


def remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder and those above it, as long as they are empty."""
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
