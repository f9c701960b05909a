"""A process that looks for garbage seldom still ends as others do: what is written is in its file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_file_that_nobody_has_closed_is_written_at_the_end(tmp_path: Path) -> None:
    code = """
import gc, sys
from grader.garbage import YOUNG, look_seldom
look_seldom()
print(gc.get_threshold()[0] == YOUNG)
file = open(sys.argv[1], "w")
file.write("kept")
"""
    run = subprocess.run([sys.executable, "-c", code, tmp_path / "file"], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, (tmp_path / "file").read_text()) == (0, "True\n", "kept")
