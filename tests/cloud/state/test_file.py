"""A state file is written wholly or not at all, belongs to one process, and is refused in words."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from grader.cloud.state import StateFile
from grader.cloud.state import file as state_file
from grader.cloud.state.file import StateError
from grader.cloud.state.snapshot import Snapshot

FIRST = Snapshot(b"one", {"a": b"A" * 5000, "b": b"B"})
SECOND = Snapshot(b"two", {"b": b"B", "c": b"C"})
WRITER = """
import sys
from pathlib import Path
from grader.cloud.state import StateFile
from grader.cloud.state.snapshot import Snapshot
file = StateFile(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    content = str(number).encode()
    file.save(Snapshot(content, {f"{number}-{n}": content * 2000 for n in range(20)}))
    print(number, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.state"


def test_what_is_saved_is_loaded(path: Path) -> None:
    file = StateFile(path)
    assert file.load() is None
    assert [file.save(FIRST), file.save(FIRST), file.save(SECOND)] == [True, False, True]
    file.close()
    file.close()

    with closing(StateFile(path)) as again:
        assert again.load() == SECOND


def test_only_its_owner_may_read_it(path: Path) -> None:
    StateFile(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_process_at_a_time_uses_it(path: Path) -> None:
    file = StateFile(path)
    with pytest.raises(StateError, match="is in use") as refused:
        StateFile(path)
    assert "End the other grader serve" in str(refused.value)

    file.close()
    StateFile(path).close()


@pytest.mark.parametrize("content", [b"Dear diary", b"PK\x03\x04 a zip", b"SQLite format 3\0 cut off"])
def test_something_else_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StateError, match="is no state file"):
        StateFile(path)

    assert path.read_bytes() == content


def test_another_programs_database_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE state (one)")
    other.close()
    with pytest.raises(StateError, match="is no state file"):
        StateFile(path)


def test_other_versions_are_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_file, "versions", lambda: {"moto": "4.0"})
    file = StateFile(path)
    file.save(FIRST)
    file.close()
    monkeypatch.undo()

    with pytest.raises(StateError, match=r"was written by other versions: moto 4\.0\.") as refused:
        StateFile(path)
    assert "Begin with a new file" in str(refused.value)


def test_another_region_is_named(path: Path) -> None:
    file = StateFile(path, "eu-west-1")
    file.save(FIRST)
    file.close()
    with pytest.raises(StateError, match="holds an account in eu-west-1"):
        StateFile(path, "us-east-1")


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="There is no folder"):
        StateFile(tmp_path / "nowhere" / "file")
    with pytest.raises(StateError, match="cannot be written: Is a directory"):
        StateFile(tmp_path)


def test_a_save_that_fails_changes_nothing(path: Path) -> None:
    with closing(StateFile(path)) as file:
        file.save(FIRST)
        with pytest.raises(sqlite3.Error):
            file.save(Snapshot(b"broken", {"d": object()}))  # type: ignore[dict-item]

        assert file.load() == FIRST


def test_a_killed_process_leaves_one_whole_save(path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        written = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    with closing(StateFile(path)) as file:
        snapshot = file.load()
    assert snapshot is not None
    number = int(snapshot.content)
    assert number >= written
    assert snapshot.blobs == {f"{number}-{n}": snapshot.content * 2000 for n in range(20)}
