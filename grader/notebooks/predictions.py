"""What the learner predicted, kept beside the record of progress so that it survives the kernel."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from grader.grading.course import Course
from grader.notebooks.places import work_folder


class Predictions:
    """The predictions of one learner, by question key.

    Parameters
    ----------
    file
        Where they are kept; by default ``work/predictions.json``, beside ``progress.json``.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or work_folder(Course.find()) / "predictions.json"

    def of(self, key: str) -> str | None:
        """The choice that was made last, or ``None``."""
        entry = self._read().get(key)
        return str(entry["choice"]) if isinstance(entry, dict) and "choice" in entry else None

    def keep(self, key: str, question: str, choice: str) -> None:
        """Remember a choice; the file is replaced in one step."""
        kept = {**self._read(), key: {"question": question, "choice": choice}}
        write_in_one_step(self.file, json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n")

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def write_in_one_step(file: Path, text: str) -> None:
    """Write text so that a reader sees the old or the new, never half of it."""
    write_bytes_in_one_step(file, text.encode())


def write_bytes_in_one_step(file: Path, data: bytes) -> None:
    """Write bytes so that a reader sees the old or the new, never half of them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
