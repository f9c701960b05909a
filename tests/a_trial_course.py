"""A small course of its own for the tests: two exercises that need no cloud, one of them with hidden checks."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from grader.grading.course import Course

CHECKS = '''
"""Chapter 5, a trial."""
import os, time
from grader.checks import check, exercise, expect, fail

@exercise("5.1", "Name a number", slug="5_1_number", files=["number.txt", "note.txt"], minutes=5,
          hints=["Think of one.", "Between 6 and 8.", "It is not 8."], passed="You can count.", next="5.2")
class Number:
    @check(points=1)
    def has_a_number(folder):
        """The file holds a number."""
        text = (folder / "number.txt").read_text().strip()
        if text == "die": os._exit(7)
        if text == "last words": os.write(2, b"the end\\n"); os._exit(7)
        if text == "hang": time.sleep(60)
        if text == "ours": raise KeyError("ours")
        expect(text, hint="Digits only.", where="number.txt line 1").matches(r"\\d+", "digits")

    @check(points=2, needs=has_a_number)
    def is_seven(folder):
        """The number is seven."""
        expect(int((folder / "number.txt").read_text()), hint="Days of a week.").equals(7)

@exercise("5.2", "Say <b>hello</b>", slug="5_2_hello", files=["hello.txt"], minutes=5, hints=["a", "b", "c"])
class Hello:
    @check(points=1)
    def greets(folder):
        """It greets."""
        expect((folder / "hello.txt").read_text()).contains("hello")
'''
HIDDEN = '''
from grader.checks import check, expect, hidden

@hidden("5.1")
class NumberHidden:
    @check(points=1, needs="has_a_number")
    def note_is_short(folder, rng):
        """The note is short."""
        expect(len((folder / "note.txt").read_text())).is_at_most(20)
'''
FILES = {
    "pyproject.toml": '[project]\nname = "trial"\nversion = "1.2"\n[tool.grader]\nchecks = "checks"\n',
    "checks/ch05_trial.py": CHECKS,
    "solutions/ch05_trial/hidden_checks.py": HIDDEN,
    "solutions/ch05_trial/chapter.md": "---\ntitle: A trial\nminutes: 10\n---\n",
    "solutions/ch05_trial/5_1_number/number.txt": "### BEGIN SOLUTION\n7\n### END SOLUTION\n",
    "solutions/ch05_trial/5_1_number/note.txt": "my note\n",
    "solutions/ch05_trial/5_2_hello/hello.txt": "hello\n",
    "solutions/ch05_trial/5_2_hello/given.txt": "given\n",
    "solutions/ch05_trial/5_2_hello/starter/hello.txt": "goodbye\n",
}
STEM = "ch05_trial"


def trial_course(root: Path) -> Course:
    """The trial course in a folder of its own."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    return Course.find(root)


def write_notebook(path: Path, number: str, hello: str = "hello") -> Path:
    """A notebook that answers both exercises."""
    cells = [
        {"cell_type": "code", "source": f"%%writefile 5_1_number/number.txt\n{number}\n"},
        {"cell_type": "code", "source": "%%writefile 5_1_number/note.txt\nmine\n"},
        {"cell_type": "code", "source": f"%%writefile 5_2_hello/hello.txt\n{hello}\n"},
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    return path
