"""The reference pages of the commands and the facts are what the program says today."""

from __future__ import annotations

import pytest

from grader.cli import COMMANDS
from grader.commands.pages import FOLDER, commands_page, facts_page, pages
from grader.facts import SOURCES, facts


@pytest.mark.parametrize("name", ["commands.md", "facts.md"])
def test_page_is_fresh(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == pages()[name], "Run: python -m grader.commands.pages"


def test_every_command_has_its_section() -> None:
    text = commands_page()

    assert [one.name for one in COMMANDS if f"\n## grader {one.name}\n" not in text] == []


def test_every_fact_stands_with_a_known_source_and_a_date() -> None:
    text = facts_page()

    assert [key for key in facts() if f"| `{key}` |" not in text] == []
    assert [fact.key for fact in facts().values() if fact.source not in SOURCES or len(fact.dated) != 7] == []
