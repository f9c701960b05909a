"""Every template of the course passes ``sam validate --lint``: sam's own command, remembered by content."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.grading.course import Chapter
from grader.grading.files import write_atomically
from grader.grading.sources import has_region, solution_text
from grader.grading.verify.finding import Finding

MEMORY = "build/valid-templates.json"
PATIENCE = 900
NAMES = ("template.yaml", "template.yml")


def verify_templates(root: Path, chapters: list[Chapter], workers: int, below: str = "") -> list[Finding]:
    """Ask sam about every template below the chapters' sources, or one folder of theirs.

    One that passed before is not asked again.
    """
    memory = root / MEMORY
    templates = [(chapter, path, _text(path)) for chapter in chapters for path in _templates(chapter, below)]
    known = _remembered(memory)
    unknown = list(dict.fromkeys(text for _, _, text in templates if _digest(text) not in known))
    problems = dict(zip(unknown, sam_problems(unknown, workers), strict=True))
    valid = {_digest(text) for _, _, text in templates if not problems.get(text)} | (known if below else set())
    write_atomically(memory, json.dumps(sorted(valid)) + "\n")
    return [_finding(chapter, path, problems.get(text, "")) for chapter, path, text in templates]


def _finding(chapter: Chapter, path: Path, problem: str) -> Finding:
    what = f"sam validate --lint {path.relative_to(chapter.folder)}"
    return Finding(chapter.stem, what, (problem,) if problem else ())


def _text(path: Path) -> str:
    text = path.read_text("utf-8")
    return solution_text(text, path.name) if has_region(text) else text


def _digest(text: str) -> str:
    return hashlib.sha256(f"{importlib.metadata.version('aws-sam-cli')}\0{text}".encode()).hexdigest()[:24]


def sam_problems(texts: list[str], workers: int = 1) -> list[str]:
    """What ``sam validate --lint`` says against each template; empty when nothing."""
    shares = [texts[first::workers] for first in range(workers)]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        said = list(pool.map(_problems_of_share, shares))
    return [said[number % workers][number // workers] for number in range(len(texts))]


def _problems_of_share(texts: list[str]) -> list[str]:
    """One sam for all of them."""
    if not texts:
        return []
    with tempfile.TemporaryDirectory(prefix="templates-") as folder:
        paths = [Path(folder) / str(number) / "template.yaml" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.parent.mkdir()
            path.write_text(text, "utf-8")
        said = _ask_sam(folder, paths)
    return [said[str(path)][-1500:].replace(f"{path.parent}/", "") for path in paths]


def _ask_sam(folder: str, paths: list[Path]) -> dict[str, str]:
    """By path what sam says against it; what it did not come to is a problem too."""
    command = [sys.executable, "-m", "grader.grading.verify.sam_validate", *map(str, paths)]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, env=_environment(), check=False
        )
        said, why = done.stdout, done.stderr.strip()[-600:]
    except (OSError, subprocess.TimeoutExpired) as problem:
        said, why = "", str(problem)
    told = {one["template"]: one["problem"] for one in map(json.loads, said.splitlines())}
    return {str(path): told.get(str(path), f"sam could not be asked: {why}") for path in paths}


def _templates(chapter: Chapter, below: str) -> Iterator[Path]:
    """Every template; a starter that is to be mended need not be valid."""
    for name in NAMES:
        for path in sorted((chapter.folder / below).rglob(name)):
            if not {"starter", ".aws-sam"}.intersection(path.relative_to(chapter.folder).parts):
                yield path


def _remembered(path: Path) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(path.read_text("utf-8"))))
    except (OSError, ValueError, TypeError):
        return frozenset()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_COLOR": "1",
    }
