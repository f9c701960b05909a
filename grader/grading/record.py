"""A learner's record: what was tried, passed, hinted and shown. One JSON file in the work folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from grader.grading.files import write_atomically
from grader.grading.report import ExerciseReport

FILE = "progress.json"
HONEST_TRIES = 3
KEPT_TRIES = 50


@dataclass(frozen=True)
class ExerciseRecord:
    """What is known about a learner and one exercise.

    Attributes
    ----------
    passed
        Whether all visible checks have passed at some time; it stays so.
    best
        The most points that one try earned.
    tries
        A fingerprint of each different answer that was checked and was more than the starting files.
    hints
        How many hints are open.
    solution_shown
        Whether the solution was opened.
    filled
        The fingerprint of an answer that the course filled in (``grader catchup``): checking it is neither a try nor a
        pass.
    """

    passed: bool = False
    best: float = 0
    tries: tuple[str, ...] = ()
    hints: int = 0
    solution_shown: bool = False
    filled: str = ""

    @property
    def may_see_solution(self) -> bool:
        """After a pass, or after three honest tries."""
        return self.passed or len(self.tries) >= HONEST_TRIES

    @property
    def tries_left(self) -> int:
        """How many honest tries are missing until the solution may be seen."""
        return 0 if self.may_see_solution else HONEST_TRIES - len(self.tries)


class Record:
    """The record on disk; every change is read, made and written in one step.

    Parameters
    ----------
    folder
        The learner's work folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def all(self) -> dict[str, ExerciseRecord]:
        """Every exercise that was touched, by id; a broken file is set aside and counts as empty."""
        return _read(self.path)

    def of(self, exercise_id: str) -> ExerciseRecord:
        """One exercise."""
        return self.all().get(exercise_id, ExerciseRecord())

    def last(self) -> str:
        """The exercise that was worked on last, by id; nothing before the first."""
        return str(_table(self.path).get("last", ""))

    def note_try(self, report: ExerciseReport, files: Mapping[str, str]) -> ExerciseRecord:
        """Note a checked answer. What the grader broke, and untouched starting files, are no tries."""
        if report.outcome in ("not_attempted", "grader_error"):
            return self.of(report.id)
        return self._change(report.id, lambda before: _after_try(before, report, fingerprint(files)))

    def open_hint(self, exercise_id: str, level: int) -> ExerciseRecord:
        """Note that hints up to ``level`` (counted from 1) are open."""
        return self._change(exercise_id, lambda before: replace(before, hints=max(before.hints, level)))

    def show_solution(self, exercise_id: str) -> ExerciseRecord:
        """Note that the solution was shown."""
        return self._change(exercise_id, lambda before: replace(before, solution_shown=True))

    def note_filled(self, exercise_id: str, files: Mapping[str, str]) -> ExerciseRecord:
        """Note that the course filled in an answer; no files mean that it is gone again."""
        filled = fingerprint(files) if files else ""
        return self._change(exercise_id, lambda before: replace(before, filled=filled))

    def _change(self, exercise_id: str, change: Callable[[ExerciseRecord], ExerciseRecord]) -> ExerciseRecord:
        with _locked(self.path):
            records = self.all()
            records[exercise_id] = change(records.get(exercise_id, ExerciseRecord()))
            plain = {name: asdict(record) for name, record in sorted(records.items())}
            table = {"schema": 1, "last": exercise_id, "exercises": plain}
            write_atomically(self.path, json.dumps(table, indent=1) + "\n")
            return records[exercise_id]


def fingerprint(files: Mapping[str, str]) -> str:
    """The same for the same answer, whatever its blank line ends."""
    lines = {name: [line.rstrip() for line in text.rstrip().splitlines()] for name, text in sorted(files.items())}
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:16]


def _after_try(before: ExerciseRecord, report: ExerciseReport, digest: str) -> ExerciseRecord:
    if digest == before.filled:
        return before
    tries = before.tries if digest in before.tries else (*before.tries, digest)[-KEPT_TRIES:]
    passed = before.passed or report.outcome == "passed"
    return replace(before, passed=passed, best=max(before.best, report.score or 0), tries=tries)


def _table(path: Path) -> dict[str, Any]:
    """The file as it is; empty when it cannot be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> dict[str, ExerciseRecord]:
    try:
        table = json.loads(path.read_text("utf-8"))["exercises"]
        return {str(name): _record(values) for name, values in table.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UnicodeDecodeError):
        _set_aside(path)
        return {}


def _record(values: Mapping[str, Any]) -> ExerciseRecord:
    known = {field.name for field in fields(ExerciseRecord)}
    kept = {name: value for name, value in values.items() if name in known}
    return ExerciseRecord(**{**kept, "tries": tuple(map(str, kept.get("tries", ())))})


def _set_aside(path: Path) -> None:
    """Keep the broken file under a free name."""
    number = 1
    while (backup := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    with contextlib.suppress(OSError):
        path.rename(backup)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time among kernels and terminals; where files cannot be locked, none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
