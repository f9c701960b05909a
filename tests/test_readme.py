"""What the README promises is true: its code runs, its files exist, its commands are the program's."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from grader.grading.course import Course

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    example = doctest.DocTestParser().get_doctest(README, {}, "README.md", "README.md", 0)

    found = doctest.DocTestRunner().run(example, clear_globs=False)
    example.globs["cloud"].close()

    assert (found.failed, found.attempted) == (0, 5)


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README) + re.findall(r"^\| `([a-z/]+/)` \|", README, re.M)

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_table_counts_what_the_course_has() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| (\d+) \| finished \|", README, re.M)
    counted = {chapter.number: len(chapter.exercises) for chapter in Course.find(ROOT).chapters}

    assert {int(number): int(count) for number, count in rows} == counted


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))

    assert set(re.findall(r"(?:`|\$ )make ([a-z]+)\b", README)) <= targets
