"""Levels 1 and 2: /var/task, /opt and /tmp are folders elsewhere, and paths are rewritten inside Python."""

from __future__ import annotations

import _imp
import _io
import builtins
import functools
import io
import os
import posix
import tokenize
from collections.abc import Callable
from typing import Any

ONE_PATH = (
    "open", "stat", "lstat", "listdir", "mkdir", "rmdir", "remove", "unlink", "access", "chmod", "utime",
    "truncate", "chdir", "readlink", "statvfs", "getxattr", "listxattr", "mkfifo", "chown",
)  # fmt: skip
TWO_PATHS = ("rename", "replace", "link", "symlink")


def install(places: dict[str, str], kept: list[str]) -> None:
    """Rewrite paths below the keys of ``places`` to paths below their values, in all that Python code calls.

    Paths below ``kept`` are real already: the interpreter or this folder may itself be somewhere below /tmp.
    """
    rewrite = functools.partial(translate, places, (*kept, *places.values()))
    for name in (*ONE_PATH, *TWO_PATHS):
        if real := getattr(posix, name, None):
            wrapped = _wrap(real, rewrite, 2 if name in TWO_PATHS else 1)
            setattr(posix, name, wrapped)
            setattr(os, name, wrapped)
    posix.scandir = os.scandir = _listed(posix.scandir, rewrite)
    opened = _wrap(io.open, rewrite, 1)
    for module in (io, _io, builtins):
        module.open = opened  # type: ignore[attr-defined]
    tokenize._builtin_open = opened  # type: ignore[attr-defined]  # how linecache reads the lines of a stack trace
    os.getcwd = posix.getcwd = _shown(os.getcwd, places)
    _imp.create_dynamic = _dynamic(_imp.create_dynamic, rewrite)


def translate(places: dict[str, str], kept: tuple[str, ...], path: Any) -> Any:
    """The real path; what is not a path, or not below a known place, stays as it is."""
    try:
        text = os.fspath(path)
    except TypeError:
        return path
    if isinstance(text, bytes):
        return os.fsencode(translate(places, kept, os.fsdecode(text)))
    if any(_below(text, real) for real in kept):
        return path
    return move(places, text, path)


def move(places: dict[str, str], text: str, otherwise: Any) -> Any:
    """``text`` below another folder, when it is below one of ``places``."""
    for shown, real in places.items():
        if _below(text, shown):
            return real + text[len(shown) :]
    return otherwise


def _below(text: str, folder: str) -> bool:
    return text == folder or text.startswith(folder + "/")


def _wrap(real: Callable[..., Any], rewrite: Callable[[Any], Any], paths: int) -> Callable[..., Any]:
    @functools.wraps(real)
    def rewritten(*arguments: Any, **keywords: Any) -> Any:
        return real(*(rewrite(item) if at < paths else item for at, item in enumerate(arguments)), **keywords)

    return rewritten


class _Entry:
    """An ``os.DirEntry`` below a folder that is shown elsewhere: Python 3.14's pathlib takes its path as it stands."""

    def __init__(self, real: Any, folder: Any) -> None:
        self._real, self.name, self.path = real, real.name, os.path.join(folder, real.name)
        self.is_dir, self.is_file, self.is_symlink = real.is_dir, real.is_file, real.is_symlink
        self.stat, self.inode = real.stat, real.inode
        self.is_junction = getattr(real, "is_junction", lambda: False)  # since Python 3.12

    def __fspath__(self) -> Any:
        return self.path

    def __repr__(self) -> str:
        return repr(self._real)


class _Entries:
    """What ``os.scandir`` returns for such a folder."""

    def __init__(self, real: Any, folder: Any) -> None:
        self._real, self._folder = real, folder
        self.close = real.close

    def __iter__(self) -> _Entries:
        return self

    def __next__(self) -> _Entry:
        return _Entry(next(self._real), self._folder)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _listed(real: Callable[..., Any], rewrite: Callable[[Any], Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def scandir(path: Any = ".") -> Any:
        there = rewrite(path)
        return real(path) if there is path else _Entries(real(there), os.fspath(path))

    return scandir


def _shown(real: Callable[[], str], places: dict[str, str]) -> Callable[[], str]:
    def shown() -> str:
        back = {there: here for here, there in places.items()}
        return str(move(back, path := real(), path))

    return shown


def _dynamic(real: Callable[..., Any], rewrite: Callable[[Any], Any]) -> Callable[..., Any]:
    def create(spec: Any, *rest: Any) -> Any:
        shown, spec.origin = spec.origin, rewrite(spec.origin)
        try:
            return real(spec, *rest)
        finally:
            spec.origin = shown

    return create
