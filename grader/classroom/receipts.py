"""What is remembered of a download: which entry became whose submission, so that feedback and dates find their way.

The file lies beside the class's grades and not in the submissions: nothing of a student's is asked who somebody is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.errors import CourseError
from grader.grading.files import write_atomically

FOLDER = "collected"
SCHEMA = 1


@dataclass(frozen=True)
class Receipt:
    """One submission that was taken out of a download.

    Attributes
    ----------
    kind
        ``canvas`` or ``moodle``.
    entry
        The entry's name in the download.
    handed_in
        When it was handed in, ISO 8601 with a zone; None when the LMS does not say it.
    is_late
        What the LMS says; None when it does not.
    """

    kind: str
    entry: str
    lms: str
    handed_in: str | None = None
    is_late: bool | None = None


def receipts_file(root: Path, chapter: str) -> Path:
    """Where the receipts of a chapter lie."""
    return root / FOLDER / f"{chapter}.json"


def read_receipts(root: Path, chapter: str) -> dict[str, Receipt]:
    """The receipts of a chapter by student; empty when nothing was collected from an LMS.

    Raises
    ------
    CourseError
        When the file is not as ``write_receipts`` leaves it.
    """
    path = receipts_file(root, chapter)
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text("utf-8"))
        assert data["schema"] == SCHEMA
        return {student: Receipt(**receipt) for student, receipt in data["submissions"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
        raise CourseError("The receipts of a download are damaged.", str(path), "Collect the download again.") from None


def write_receipts(root: Path, chapter: str, receipts: Mapping[str, Receipt]) -> None:
    """Keep the receipts of a chapter."""
    submissions = {student: asdict(receipt) for student, receipt in sorted(receipts.items())}
    text = json.dumps({"schema": SCHEMA, "submissions": submissions}, indent=1)
    write_atomically(receipts_file(root, chapter), text + "\n")
