"""The guides in docs/ are true: their Python runs, their links lead somewhere."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

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
