"""The state file: one SQLite database. A save is one transaction, so a process that is killed leaves a whole one."""

from __future__ import annotations

import importlib.metadata
import os
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from grader.cloud.errors import CloudError
from grader.cloud.state.snapshot import Snapshot

FORMAT = 1
PROGRAM = 0x53455256  # SQLite's application_id: what kind of file this is
_TABLES = """
CREATE TABLE IF NOT EXISTS made_by (name TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), content BLOB NOT NULL, region TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (digest TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
"""


class StateError(CloudError):
    """A state file that cannot be used; it is left as it is."""


class StateFile:
    """A file that belongs to this process while it is open.

    Parameters
    ----------
    path
        The file; it is made when it is not there.
    region
        Of the account that it holds.

    Raises
    ------
    StateError
        When another process uses it, when it is something else, or was written by other versions.
    """

    def __init__(self, path: Path, region: str = "us-east-1") -> None:
        self.path, self._region = path, region
        self._lock = threading.Lock()
        self._last = b""
        if not path.parent.is_dir():
            raise StateError(f"There is no folder {path.parent} for the state file.", next_step="Make it first.")
        _make_private(path)
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            self._open()
        except BaseException:
            self._database.close()
            raise

    def load(self) -> Snapshot | None:
        """What was saved last; None in a new file."""
        with self._lock:
            row = self._database.execute("SELECT content FROM state").fetchone()
            blobs = dict(self._database.execute("SELECT digest, content FROM blobs").fetchall())
        if row is None:
            return None
        self._last = row[0]
        return Snapshot(row[0], blobs)

    def save(self, snapshot: Snapshot) -> bool:
        """Replace what is saved, wholly or not at all; False when it is what is saved already."""
        with self._lock:
            if snapshot.content == self._last:
                return False
            with closing(self._database.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    self._write(cursor, snapshot)
                    cursor.execute("COMMIT")
                except BaseException:
                    cursor.execute("ROLLBACK")
                    raise
            self._last = snapshot.content
            return True

    def close(self) -> None:
        """Let others use the file. Closing twice does no harm."""
        with self._lock:
            self._database.close()

    def _open(self) -> None:
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("BEGIN EXCLUSIVE")  # the lock stays after COMMIT, until the file is closed
            self._check_kind()
            for statement in _TABLES.split(";"):
                self._database.execute(statement)
            self._check_versions()
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as busy:
            if "locked" not in str(busy):
                raise StateError(f"The state file {self.path} cannot be used: {busy}.") from busy
            raise StateError(
                f"The state file {self.path} is in use.", next_step="End the other grader serve, or name another file."
            ) from busy
        except sqlite3.DatabaseError as broken:
            raise self._foreign() from broken

    def _check_kind(self) -> None:
        [[kind]] = self._database.execute("PRAGMA application_id")
        [[count]] = self._database.execute("SELECT count(*) FROM sqlite_schema")
        if count and kind != PROGRAM:
            raise self._foreign()
        if not count:
            self._database.execute(f"PRAGMA application_id = {PROGRAM}")

    def _foreign(self) -> StateError:
        return StateError(f"{self.path} is no state file of grader serve.", next_step="Name another file.")

    def _check_versions(self) -> None:
        written = dict(self._database.execute("SELECT name, version FROM made_by"))
        ours = versions()
        if written and written != ours:
            told = ", ".join(f"{name} {version}" for name, version in written.items())
            raise StateError(
                f"The state file {self.path} was written by other versions: {told}.",
                next_step="Begin with a new file and deploy into it, or install those versions.",
            )
        if not written:
            self._database.executemany("INSERT INTO made_by VALUES (?, ?)", list(ours.items()))
        row = self._database.execute("SELECT region FROM state").fetchone()
        if row and row[0] != self._region:
            raise StateError(
                f"The state file {self.path} holds an account in {row[0]}.", next_step=f"Start with --region {row[0]}."
            )

    def _write(self, cursor: sqlite3.Cursor, snapshot: Snapshot) -> None:
        cursor.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", (snapshot.content, self._region))
        kept = {digest for (digest,) in cursor.execute("SELECT digest FROM blobs")}
        cursor.executemany("DELETE FROM blobs WHERE digest = ?", [(gone,) for gone in kept - set(snapshot.blobs)])
        new: Mapping[str, bytes] = {digest: snapshot.blobs[digest] for digest in set(snapshot.blobs) - kept}
        cursor.executemany("INSERT INTO blobs VALUES (?, ?)", list(new.items()))


def versions() -> dict[str, str]:
    """What the meaning of a state file depends on."""
    return {
        "state file format": str(FORMAT),
        "running-serverless": _version("running-serverless"),
        "moto": _version("moto"),
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _make_private(path: Path) -> None:
    """A new file that its owner alone can read: secrets lie in it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as refused:
        raise StateError(f"The state file {path} cannot be written: {refused.strerror}.") from refused


def explained(path: Path, fault: Any) -> StateError:
    """What to say when a state file opens, but its content does not fit the account any more."""
    return StateError(
        f"The state file {path} cannot be read: {type(fault).__name__}: {fault}. It was left as it is.",
        next_step="Begin with a new file, and deploy into it.",
    )
