"""``[ip, user, ..., status = 4*, bytes > 1000]``: the words of a message, by place.

AWS: "Using filter patterns to match terms in space-delimited log events".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.cloud.logs.comparison import read_comparison
from grader.cloud.logs.conditions import ConditionReader, Test
from grader.cloud.logs.match import MOST_EXPRESSIONS, Found, InvalidPattern, Match

# What stands in brackets or quotation marks is one word.
WORD = re.compile(r'\[(?P<bracketed>[^\]]*)\](?=\s|$)|"(?P<quoted>[^"]*)"(?=\s|$)|(?P<plain>\S+)')
NAME = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)")
ELLIPSIS = "..."


@dataclass(frozen=True)
class Word:
    """One word of a message, and where it begins."""

    text: str
    start: int


@dataclass(frozen=True)
class Place:
    """One entry of the pattern: a name, and what its word must be."""

    name: str = ""
    test: Test | None = None

    def accepts(self, word: str) -> bool:
        """Whether the word satisfies the entry's condition."""
        return self.test is None or self.test(word)


@dataclass(frozen=True)
class DelimitedPattern:
    """Entries before and after the ellipsis; without one the last entry takes the rest of the line."""

    before: tuple[Place, ...]
    after: tuple[Place, ...]
    open: bool

    def match(self, message: str) -> Match | None:
        words = words_of(message)
        if not self.open and len(words) > len(self.before):
            last = words[len(self.before) - 1]
            words = [*words[: len(self.before) - 1], Word(message[last.start :].rstrip(), last.start)]
        named = len(self.before) + len(self.after)
        if len(words) < named or (not self.open and len(words) != named):
            return None
        places = (*self.before, *(Place() for _ in words[named:]), *self.after)
        if not all(place.accepts(word.text) for place, word in zip(places, words, strict=True)):
            return None
        return WordMatch(_named(places, words), words)


@dataclass(frozen=True)
class WordMatch(Found):
    """A message that matched; every word can be read by its number as well."""

    words: Sequence[Word]

    def value(self, reference: str) -> str | float | None:
        number = reference.removeprefix("$")
        if number.isdigit() and 0 < int(number) <= len(self.words):
            return self.words[int(number) - 1].text
        return self.extracted.get(reference)


def _named(places: Sequence[Place], words: Sequence[Word]) -> Mapping[str, str]:
    pairs = zip(places, words, strict=True)
    return {f"${place.name or number}": word.text for number, (place, word) in enumerate(pairs, 1)}


def words_of(message: str) -> list[Word]:
    """The words of a message."""
    found = []
    for match in WORD.finditer(message):
        text = match["bracketed"] if match["bracketed"] is not None else match["quoted"]
        found.append(Word(match["plain"] if text is None else text, match.start()))
    return found


def parse_delimited(text: str) -> DelimitedPattern:
    """Read ``[ … ]``.

    Raises
    ------
    InvalidPattern
    """
    reader = _PlaceReader(text)
    entries = reader.entries()
    if [entry for entry in entries if entry == ELLIPSIS][1:]:
        raise InvalidPattern("A pattern has at most one ellipsis (...).")
    names = [entry.name for entry in entries if isinstance(entry, Place) and entry.name]
    if len(set(names)) < len(names):
        raise InvalidPattern("Two fields have the same name.")
    if not entries:
        return DelimitedPattern((), (), open=True)
    cut = entries.index(ELLIPSIS) if ELLIPSIS in entries else len(entries)
    before = tuple(entry for entry in entries[:cut] if isinstance(entry, Place))
    after = tuple(entry for entry in entries[cut + 1 :] if isinstance(entry, Place))
    return DelimitedPattern(before, after, open=cut < len(entries))


class _PlaceReader:
    """Reads the entries between the brackets."""

    def __init__(self, text: str) -> None:
        self.text, self.name = text, ""
        self.expressions = 0
        self.conditions = ConditionReader(text, 1, self._condition)

    def entries(self) -> list[Place | str]:
        """Every entry; the ellipsis as it is."""
        found: list[Place | str] = []
        if not self.conditions.take("]"):
            found.append(self._entry())
            while self.conditions.take(","):
                found.append(self._entry())
            if not self.conditions.take("]"):
                raise InvalidPattern(f"{self.text[self.conditions.at :] or 'The end'} comes where , or ] must stand.")
        if self.conditions.at != len(self.text):
            raise InvalidPattern(f"{self.text[self.conditions.at :]} comes after the closing bracket.")
        if self.expressions > MOST_EXPRESSIONS:
            raise InvalidPattern(f"A pattern has at most {MOST_EXPRESSIONS} regular expressions.")
        return found

    def _entry(self) -> Place | str:
        reader = self.conditions
        if reader.take(ELLIPSIS):
            return ELLIPSIS
        reader.take("")
        if self.text[reader.at : reader.at + 1] in (",", "]"):
            return Place()
        self.name, end = self._read_name(reader.at)
        if self.text[end:].lstrip()[:1] in (",", "]"):
            reader.at = end
            return Place(self.name)
        return Place(self.name, reader.either())

    def _condition(self, at: int) -> tuple[Test, int]:
        name, at = self._read_name(at)
        if name != self.name:
            raise InvalidPattern(f"A condition on {name} stands in the place of {self.name}.")
        comparison, at = read_comparison(self.text, at)
        self.expressions += comparison.regular is not None
        return comparison.holds, at

    def _read_name(self, at: int) -> tuple[str, int]:
        name = NAME.match(self.text, at)
        if name is None:
            raise InvalidPattern(f"{self.text[at:] or 'The end'} comes where the name of a field must stand.")
        return name["name"], name.end()
