"""Write the reference pages, or with ``--check`` say which ones are not fresh."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.cloud import Cloud
from grader.cloud.reference import api_operations, resource_types

FOLDER = Path("docs", "reference")


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    with Cloud() as cloud:
        operations = api_operations.page(cloud.door.services)
    return {"resource-types.md": resource_types.page(), "api-operations.md": operations}


def main(arguments: list[str]) -> int:
    """Run; 0 when the pages are fresh, 1 when ``--check`` found one that is not."""
    stale = [name for name, text in pages().items() if not _is_fresh(FOLDER / name, text)]
    for name in stale:
        print(f"{'stale' if '--check' in arguments else 'written'}  {FOLDER / name}")
    if "--check" in arguments:
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


def _is_fresh(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
