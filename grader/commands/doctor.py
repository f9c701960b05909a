"""What this machine has and lacks, for ``grader doctor``."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import shutil
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from grader.errors import CourseError
from grader.grading.course import Course

OLDEST = (3, 11)
PROJECT = "running-serverless"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's.

    Attributes
    ----------
    is_needed
        Whether the course cannot be used without it.
    """

    name: str
    text: str
    is_good: bool
    is_needed: bool = False

    @property
    def mark(self) -> str:
        """``✓``, ``✗`` for what is needed, ``–`` for what would be nice."""
        return "✓" if self.is_good else "✗" if self.is_needed else "–"

    @property
    def style(self) -> str:
        """The colour of the mark."""
        return "green" if self.is_good else "bold red" if self.is_needed else "yellow"


def findings(start: Path | None = None) -> list[Finding]:
    """Everything worth saying, what is needed first."""
    return [
        _python(),
        _course(start),
        _packages("learner's packages", None, is_needed=True),
        _packages("teacher's packages", "class"),
        _size(),
        *_isolation(),
        _program("sam", "builds and deploys in the lessons"),
        _program("git", "brings new versions of the course"),
        _browser(),
        Finding("processors", str(os.cpu_count() or 1), is_good=True),
    ]


def proof(found: list[Finding]) -> str:
    """One line that a participant sends to the trainer: ready or not, on what, and what is missing.

    The last word is a checksum against slips of the hand; it is no secret.
    """
    level = next(
        (one.text.split()[1] for one in found if one.name == "isolation" and one.text.startswith("level")), "0"
    )
    missing = [one.name.replace(" ", "-") for one in found if one.is_needed and not one.is_good]
    version = ".".join(map(str, sys.version_info[:2]))
    words = [
        "RS1",
        "ready" if not missing else f"lacks:{','.join(missing)}",
        f"{platform.system() or 'unknown'}-{platform.machine() or 'unknown'}",
        f"py{version}",
        f"isolation{level}",
        f"cpu{os.cpu_count() or 1}",
    ]
    line = " ".join(words)
    return f"{line} {hashlib.sha256(line.encode()).hexdigest()[:6]}"


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    text = f"{version} on {platform.system()} {platform.machine()}"
    return Finding("Python", text, sys.version_info >= OLDEST, is_needed=True)


def _course(start: Path | None) -> Finding:
    try:
        course = Course.find(start)
        chapters = len([chapter for chapter in course.chapters if chapter.exercises])
        return Finding(
            "course", f"{course.root}, version {course.version}, {chapters} chapters with exercises", True, True
        )
    except CourseError as problem:
        return Finding("course", problem.what, is_good=False, is_needed=True)


def _packages(name: str, extra: str | None, is_needed: bool = False) -> Finding:
    wanted = _requirements(extra)
    missing = [str(requirement) for requirement in wanted if not _is_installed(requirement)]
    text = f"missing or too old: {', '.join(missing)}" if missing else f"all {len(wanted)} are here"
    return Finding(name, text, not missing, is_needed)


def _requirements(extra: str | None) -> list[Requirement]:
    try:
        texts = importlib.metadata.requires(PROJECT) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    requirements = [Requirement(text) for text in texts]
    base = [one for one in requirements if one.marker is None or one.marker.evaluate({"extra": ""})]
    if extra is None:
        return base
    return [one for one in requirements if one not in base and one.marker and one.marker.evaluate({"extra": extra})]


def _is_installed(requirement: Requirement) -> bool:
    try:
        return importlib.metadata.version(requirement.name) in requirement.specifier
    except importlib.metadata.PackageNotFoundError:
        return False


def _size() -> Finding:
    """The size on disk of every package that is installed beside ours, from their own records."""
    seen = 0
    count = 0
    for distribution in importlib.metadata.distributions():
        count += 1
        record = distribution.read_text("RECORD") or ""  # path,hash,size
        seen += sum(int(size) for line in record.splitlines() if (size := line.rpartition(",")[2]))
    return Finding("environment", f"{count} packages, {seen / 1e6:,.0f} MB, in {sys.prefix}", is_good=True)


def _isolation() -> list[Finding]:
    from grader.cloud.environment import isolation_level, isolation_report

    try:
        level = isolation_level()
    except Exception as problem:  # whatever a strange machine answers, the doctor must not fall ill
        return [Finding("isolation", f"no execution environment starts here: {problem}", False, is_needed=True)]
    meaning = {3: "a class can be graded safely", 2: "a class can be graded", 1: "for your own answers only"}
    lines = [Finding("isolation", f"level {level} of 3: {meaning[level]}", level >= 2)]
    return lines + [Finding("  ", line, line.endswith("works")) for line in isolation_report()]


def _program(name: str, purpose: str) -> Finding:
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    return Finding(name, found or f"not found; it {purpose}", found is not None)


def _browser() -> Finding:
    try:
        return Finding("browser", webbrowser.get().__class__.__name__, is_good=True)
    except webbrowser.Error:
        return Finding("browser", "none found; open the address that grader learn prints", is_good=False)
