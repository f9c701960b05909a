"""Trying an attack for real, and what came of it: points, the host, and whoever comes next."""

from __future__ import annotations

import ast
import dataclasses
import functools
import json
from dataclasses import dataclass
from pathlib import Path

from grader.grading.client import AnswerZygote
from grader.grading.course import Course
from grader.grading.report import ExerciseReport
from tests.attacks.attempts import (
    APP,
    DESERVE_SOME,
    NEVER_LAID_DOWN,
    NOSY,
    PRETENDING,
    ROOT,
    SOLUTION,
    WORTHLESS,
    telling,
)

# Where only an attack would write.
TRACKS = ("/tmp/owned-by-yaml", "/tmp/owned-by-pickle", "/tmp/course", "/tmp/f")
RIGHT = {"answers_with_json", "says_that_it_is_json", "only_listens_to_get"}  # some forge only the id
ALL = (*sorted(WORTHLESS), *sorted(NOSY), *sorted(PRETENDING), *sorted(NEVER_LAID_DOWN))


@dataclass(frozen=True)
class Tried:
    """What came of one attempt; all three are empty when it was withstood.

    Attributes
    ----------
    undeserved
        What it earned without deserving it.
    effects
        What it read or changed outside, or what of the grader's inside came to light.
    stopped
        Why the class would not be graded to its end.
    """

    name: str
    undeserved: str = ""
    effects: str = ""
    stopped: str = ""


def attempt(zygote: AnswerZygote, name: str) -> Tried:
    """Try one attack of ``attempts``, by its name."""
    if name in WORTHLESS:
        return _try_worthless(zygote, name)
    if name in NOSY:
        return _try_nosy(zygote, name)
    return _try_pretending(zygote, name) if name in PRETENDING else _try_extra_file(zygote, name)


def next_one(zygote: AnswerZygote, mark: str) -> str:
    """Judge the answer that works, as the next of the class; why it did not have all of its points, or nothing."""
    report = judge(zygote, {"app.py": f"{APP}\n# {mark}\n"})
    return "" if report.score == report.max_score else f"the right answer after {mark}: {text(report)[:500]}"


def judge(zygote: AnswerZygote, files: dict[str, str], id: str = "3.1") -> ExerciseReport:
    """The report with hidden checks on an answer that works but for these files."""
    chapter, exercise = Course.find(ROOT).exercise(id)
    return zygote.judge(chapter, exercise, {**_solution(id), **files}, hidden=True).report


def text(report: ExerciseReport) -> str:
    """Everything that a report says."""
    return json.dumps(dataclasses.asdict(report))


def tracks() -> str:
    """What an attack has written on this machine."""
    return ", ".join(name for name in TRACKS if Path(name).exists())


def _try_worthless(zygote: AnswerZygote, name: str) -> Tried:
    report = judge(zygote, WORTHLESS[name])
    earned = {check.name for check in report.checks if check.points}
    undeserved = sorted(earned - (RIGHT if name in DESERVE_SOME else set()))
    words = text(report)
    effects = [*[word for word in ("Traceback", "site-packages") if word in words], tracks()]
    effects += ["a report without bounds"] if len(words) >= 200_000 else []
    stopped = "" if report.score is not None else words[:500]
    return Tried(name, ", ".join(undeserved), ", ".join(filter(None, effects)), stopped)


def _try_nosy(zygote: AnswerZygote, name: str) -> Tried:
    program, forbidden = NOSY[name]
    patient = SOLUTION["template.yaml"].replace("Timeout: 5", "Timeout: 60")  # to look everywhere takes its time
    report = judge(zygote, {"app.py": telling(program), "template.yaml": patient})
    first = report.first_failure
    if report.score is None or first is None:
        return Tried(name, "all points" if first is None else "", tracks(), "" if first else "no score")
    found = ast.literal_eval(first.found)["found"]
    is_hidden = found.startswith("refused: ") or forbidden not in found
    return Tried(name, "", tracks() if is_hidden else f"found {found[:300]}")


def _try_pretending(zygote: AnswerZygote, name: str) -> Tried:
    _, id, files = PRETENDING[name]
    report = judge(zygote, files, id)
    if report.score is None:
        return Tried(name, stopped=text(report)[:500])
    return Tried(name, "all points" if report.score >= report.max_score else "", tracks())


def _try_extra_file(zygote: AnswerZygote, name: str) -> Tried:
    """The file is not laid down, so the answer that works has its points."""
    report = judge(zygote, {name: "raise SystemExit('taken over')\n"})
    return Tried(name, "", tracks(), "" if report.score == report.max_score else text(report)[:500])


@functools.cache
def _solution(id: str) -> dict[str, str]:
    if id == "3.1":
        return SOLUTION
    chapter, exercise = Course.find(ROOT).exercise(id)
    return {name: chapter.sources(exercise).solution[name].decode() for name in exercise.files}
