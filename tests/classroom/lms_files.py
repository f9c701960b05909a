"""Class lists and downloads as Canvas and Moodle make them, for the tests."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

CHAPTER = "ch03_web_service"
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Chapter 3 (901),Current Score
    Points Possible,,,,,30,(read only)
"Lovelace, Ada",1001,S-1,ada,Monday,,
"Hopper, Grace",1002,S-2,grace,Monday,,
"=cmd|calc, Eve",1003,S-3,eve,Monday,,
"Student, Test",,,,Monday,,
"""
MOODLE = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),\
Last modified (grade),Feedback comments
Participant 501,Ada Lovelace,ada@example.edu,Submitted,-,100.00,Yes,"Tuesday, 3 November 2026, 10:30 AM",-,
Participant 502,Grace Hopper,grace@example.edu,No submission,-,100.00,Yes,-,-,
"""


def write_zip(path: Path, files: Mapping[str, bytes | str]) -> Path:
    """An archive of plain files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_link(path: Path, name: str, target: str) -> None:
    """Add a symbolic link to an archive."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, target)
