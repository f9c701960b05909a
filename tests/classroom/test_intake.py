"""A collected folder before nbgrader copies it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.classroom.intake import clear_submission, is_date, strange_files
from grader.notebooks.tree import files_below


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission with a notebook, a picture in a folder, and a secret of the teacher's beside it."""
    (tmp_path / "secret.txt").write_text("the teacher's")
    submission = tmp_path / "submitted"
    (submission / "pictures").mkdir(parents=True)
    (submission / "ch03_web_service.ipynb").write_text("{}")
    (submission / "pictures" / "cat.svg").write_text("<svg/>")
    (submission / "timestamp.txt").write_text("2026-11-02 09:00:00.000000 UTC")
    (submission / "submission_secret.txt").write_text("0123456789abcdef")
    return submission


def clear(folder: Path) -> dict[str, bytes]:
    clear_submission(notebooks=[str(folder / "ch03_web_service.ipynb")], assignment="ch03_web_service", student="*")
    return files_below(folder)


def test_an_ordinary_submission_is_left_as_it_is(folder: Path) -> None:
    before = files_below(folder)
    assert clear(folder) == before


def test_what_the_exchange_adds_is_added_where_it_is_missing(folder: Path) -> None:
    for name in ("timestamp.txt", "submission_secret.txt"):
        (folder / name).unlink()
    os.utime(folder / "ch03_web_service.ipynb", (1_793_610_000.5, 1_793_610_000.5))
    found = clear(folder)
    assert found["timestamp.txt"] == b"2026-11-02 09:00:00.500000 UTC"
    assert len(found["submission_secret.txt"]) == 64
    assert clear(folder) == found


def test_links_go_and_what_they_point_to_stays(folder: Path) -> None:
    before = files_below(folder)
    (folder / "pictures" / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "everything").symlink_to("/")
    (folder / "broken").symlink_to("/nowhere")
    assert clear(folder) == before
    assert not (folder / "everything").is_symlink()
    assert (folder.parent / "secret.txt").read_text() == "the teacher's"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on Windows")
def test_pipes_go(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert strange_files(folder) == [folder / "pipe"]
    clear(folder)
    assert strange_files(folder) == []


@pytest.mark.parametrize("text", [b"", b"yesterday", b"\xff\xfe", b"9" * 5000, b"2026-13-45 00:00:00 UTC"])
def test_a_date_that_is_none_is_replaced(folder: Path, text: bytes) -> None:
    (folder / "timestamp.txt").write_bytes(text)
    assert is_date(clear(folder)["timestamp.txt"].decode())


@pytest.mark.parametrize("text", ["2026-11-02 09:00:00.000000 UTC", "2026-11-02 09:00:00 +0100"])
def test_a_date_that_nbgrader_wrote_stays(folder: Path, text: str) -> None:
    (folder / "timestamp.txt").write_text(text)
    assert clear(folder)["timestamp.txt"].decode() == text
