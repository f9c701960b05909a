"""Cutting starting files from finished ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.sources import (
    ExerciseSources,
    SourceError,
    has_region,
    language_of,
    read_sources,
    solution_regions,
    solution_text,
    starter_text,
)

TEXT = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n\n\nx = 2\n"


def test_python_keeps_a_stub_at_the_markers_indentation() -> None:
    assert starter_text(TEXT) == "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()\n\n\nx = 2\n"


def test_yaml_keeps_a_comment() -> None:
    text = "Resources:\n  ### BEGIN SOLUTION\n  A: 1\n\n  B: 2\n  ### END SOLUTION\n"
    assert starter_text(text, "yaml") == "Resources:\n  # YOUR TEMPLATE HERE\n"
    assert solution_text(text) == "Resources:\n  A: 1\n\n  B: 2\n"
    assert solution_regions(text) == ["  A: 1\n\n  B: 2\n"]


def test_the_solution_is_the_text_without_its_markers() -> None:
    assert solution_text(TEXT) == "def f():\n    return 1\n\n\nx = 2\n"


def test_text_without_markers_stays() -> None:
    assert (solution_text("a\r\nb"), starter_text("a\r\nb"), has_region("a\nb")) == ("a\r\nb", "a\r\nb", False)


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("### BEGIN SOLUTION\nx\n", "never ends", 1),
        ("x\n### END SOLUTION\n", "never began", 2),
        ("### BEGIN SOLUTION\nx\n### BEGIN SOLUTION\ny\n### END SOLUTION\n", "inside another", 3),
        ("x\n### BEGIN SOLUTION\n### END SOLUTION\n", "is empty", 2),
        ("### BEGIN SOLUTION\n\n  \n### END SOLUTION\n", "is empty", 1),
        ("x\n## BEGIN SOLUTION\n", "misspelt", 2),
        ("x = 1  ### END SOLUTION\n", "misspelt", 1),
    ],
)
def test_markers_that_are_not_in_order_are_refused_with_the_line(text: str, what: str, line: int) -> None:
    with pytest.raises(SourceError, match=what) as refusal:
        starter_text(text, where="app.py")
    assert refusal.value.where == f"app.py line {line}"


def test_languages_follow_from_names() -> None:
    assert [language_of(name) for name in ("app.py", "template.yaml", "x.yml", "a.txt")] == [
        "python",
        "yaml",
        "yaml",
        "text",
    ]


def test_a_folder_is_read_with_its_starters(tmp_path: Path) -> None:
    folder = tmp_path / "5_1_number"
    for name, content in {
        "app.py": TEXT,
        "given.bin": "\x00",
        "lib/mod.py": "y = 1\n",
        "broken.py": "z = 2\n",
        "starter/broken.py": "z = 1\n",
        "__pycache__/x.pyc": "no",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    given = {"given.bin": b"\x00", "lib/mod.py": b"y = 1\n"}
    assert read_sources(folder) == ExerciseSources(
        solution={**given, "app.py": solution_text(TEXT).encode(), "broken.py": b"z = 2\n"},
        starter={**given, "app.py": starter_text(TEXT).encode(), "broken.py": b"z = 1\n"},
    )


def test_agrees_with_nbgraders_own_cut() -> None:
    nbgrader = pytest.importorskip("nbgrader.preprocessors")
    from nbformat.v4 import new_code_cell

    cell = new_code_cell(TEXT.rstrip("\n"))
    assert nbgrader.ClearSolutions()._replace_solution_region(cell, "python")
    assert cell.source == starter_text(TEXT).rstrip("\n")
