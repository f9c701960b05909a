"""``grader handout``: which files it writes, and what it refuses."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from grader.cli import main


def run(*arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    status = main(["handout", *arguments], Console(file=said, width=200, color_system=None))
    return status, said.getvalue()


def test_a_chapter_is_written_as_html_and_when_asked_as_pdf(tmp_path: Path) -> None:
    status, said = run("index", "--pdf", "--instructor", "-o", str(tmp_path))

    assert status == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["index.instructor.html", "index.instructor.pdf"]
    assert said.count("written  ") == 2
    assert "Instructor&#39;s edition" in (tmp_path / "index.instructor.html").read_text("utf-8")


def test_several_chapters_are_several_handouts(tmp_path: Path) -> None:
    run("index", "3", "-o", str(tmp_path))

    assert sorted(file.name for file in tmp_path.iterdir()) == ["ch03_web_service.learner.html", "index.learner.html"]


def test_a_plan_is_one_handout_with_its_timetable(tmp_path: Path) -> None:
    run("--plan", "half-day", "-o", str(tmp_path))

    assert "09:00–09:15" in (tmp_path / "half-day.learner.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("99",), "There is no chapter '99'"),
        (("--plan", "week"), "There is no plan 'week'"),
        (("3", "--plan", "half-day"), "A plan names its chapters itself"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_words(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    status, said = run(*arguments, "-o", str(tmp_path))

    assert (status, list(tmp_path.iterdir())) == (2, [])
    assert words in said
