"""Unpack deployment packages and layers, once for each content, into a private folder."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import stat
import tempfile
import threading
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from grader.cloud.functions.bundled import bundled, drop_foreign
from grader.cloud.functions.errors import InvalidParameterValue

UNPACKED_LIMIT = 262_144_000
MEMBERS_LIMIT = 20_000
CHUNK = 1 << 20
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, UnicodeError)
REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


class CodeStore:
    """Unpacked archives, found again by the hash of their content.

    An archive may not leave its folder, hold links or devices, or grow beyond Lambda's 250 MB when unpacked.
    """

    def __init__(self) -> None:
        self._root: Path | None = None
        self._lock = threading.Lock()
        self._unpacked: dict[str, Path] = {}
        self._foreign: dict[Path, tuple[str, ...]] = {}

    def folder(self, archive: bytes) -> Path:
        """The folder with the archive's contents, unpacked at most once.

        Raises
        ------
        InvalidParameterValue
            When it is no zip file, or tries to be more than one.
        """
        digest = hashlib.sha256(archive).hexdigest()
        with self._lock:
            if digest not in self._unpacked:
                self._unpacked[digest] = self._unpack(archive, digest)
            return self._unpacked[digest]

    def packages(self, folder: Path) -> tuple[str, ...]:
        """The distributions that code in an unpacked folder needs and that do not lie in it."""
        return tuple(dict.fromkeys((*requirements(folder), *self._foreign.get(folder, ()))))

    def close(self) -> None:
        """Remove everything that was unpacked."""
        with self._lock:
            if self._root is not None:
                _make_writable(self._root)
                shutil.rmtree(self._root, ignore_errors=True)
            self._root, self._unpacked, self._foreign = None, {}, {}

    def _unpack(self, archive: bytes, digest: str) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="lambda-code-"))
        folder = self._root / digest[:32]
        folder.mkdir()
        try:
            if archive:
                unpack(archive, folder)
                self._foreign[folder] = drop_foreign(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack a zip file into an empty folder, member by member, counting what really comes out."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as package:
            members = package.infolist()
            if len(members) > MEMBERS_LIMIT:
                raise InvalidParameterValue(f"The deployment package holds more than {MEMBERS_LIMIT} files.")
            left = UNPACKED_LIMIT
            for member in members:
                left -= _extract(package, member, folder, left)
    except BROKEN as fault:
        raise InvalidParameterValue(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from fault


def requirements(folder: Path) -> tuple[str, ...]:
    """The names of the distributions that ``requirements.txt`` asks for and that do not lie beside it."""
    listed = folder / "requirements.txt"
    if not listed.is_file():
        return ()
    lines = listed.read_text(encoding="utf-8", errors="replace").splitlines()[:200]
    matches = (REQUIREMENT.match(line) for line in lines)
    names = dict.fromkeys(match[1].lower().replace("_", "-") for match in matches if match)
    there = bundled(folder)
    return tuple(name for name in names if name not in there)


def _extract(package: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, left: int) -> int:
    target = folder / _safe_path(member)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with package.open(member) as source, target.open("xb") as sink:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > left:
                raise InvalidParameterValue(f"Unzipped size must be smaller than {UNPACKED_LIMIT} bytes")
            sink.write(chunk)
    target.chmod(0o755 if (member.external_attr >> 16) & 0o111 else 0o644)
    return written


def _safe_path(member: zipfile.ZipInfo) -> Path:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    kind = stat.S_IFMT(member.external_attr >> 16)
    odd = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
    drive = bool(path.parts) and ":" in path.parts[0]
    if odd or drive or path.is_absolute() or ".." in path.parts or not path.parts or "\0" in member.filename:
        raise InvalidParameterValue(f"The deployment package holds a file that it may not: {member.filename!r}.")
    return Path(*path.parts)


def _make_writable(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
