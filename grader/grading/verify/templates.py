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
PATIENCE = 180
NAMES = ("template.yaml", "template.yml")


def verify_templates(root: Path, chapters: list[Chapter], workers: int, below: str = "") -> list[Finding]:
    """Ask sam about every template below the chapters' sources, or one folder of theirs.

    One that passed before is not asked again.
    """
    memory = root / MEMORY
    known = _remembered(memory)
    templates = [(chapter, path) for chapter in chapters for path in _templates(chapter, below)]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        found = list(pool.map(lambda pair: _verify(pair[0], pair[1], known), templates))
    valid = sorted({digest for finding, digest in found if finding.holds} | (known if below else set()))
    write_atomically(memory, json.dumps(valid) + "\n")
    return [finding for finding, _ in found]


def _verify(chapter: Chapter, path: Path, known: frozenset[str]) -> tuple[Finding, str]:
    text = path.read_text("utf-8")
    text = solution_text(text, path.name) if has_region(text) else text
    digest = hashlib.sha256(f"{importlib.metadata.version('aws-sam-cli')}\0{text}".encode()).hexdigest()[:24]
    problem = "" if digest in known else sam_problem(text)
    what = f"sam validate --lint {path.relative_to(chapter.folder)}"
    return Finding(chapter.stem, what, (problem,) if problem else ()), digest


def sam_problem(text: str) -> str:
    """What ``sam validate --lint`` says against a template; empty when nothing."""
    with tempfile.TemporaryDirectory(prefix="template-") as folder:
        path = Path(folder) / "template.yaml"
        path.write_text(text, "utf-8")
        command = [_sam(), "validate", "--lint", "--template", str(path), "--region", "us-east-1"]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, env=_environment(), check=False
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            return f"sam could not be asked: {problem}"
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()[-1500:].replace(f"{folder}/", "")


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


def _sam() -> str:
    beside = Path(sys.executable).with_name("sam")
    return str(beside) if beside.exists() else "sam"


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
