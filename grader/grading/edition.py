"""What judges an answer, in names and fingerprints: where two editions are equal, so are the verdicts."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable
from pathlib import Path

import grader
from grader.grading.course import Chapter

LIBRARIES = ("moto", "boto3", "botocore", "aws-sam-translator", "cfn-lint", "pytest")
CODE = (".py", ".json", ".toml", ".yaml")  # prices are TOML, and checks add up bills
LENGTH = 16

Edition = dict[str, str]


def edition_of(chapter: Chapter, hidden: bool) -> Edition:
    """Everything but the answer and the seed that a verdict on a chapter depends on.

    Returns
    -------
    Versions and fingerprints by a name that a person understands; plain text, to be sent and compared.
    """
    return {
        **_of_the_grader(),
        "course": chapter.course.version,
        f"checks of {chapter.stem}": chapter.course.checks_digest(chapter, hidden),
        f"starting files of {chapter.stem}": _starting_files(chapter),
    }


def differences(here: Edition, there: Edition) -> list[str]:
    """What is not the same, one sentence part each; empty when the editions are equal."""
    return [
        f"{name}: {there.get(name, 'nothing')} there, {here.get(name, 'nothing')} here"
        for name in dict.fromkeys((*here, *there))
        if here.get(name) != there.get(name)
    ]


@functools.cache
def _of_the_grader() -> Edition:
    """Python, the libraries that AWS is made of, and the grader's own code as this process found it."""
    libraries = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"Python": f"{sys.version_info.major}.{sys.version_info.minor}", **libraries, "grader": _code_digest()}


def _code_digest() -> str:
    root = Path(grader.__file__).parent
    return _digest((path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted(root.rglob("*"))
                   if path.suffix in CODE and path.is_file())  # fmt: skip


def _starting_files(chapter: Chapter) -> str:
    return _digest(
        (f"{exercise.slug}/{name}", data)
        for exercise in chapter.exercises
        for name, data in sorted(chapter.sources(exercise).starter.items())
    )


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in files:
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:LENGTH]
