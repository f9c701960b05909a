"""The guides in docs/ are true: their Python runs, their links lead somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from grader.cli import parser

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDES = sorted(path for path in DOCS.rglob("*.md"))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_code_of_a_guide_runs(guide: Path) -> None:
    text = guide.read_text("utf-8")
    example = doctest.DocTestParser().get_doctest(text, {}, guide.name, str(guide), 0)

    found = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(example)

    assert found.failed == 0


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_links_of_a_guide_lead_somewhere(guide: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", guide.read_text("utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:)([^)#:\s]+)[^)]*\)", prose)

    assert [target for target in targets if not (guide.parent / target).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_tests_that_a_guide_names_are_there(guide: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", guide.read_text("utf-8"))

    assert [f"{file}::{test}" for file, test in named if not is_there(DOCS.parent / file, test)] == []


def is_there(file: Path, test: str) -> bool:
    """Whether there is such a file, with such a test in it."""
    return file.is_file() and (not test or f"\ndef {test}(" in file.read_text("utf-8"))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_commands_of_a_guide_are_ones_that_grader_knows(guide: Path) -> None:
    blocks = re.findall(r"^ *```console\n(.*?)^ *```$", guide.read_text("utf-8"), re.M | re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip().startswith("$ grader ")]
    lines = [part for line in lines for part in line.removeprefix("$ ").split(" && ") if part.startswith("grader ")]

    assert [line for line in lines if not is_known(shlex.split(line, comments=True)[1:])] == []


def is_known(words: list[str]) -> bool:
    """Whether ``grader`` takes these words."""
    try:
        parser().parse_args(words)
    except SystemExit:
        return False
    return True
