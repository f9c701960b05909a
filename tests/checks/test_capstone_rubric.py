"""The capstone's rubric, which a teacher reads, is what its checks do."""

from __future__ import annotations

import re
from pathlib import Path

from grader.checks.ch13_deployment_options import Capstone

FOLDER = Path(__file__).resolve().parents[2] / "solutions" / "ch13_deployment_options" / "13_6_capstone"
ROW = re.compile(r"^\| (?P<points>\d+) \| \*\*(?P<area>[^:]+):\*\* (?P<line>.+) \| `(?P<name>\w+)` \|$", re.MULTILINE)


def test_the_rubric_has_a_line_for_each_check_with_its_points() -> None:
    rows = ROW.finditer((FOLDER / "SPECIFICATION.md").read_text("utf-8"))

    assert [(row["name"], int(row["points"]), f"{row['area']}: {row['line']}") for row in rows] == [
        (check.name, check.points, check.title) for check in Capstone.checks
    ]


def test_the_rubric_adds_up() -> None:
    assert f"| **{Capstone.points:g}** | together | |" in (FOLDER / "SPECIFICATION.md").read_text("utf-8")


def test_four_checkpoints_come_one_after_the_other() -> None:
    areas = [check.title.partition(":")[0] for check in Capstone.checks]

    assert list(dict.fromkeys(areas)) == ["Front door", "Pipeline", "Safety", "Operations"]
    assert areas == sorted(areas, key=list(dict.fromkeys(areas)).index)
