"""The regular expressions of filter patterns, in time that grows with the text and not with its square.

CloudWatch Logs knows no groups, so an expression is alternatives of repeated characters. Python's own ``re`` would take
hours over ``%a*a*a*a*b%`` and a long line; here the alternatives become one automaton, whose steps are remembered.
AWS: "Supported regular expressions (regex) syntax" of the filter pattern page.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from grader.cloud.logs.match import NOTHING_EXTRACTED, InvalidPattern, Match

CharacterTest = Callable[[str], bool]

SYMBOLS = frozenset("_#=@/;,-: ")
OPERATORS = frozenset("^$?[]{}|\\*+.")
PLAIN = frozenset(string.ascii_letters + string.digits) | SYMBOLS
MOST_REPETITIONS = 255
MOST_STATES = 2000
_CLASSES: dict[str, CharacterTest] = {
    "d": lambda one: one in string.digits,
    "s": lambda one: one in string.whitespace,
    "w": lambda one: one == "_" or one in string.ascii_letters or one in string.digits,
}


@dataclass(frozen=True)
class Item:
    """One character test, repeated ``least`` to ``most`` times; no most is any number."""

    test: CharacterTest
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True)
class Branch:
    """One alternative."""

    items: tuple[Item, ...]
    at_start: bool
    at_end: bool


@dataclass
class RegularExpression:
    """A compiled expression."""

    source: str
    _steps: list[CharacterTest | None] = field(default_factory=list)
    _skips: list[tuple[int, ...]] = field(default_factory=list)
    _known: dict[tuple[frozenset[int], str], frozenset[int]] = field(default_factory=dict)
    _anywhere: frozenset[int] = frozenset()
    _start: frozenset[int] = frozenset()
    _ends: frozenset[int] = frozenset()
    _ends_only_at_end: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        for branch in parse(self.source):
            self._add(branch)

    def match(self, message: str) -> Match | None:
        """The expression as a filter pattern of its own."""
        return NOTHING_EXTRACTED if self.found_in(message) else None

    def found_in(self, text: str) -> bool:
        """Whether some part of ``text`` matches."""
        states = self._start
        for character in text:
            if states & self._ends:
                return True
            states = self._next(states, character)
        return bool(states & (self._ends | self._ends_only_at_end))

    def _add(self, branch: Branch) -> None:
        first = len(self._steps)
        for item in branch.items:
            self._add_item(item)
        last = self._state(None)
        if len(self._steps) > MOST_STATES:
            raise InvalidPattern(f"%{self.source}% is too long.")
        entry = self._reached(first)
        self._start |= entry
        if not branch.at_start:
            self._anywhere |= entry
        if branch.at_end:
            self._ends_only_at_end |= {last}
        else:
            self._ends |= {last}

    def _state(self, test: CharacterTest | None, *skips: int) -> int:
        self._steps.append(test)
        self._skips.append(skips)
        return len(self._steps) - 1

    def _add_item(self, item: Item) -> None:
        for _ in range(item.least):
            self._state(item.test)
        if item.most is None:  # a state that is entered again after each character, or left at once
            here = len(self._steps)
            self._state(item.test, here + 2)
            self._state(None, here, here + 2)
        else:
            beyond = len(self._steps) + item.most - item.least
            for _ in range(item.most - item.least):
                self._state(item.test, beyond)

    def _reached(self, state: int) -> frozenset[int]:
        found, waiting = {state}, [state]
        while waiting:
            for further in self._skips[waiting.pop()]:
                if further not in found:
                    found.add(further)
                    waiting.append(further)
        return frozenset(found)

    def _next(self, states: frozenset[int], character: str) -> frozenset[int]:
        key = (states, character)
        if key not in self._known:
            reached = set(self._anywhere)
            for state in states:
                test = self._steps[state]
                if test is not None and test(character):
                    reached |= self._reached(state + 1)
            if len(self._known) > 5_000:  # a text of many different characters must not fill the memory
                self._known.clear()
            self._known[key] = frozenset(reached)
        return self._known[key]


def parse(source: str) -> list[Branch]:
    """The alternatives of an expression.

    Raises
    ------
    InvalidPattern
        In one sentence, what CloudWatch Logs does not take.
    """
    reader = _Reader(source)
    branches = [reader.branch()]
    while reader.take("|"):
        branches.append(reader.branch())
    return branches


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        if not source:
            raise InvalidPattern("%% holds no expression.")
        self._check_characters()

    def _check_characters(self) -> None:
        for one in self.source:
            if one in "()":
                raise InvalidPattern(f"%{self.source}%: parentheses are not supported in regular expressions.")
            if one not in PLAIN and one not in OPERATORS:
                raise InvalidPattern(f"%{self.source}%: the character {one!r} is not supported.")

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def take(self, wanted: str) -> bool:
        if self.peek() == wanted and wanted:
            self.at += 1
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.source):
            raise InvalidPattern(f"%{self.source}% ends too early.")
        self.at += 1
        return self.source[self.at - 1]

    def branch(self) -> Branch:
        """Up to the next ``|``."""
        at_start = self.take("^")
        items: list[Item] = []
        at_end = False
        while self.peek() not in ("", "|"):
            if self.take("$"):
                at_end = True
                if self.peek() not in ("", "|"):
                    raise InvalidPattern(f"%{self.source}%: $ stands at the end.")
                break
            items.append(self._repeated(self._character()))
        return Branch(tuple(items), at_start, at_end)

    def _character(self) -> CharacterTest:
        one = self.next()
        if one == ".":
            return lambda _: True
        if one == "[":
            return self._bracketed()
        if one == "\\":
            return self._escaped()
        if one in OPERATORS and one not in "]}":
            raise InvalidPattern(f"%{self.source}%: {one} has nothing before it.")
        return one.__eq__

    def _escaped(self) -> CharacterTest:
        one = self.next()
        if one.lower() in _CLASSES:
            known = _CLASSES[one.lower()]
            return known if one.islower() else lambda character: not known(character)
        if one == "x":
            return self._hexadecimal().__eq__
        if one in OPERATORS or one in SYMBOLS:
            return one.__eq__
        raise InvalidPattern(f"%{self.source}%: \\{one} is not supported.")

    def _hexadecimal(self) -> str:
        digits = self.next() + self.next()
        try:
            return chr(int(digits, 16))
        except ValueError as fault:
            raise InvalidPattern(f"%{self.source}%: \\x wants two hexadecimal digits.") from fault

    def _bracketed(self) -> CharacterTest:
        negated = self.take("^")
        tests = list(self._members())
        return lambda one: any(test(one) for test in tests) != negated

    def _members(self) -> Iterator[CharacterTest]:
        first = True
        while first or self.peek() != "]":
            first = False
            if self.take("\\"):
                yield self._escaped()
                continue
            low = self.next()
            if self.peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                yield _between(low, self.next())
            else:
                yield low.__eq__
        self.next()

    def _repeated(self, test: CharacterTest) -> Item:
        if self.take("?"):
            return Item(test, 0, 1)
        if self.take("*"):
            return Item(test, 0, None)
        if self.take("+"):
            return Item(test, 1, None)
        return Item(test, *self._counted()) if self.take("{") else Item(test)

    def _counted(self) -> tuple[int, int | None]:
        inside, closed, rest = self.source[self.at :].partition("}")
        least, comma, most = inside.partition(",")
        numbers = [one for one in (least, most) if one]
        if not closed or not least or not all(one.isdigit() and int(one) <= MOST_REPETITIONS for one in numbers):
            raise InvalidPattern(f"%{self.source}%: {{{inside} is no number of repetitions.")
        self.at = len(self.source) - len(rest)
        if comma and not most:
            return int(least), None
        if int(most or least) < int(least):
            raise InvalidPattern(f"%{self.source}%: {{{inside}}} ends below its beginning.")
        return int(least), int(most or least)


def _between(low: str, high: str) -> CharacterTest:
    if high < low:
        raise InvalidPattern(f"[{low}-{high}] is the wrong way round.")
    return lambda one: low <= one <= high
