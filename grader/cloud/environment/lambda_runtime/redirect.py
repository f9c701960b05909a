"""Levels 1 and 2: /var/task, /opt and /tmp are folders elsewhere, and paths are rewritten inside Python."""

from __future__ import annotations

import _imp
import functools
import io
import os
from collections.abc import Callable
from typing import Any

ONE_PATH = (
    "open", "stat", "lstat", "listdir", "scandir", "mkdir", "rmdir", "remove", "unlink", "access", "chmod", "utime",
    "truncate", "chdir", "readlink", "statvfs", "getxattr", "listxattr", "mkfifo", "chown",
)  # fmt: skip
TWO_PATHS = ("rename", "replace", "link", "symlink")


def install(places: dict[str, str]) -> None:
    """Rewrite paths below the keys of ``places`` to paths below their values, in all that Python code calls."""
    rewrite = functools.partial(translate, places)
    import posix

    for name in (*ONE_PATH, *TWO_PATHS):
        if real := getattr(posix, name, None):
            wrapped = _wrap(real, rewrite, 2 if name in TWO_PATHS else 1)
            setattr(posix, name, wrapped)
            setattr(os, name, wrapped)
    opened = _wrap(io.open, rewrite, 1)
    import _io
    import builtins

    for module in (io, _io, builtins):
        module.open = opened  # type: ignore[attr-defined]
    _io.open_code = io.open_code = _wrap(_io.open_code, rewrite, 1)  # type: ignore[attr-defined]
    _imp.create_dynamic = _dynamic(_imp.create_dynamic, rewrite)


def translate(places: dict[str, str], path: Any) -> Any:
    """The real path; what is not a path, or not below a known place, stays as it is."""
    try:
        text = os.fspath(path)
    except TypeError:
        return path
    if isinstance(text, bytes):
        return os.fsencode(translate(places, os.fsdecode(text)))
    for shown, real in places.items():
        if text == shown or text.startswith(shown + "/"):
            return real + text[len(shown) :]
    return path


def _wrap(real: Callable[..., Any], rewrite: Callable[[Any], Any], paths: int) -> Callable[..., Any]:
    @functools.wraps(real)
    def rewritten(*arguments: Any, **keywords: Any) -> Any:
        return real(*(rewrite(item) if at < paths else item for at, item in enumerate(arguments)), **keywords)

    return rewritten


def _dynamic(real: Callable[..., Any], rewrite: Callable[[Any], Any]) -> Callable[..., Any]:
    def create(spec: Any, *rest: Any) -> Any:
        shown, spec.origin = spec.origin, rewrite(spec.origin)
        try:
            return real(spec, *rest)
        finally:
            spec.origin = shown

    return create
