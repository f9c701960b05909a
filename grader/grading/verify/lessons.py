"""A lesson's text: all parts are there, every idea is taught, numbers are facts, pictures have words, links lead on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from grader.facts import FACT, facts
from grader.grading.course import Chapter
from grader.grading.verify.coverage import verify_coverage
from grader.grading.verify.finding import Finding
from grader.grading.verify.shape import verify_shape

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_SUBSTITUTED = re.compile(r"\{(fact|eg):([^{}]*)\}")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)[^)]*\)")
_UNITS = (
    "ms|s|seconds?|minutes?|hours?|days?|weeks?|months?|years?|[KMGT]i?B|bytes?|vCPUs?|%|percent|cents?|dollars?"
    "|million|requests? (?:per|a) second|characters"
)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?<![\w.,/-])(?:\$\s?{_DIGITS}|{_DIGITS}(?:[ \u00a0\u202f]|-)?(?:{_UNITS})(?!\w)"
    rf"|(?:{_MONTHS}) (?:\d{{1,2}}, )?(?:19|20)\d\d|[Pp]ython ?3\.\d+)"
)


def verify_lesson(chapter: Chapter) -> list[Finding]:
    """Look at one chapter's text; a chapter without a text has none to be wrong."""
    path = chapter.folder / "chapter.md"
    if not path.is_file():
        return [Finding(chapter.stem, "lesson", ("there is no chapter.md",))]
    text = path.read_text("utf-8")
    prose = _prose(text)
    return [
        verify_shape(chapter, text),
        verify_coverage(chapter),
        Finding(chapter.stem, "numbers come from facts", tuple(_number_problems(prose))),
        Finding(chapter.stem, "facts exist", tuple(_fact_problems(prose))),
        Finding(chapter.stem, "pictures have words", tuple(_picture_problems(prose, chapter))),
        Finding(chapter.stem, "links lead somewhere", tuple(_link_problems(prose, chapter))),
    ]


def _prose(text: str) -> str:
    """The text with everything else blanked, so that line numbers stay."""
    for pattern in (_FRONT_MATTER, _FENCE, _COMMENT):
        text = pattern.sub(lambda match: "\n" * match[0].count("\n"), text)
    return text


def _number_problems(prose: str) -> Iterator[str]:
    for number, line in enumerate(prose.splitlines(), start=1):
        plain = _LINK.sub(" ", _CODE.sub(" ", _SUBSTITUTED.sub(" ", line)))
        for match in _NUMBER.finditer(plain):
            yield f"line {number}: {match[0]!r} is neither {{fact:…}} nor {{eg:…}}"


def _fact_problems(prose: str) -> Iterator[str]:
    for number, line in enumerate(prose.splitlines(), start=1):
        for match in _SUBSTITUTED.finditer(line):
            if match[1] == "fact" and match[2].partition("|")[0] not in facts():
                yield f"line {number}: there is no fact {match[2]!r}"
            if match[1] == "eg" and not match[2].strip():
                yield f"line {number}: an empty example"
        for match in FACT.finditer(line):
            if _says_unit_twice(match, line):
                yield f"line {number}: {match[0]} brings its unit, and the text says it again"


def _says_unit_twice(match: re.Match[str], line: str) -> bool:
    unit = facts()[match[1]].unit if match[1] in facts() and not match[2] else ""
    return bool(unit) and re.match(rf"[\s-]*{re.escape(unit)}\b", line[match.end() :]) is not None


def _picture_problems(prose: str, chapter: Chapter) -> Iterator[str]:
    for number, line in enumerate(prose.splitlines(), start=1):
        for match in _IMAGE.finditer(line):
            if len(match[1].strip()) < 8:
                yield f"line {number}: the picture {match[2]} needs words that say what it shows"
            if not _leads_somewhere(match[2], chapter):
                yield f"line {number}: there is no picture {match[2]}"
        if "<img" in line and not re.search(r'alt="[^"]{8,}"', line):
            yield f"line {number}: an <img> without words"


def _link_problems(prose: str, chapter: Chapter) -> Iterator[str]:
    for number, line in enumerate(prose.splitlines(), start=1):
        for match in _LINK.finditer(line):
            if not _leads_somewhere(match[1], chapter):
                yield f"line {number}: the link {match[1]} leads nowhere"


def _leads_somewhere(target: str, chapter: Chapter) -> bool:
    path = target.partition("#")[0]
    if not path or re.match(r"[a-z]+:", target):
        return True
    course = chapter.course
    built = course.generated if chapter.stem == "index" else course.generated / chapter.stem
    return any(_is_file(folder / path) for folder in (chapter.folder, built))


def _is_file(path: Path) -> bool:
    return path.resolve().exists()
