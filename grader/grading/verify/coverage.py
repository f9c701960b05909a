"""What a chapter must teach, where it teaches it, and where its numbers come from.

``solutions/<stem>/teaches.toml`` holds the ideas, in our own words; ``<!-- teaches: key, key -->`` in ``chapter.md``
says in which section they are taught. A mark alone proves little, so each idea also names words that stand there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.errors import CourseError
from grader.facts import EXAMPLE, FACT, Fact, facts
from grader.grading.course import Chapter
from grader.grading.verify.finding import Finding
from grader.grading.verify.sections import Section, section_at, sections_of

TEACHES = "teaches.toml"
_MARK = re.compile(r"^<!--\s*teaches:\s*(.*?)\s*-->\s*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Idea:
    """One thing that a chapter must teach.

    Attributes
    ----------
    words
        They must stand in a section that teaches it, in any case of letters.
    """

    key: str
    idea: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Taught:
    """An idea and the sections that are marked to teach it."""

    idea: Idea
    sections: tuple[Section, ...]

    @property
    def missing_words(self) -> tuple[str, ...]:
        """The idea's words that stand in none of its sections."""
        said = " ".join(_as_read(section.text) for section in self.sections)
        return tuple(word for word in self.idea.words if _as_read(word) not in said)


@dataclass(frozen=True)
class Number:
    """A fact that a lesson prints, and where."""

    fact: Fact
    section: str
    line: int


@dataclass(frozen=True)
class Coverage:
    """One chapter's text against what it must teach."""

    stem: str
    text: str
    ideas: tuple[Idea, ...]

    @cached_property
    def sections(self) -> list[Section]:
        """The sections of the text."""
        return sections_of(self.text)

    @cached_property
    def marks(self) -> Mapping[str, tuple[Section, ...]]:
        """The marked sections by the key of their idea."""
        found: dict[str, tuple[Section, ...]] = {}
        for match in _MARK.finditer(self.text):
            section = section_at(self.sections, _line_at(self.text, match.start()))
            for key in filter(None, re.split(r"[,\s]+", match[1])):
                found[key] = (*found.get(key, ()), *([section] if section else []))
        return found

    @property
    def taught(self) -> tuple[Taught, ...]:
        """Every idea with its sections."""
        return tuple(Taught(idea, self.marks.get(idea.key, ())) for idea in self.ideas)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every fact that the text prints, in its order."""
        return tuple(self._numbers())

    def _numbers(self) -> Iterator[Number]:
        for match in FACT.finditer(self.text):
            if match[1] in facts():
                line = _line_at(self.text, match.start())
                section = section_at(self.sections, line)
                yield Number(facts()[match[1]], section.heading if section else "", line)


def coverage_of(chapter: Chapter) -> Coverage:
    """Read a chapter's ideas and its text.

    Raises
    ------
    CourseError
        When ``teaches.toml`` is missing or does not say what it must.
    """
    return Coverage(chapter.stem, (chapter.folder / "chapter.md").read_text("utf-8"), _ideas(chapter))


def verify_coverage(chapter: Chapter) -> Finding:
    """Whether a chapter teaches every idea of its list, and marks no other; the start page has no list."""
    what = "every idea is taught"
    if not chapter.number:
        return Finding(chapter.stem, what)
    try:
        return Finding(chapter.stem, what, tuple(_problems(coverage_of(chapter))))
    except CourseError as refused:
        return Finding(chapter.stem, what, (str(refused),))


def _problems(coverage: Coverage) -> Iterator[str]:
    for taught in coverage.taught:
        key = taught.idea.key
        if not taught.sections:
            yield f"{key} is taught nowhere ({taught.idea.idea}): write it, with <!-- teaches: {key} --> at its heading"
        elif taught.missing_words:
            places = ", ".join(section.heading for section in taught.sections)
            yield f"{key} should be taught in {places!r}, which lacks the words {', '.join(taught.missing_words)}"
    for key in coverage.marks:
        if key not in {idea.key for idea in coverage.ideas}:
            yield f"<!-- teaches: {key} --> marks an idea that {TEACHES} does not have"


def _ideas(chapter: Chapter) -> tuple[Idea, ...]:
    path = chapter.folder / TEACHES
    where = f"{chapter.stem}/{TEACHES}"
    if not path.is_file():
        raise CourseError("The chapter has no list of what it teaches.", where, "See docs/authoring.md, Coverage.")
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise CourseError(f"The list is not TOML: {problem}", where) from problem
    return tuple(_idea(key, table, where) for key, table in tables.items())


def _idea(key: str, table: object, where: str) -> Idea:
    if not isinstance(table, dict) or set(table) != {"idea", "words"} or not table["words"]:
        raise CourseError(f"{key} needs an idea and words, and nothing else.", where)
    return Idea(key, str(table["idea"]), tuple(map(str, table["words"])))


def _as_read(text: str) -> str:
    """The text as a learner reads it, in small letters on one line: numbers put in, comments and emphasis gone."""
    known = FACT.sub(lambda match: facts()[match[1]].text if match[1] in facts() else " ", text)
    shown = EXAMPLE.sub(r"\1", re.sub(r"<!--.*?-->", " ", known, flags=re.DOTALL))
    return " ".join(re.sub(r"[*`_\"']", "", shown).split()).casefold()


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
