"""Folders that an environment will see: they must be readable by a user who owns nothing."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path


def merge_layers(layers: tuple[Path, ...], folder: Path) -> Path | None:
    """What /opt holds: one layer as it is, several laid over each other, the last one on top."""
    if len(layers) < 2:
        return layers[0].resolve() if layers else None
    merged = folder / "opt"
    for layer in layers:
        shutil.copytree(layer, merged, dirs_exist_ok=True, symlinks=True)
    return merged


def public_folder(folder: Path, copy: Path, is_shown: bool = False) -> Path:
    """``folder`` itself, or a copy at ``copy`` that everyone may read when we are root and others could not read it.

    Parameters
    ----------
    is_shown
        The environment sees the folder in a file tree of its own; nobody has to get there through its parents.
    """
    folder = folder.resolve()
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return folder
    if (_may_enter(folder) if is_shown else reachable(folder)) and all(_public(folder)):
        return folder
    shutil.copytree(folder, copy, symlinks=True)
    for root, _, files in os.walk(copy):
        os.chmod(root, 0o755)
        for name in files:
            path = Path(root, name)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o444)
    return copy


def reachable(path: Path) -> bool:
    """Whether any user can get to ``path`` and read it."""
    real = path.resolve()
    folders = real.parents if not real.is_dir() else (real, *real.parents)
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders) and bool(real.stat().st_mode & stat.S_IROTH)


def _may_enter(folder: Path) -> bool:
    return folder.stat().st_mode & 0o005 == 0o005


def _public(folder: Path) -> Iterator[bool]:
    for root, names, files in os.walk(folder):
        for name in (*names, *files):
            mode = os.lstat(os.path.join(root, name)).st_mode
            needed = 0o005 if stat.S_ISDIR(mode) else 0o004
            yield mode & needed == needed
