"""Terms: texts that a message must contain (``ERROR``), may contain (``?ERROR ?WARN``) or must not (``-health``)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.cloud.logs.match import NOTHING_EXTRACTED, InvalidPattern, Match

TERM = re.compile(r'\s*(?P<sign>[?-]?)(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s"]+))(?=\s|$)')
WORD = re.compile(r"^\w+$")


@dataclass(frozen=True)
class Terms:
    """Texts of which a message must contain all, at least one, and none."""

    all: tuple[str, ...]
    any: tuple[str, ...]
    none: tuple[str, ...]

    def match(self, message: str) -> Match | None:
        """Nothing is extracted from a message that matches."""
        if any(term not in message for term in self.all) or any(term in message for term in self.none):
            return None
        return NOTHING_EXTRACTED if not self.any or any(term in message for term in self.any) else None


def parse_terms(text: str) -> Terms:
    """Read terms; words of other than letters, digits and ``_`` must be quoted, or AWS refuses them.

    Raises
    ------
    InvalidPattern
    """
    found: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        term = TERM.match(text, at)
        if term is None:
            raise InvalidPattern(f"The quotation marks in {text[at:].strip()} do not fit together.")
        found[term["sign"]].append(_term(term))
        at = term.end()
    optional = () if found[""] or found["-"] else found["?"]  # AWS ignores ? beside other terms
    return Terms(tuple(found[""]), tuple(optional), tuple(found["-"]))


def _term(term: re.Match[str]) -> str:
    if term["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", term["quoted"])
    word = str(term["word"])
    if not WORD.match(word):
        raise InvalidPattern(f"Invalid character(s) in term '{word}'")
    return word
