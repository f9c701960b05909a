"""From an answer's files to the report of one exercise: lay out the folder, run the checks. Trusted process only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.checks.exercise import Check, Exercise
from grader.checks.plugin import judge
from grader.grading.course import Chapter
from grader.grading.report import CheckResult, ExerciseReport, Outcome
from grader.grading.sources import ExerciseSources


@dataclass(frozen=True)
class Judged:
    """A report, and the warnings that the checks gave on the way."""

    report: ExerciseReport
    warnings: tuple[str, ...] = ()


def judge_answer(
    chapter: Chapter,
    exercise: Exercise,
    files: Mapping[str, str],
    *,
    hidden: bool = False,
    seed: int = 0,
    open_cloud: Callable[[], Any] | None = None,
    on_result: Callable[[CheckResult], None] | None = None,
    session: Any = None,
) -> Judged:
    """Judge the learner's ``files`` (the exercise's declared ones; others are ignored).

    A file that is not given counts as untouched. ``session`` is an open one of ``grader.checks.plugin.in_session``.
    """
    sources = chapter.sources(exercise)
    hidden_checks = chapter.hidden_checks().get(exercise.id, ()) if hidden else ()
    if not is_attempted(exercise, files, sources):
        return Judged(without_result(exercise, hidden_checks, "not_attempted"))
    with tempfile.TemporaryDirectory(prefix="answer-") as parent:
        folder = Path(parent) / exercise.slug
        lay_out(folder, exercise, files, sources)
        judgement = judge(
            exercise, folder, hidden=hidden_checks, seed=seed, open_cloud=open_cloud, on_result=on_result,
            session=session,
        )  # fmt: skip
    results = tuple(_without_path(result, folder) for result in judgement.results)
    return Judged(ExerciseReport(exercise.id, exercise.title, results), judgement.warnings)


def is_attempted(exercise: Exercise, files: Mapping[str, str], sources: ExerciseSources) -> bool:
    """Whether any declared file differs from what the learner started with."""
    return any(
        file in files and _plain(files[file]) != _plain(sources.starter.get(file, b"").decode("utf-8", "replace"))
        for file in exercise.files
    )


def lay_out(folder: Path, exercise: Exercise, files: Mapping[str, str], sources: ExerciseSources) -> None:
    """Write the exercise's folder: what the course gives, and over it the learner's declared files."""
    content = dict(sources.starter)
    content |= {file: files[file].encode("utf-8", "replace") for file in exercise.files if file in files}
    for name, data in content.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def without_result(exercise: Exercise, hidden: Sequence[Check], outcome: Outcome, because: str = "") -> ExerciseReport:
    """A report in which no check was run."""
    points = None if outcome == "grader_error" else 0
    checks = tuple(
        CheckResult(one.name, one.title, outcome, points, one.points, because=because, hidden=one.hidden)
        for one in (*exercise.checks, *hidden)
    )
    return ExerciseReport(exercise.id, exercise.title, checks)


def _plain(text: str) -> list[str]:
    """The lines without what cannot be seen at their ends."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _without_path(result: CheckResult, folder: Path) -> CheckResult:
    """The same without the name of the temporary folder, which means nothing to anybody."""

    def short(text: str) -> str:
        return text.replace(f"{folder}/", "").replace(str(folder), folder.name)

    return replace(
        result,
        expected=short(result.expected),
        found=short(result.found),
        hint=short(result.hint),
        because=short(result.because),
    )
