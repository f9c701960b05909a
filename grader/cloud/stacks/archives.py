"""A folder as a ZIP whose bytes depend on the files' names and contents only, so that unchanged code is no update."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.yaml_reader import Place

LEFT_OUT = frozenset({"__pycache__", ".aws-sam", ".git", ".ipynb_checkpoints", ".pytest_cache", ".venv", ".DS_Store"})
MAX_UNZIPPED = 262_144_000
MAX_FILES = 10_000
DATE = (1980, 1, 1, 0, 0, 0)


def archive(template: Template, path: Path, place: Place, inside: str = "") -> bytes:
    """The ZIP of a folder or a file; what is a ZIP already stays as it is.

    Parameters
    ----------
    inside
        A folder of the ZIP that everything is put into, for example ``python/``.

    Raises
    ------
    TemplateError
        With the place that asked for it: nothing to pack, too much, links or devices.
    """
    if path.is_file() and path.suffix in (".zip", ".jar"):
        return path.read_bytes()
    files = [(path.name, path)] if path.is_file() else list(_files(template, path, place))
    if not files:
        raise TemplateError(
            f"{place[-1]}: {path.name} holds no files.", template.where(*place), line=template.line_of(*place)
        )
    if len(files) > MAX_FILES or sum(file.stat().st_size for _, file in files) > MAX_UNZIPPED:
        words = f"Unzipped size must be smaller than {MAX_UNZIPPED} bytes"
        raise TemplateError(words, template.where(*place), line=template.line_of(*place))
    return zip_files([(f"{inside}{name}", file) for name, file in files])


def zip_files(files: list[tuple[str, Path]]) -> bytes:
    """A ZIP with the same bytes for the same names and contents, whatever the files' dates and owners."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(files):
            entry = zipfile.ZipInfo(name, DATE)
            executable = file.stat().st_mode & stat.S_IXUSR
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _files(template: Template, folder: Path, place: Place) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        for name in (*folders, *names):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                kind = "a symbolic link" if stat.S_ISLNK(mode) else "no ordinary file"
                words = f"{place[-1]}: {path.relative_to(folder)} is {kind}; only files and folders are packaged."
                raise TemplateError(words, template.where(*place), line=template.line_of(*place))
        for name in names:
            if name not in LEFT_OUT and not name.endswith(".pyc"):
                path = Path(parent, name)
                yield path.relative_to(folder).as_posix(), path
