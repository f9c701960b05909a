"""A teacher's machine dies while a class is graded: what was done is kept, what was not is done, nothing lives on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.grading.sources import read_sources

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in Linux's /proc"),
]

ROOT = Path(__file__).resolve().parents[2]
HELLO = read_sources(ROOT / "solutions" / "ch03_web_service" / "3_1_hello").solution
STUDENTS = 8
ENOUGH = 3  # results on disk before the kill
PATIENCE = 60.0


def submit(folder: Path) -> Path:
    """One notebook a student, each with another greeting; every third one forgets the body."""
    for number in range(STUDENTS):
        greeting = "Hello from a function" if number % 3 else f"Hello from {number}"
        app = HELLO["app.py"].decode().replace("Hello from a function", greeting)
        app = app if number % 3 != 2 else app.replace('"body"', '"text"')
        sources = {"app.py": app, "template.yaml": HELLO["template.yaml"].decode()}
        cells = [
            {"cell_type": "code", "metadata": {}, "outputs": [], "source": f"%%writefile 3_1_hello/{name}\n{text}"}
            for name, text in sources.items()
        ]
        path = folder / f"student_{number}" / "ch03_web_service.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return folder


class Grading:
    """``grader grade`` as a teacher types it, with temporary files of its own.

    Parameters
    ----------
    folder
        Takes the results, the report, and everything temporary.
    """

    def __init__(self, submitted: Path, folder: Path) -> None:
        self._submitted = submitted
        self.results, self.report, self.temporary = folder / "results.jsonl", folder / "report.json", folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """The process, at work."""
        command = [sys.executable, "-m", "grader", "grade", str(self._submitted), "--workers", "2", "--fresh"]
        command += ["--results", str(self.results), "--json", str(self.report), *options]
        environment = {**os.environ, "TMPDIR": str(self.temporary)}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def finish(self, *options: str) -> Any:
        """Grade to the end; the JSON report."""
        assert self.start(*options).wait(10 * PATIENCE) == 0
        return json.loads(self.report.read_text())

    def lines(self) -> list[bytes]:
        """The results on disk."""
        return self.results.read_bytes().splitlines(keepends=True) if self.results.exists() else []


def timeless(told: Any) -> Any:
    """A report without how long functions computed: no two runs agree on that to the millisecond."""
    if isinstance(told, dict):
        return {key: timeless(value) for key, value in told.items() if key != "svg"}
    if isinstance(told, list):
        return [timeless(one) for one in told]
    return re.sub(r"returned after \d+ ms", "returned after some ms", told) if isinstance(told, str) else told


def until(is_so: Callable[[], bool], what: str) -> None:
    """Look again until it is so: another process decides when."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def parents() -> dict[int, int]:
    """The parent of every process of this machine that is not a zombie."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if words[0] != "Z":
            found[int(entry.name)] = int(words[1])
    return found


def descendants(pid: int) -> set[int]:
    """Every process that comes from ``pid``."""
    tree = parents()
    found: set[int] = set()
    waiting = {pid}
    while waiting:
        waiting = {child for child, parent in tree.items() if parent in waiting} - found
        found |= waiting
    return found


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class's notebooks."""
    return submit(tmp_path_factory.mktemp("submitted"))


@pytest.fixture(scope="module")
def whole(submitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report of a run that nothing disturbed."""
    return Grading(submitted, tmp_path_factory.mktemp("whole")).finish()


@pytest.fixture(scope="module")
def killed(submitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Grading, set[int]]]:
    """A run that was killed with some results on disk, and the processes that it had just before."""
    grading = Grading(submitted, tmp_path_factory.mktemp("killed"))
    process = grading.start()
    until(lambda: len(grading.lines()) >= ENOUGH, "no results came")
    family = descendants(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    yield grading, family


def test_nothing_outlives_a_killed_grader(killed: tuple[Grading, set[int]]) -> None:
    grading, family = killed
    assert len(family) >= 4, "two answer zygotes and their environments' zygotes at least"
    until(lambda: not family & set(parents()), "processes of a killed grader are still there")
    until(lambda: not list(grading.temporary.glob("execution-environments-*")), "folders of environments are left")


def test_resuming_finishes_with_nothing_lost_and_nothing_twice(killed: tuple[Grading, set[int]], whole: Any) -> None:
    grading, _ = killed
    before = grading.lines()
    assert ENOUGH <= len(before) < STUDENTS, "the kill came too late to show anything"
    grading.results.write_bytes(b"".join(before) + before[0][:40])  # and a line was being written
    assert timeless(grading.finish("--resume")) == timeless(whole)
    after = grading.lines()
    assert after[: len(before)] == before, "what was on disk was graded again"
    students = sorted(json.loads(line)["student"] for line in after)
    assert students == [f"student_{number}" for number in range(STUDENTS)]


def test_the_undisturbed_run_says_what_the_class_deserves(whole: Any) -> None:
    scores = [one["exercises"][0]["score"] for one in whole["submissions"]]
    assert scores == [6 if number % 3 != 2 else 0 for number in range(STUDENTS)]
