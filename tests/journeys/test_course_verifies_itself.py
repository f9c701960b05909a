"""The course tests itself: every starter, solution, wrong and other right answer, every lesson, every template."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.journey
def test_the_course_holds_what_it_promises() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "grader", "verify"], cwd=ROOT, capture_output=True, text=True, timeout=2700, check=False
    )

    complaints = [line for line in found.stderr.splitlines() if not line.startswith("judging answers: ")]
    assert (found.returncode, complaints[-20:]) == (0, []), found.stdout[-6000:]
