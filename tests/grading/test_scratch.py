"""Where answers are laid out."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.grading import scratch
from grader.grading.scratch import is_suitable, scratch_folder


def seen_as(monkeypatch: pytest.MonkeyPatch, *, free: int = 2 << 30, flags: int = 0) -> None:
    system = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096, f_flag=flags)
    monkeypatch.setattr(scratch.os, "statvfs", lambda path: system)


def test_the_folder_lies_in_memory_where_there_is_room(monkeypatch, tmp_path):
    seen_as(monkeypatch)
    with scratch_folder(tmp_path) as folder:
        assert Path(folder).parent == tmp_path


@pytest.mark.parametrize("lacking", [{"free": 1 << 20}, {"flags": os.ST_NOEXEC}])
def test_a_small_place_or_one_that_runs_no_libraries_is_left_alone(monkeypatch, tmp_path, lacking):
    seen_as(monkeypatch, **lacking)
    with scratch_folder(tmp_path) as folder:
        assert Path(folder).parent != tmp_path


def test_a_place_that_is_not_there_is_not_used(tmp_path):
    assert not is_suitable(tmp_path / "shm")


def test_what_is_left_in_the_folder_goes_with_it():
    with scratch_folder() as folder:
        (Path(folder) / "lambda-code").mkdir()
    assert not Path(folder).exists()
