"""Conditions joined by && and ||, with parentheses: the grammar that JSON and delimited patterns share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.cloud.logs.match import InvalidPattern

Test = Callable[[Any], bool]
MOST_NESTED = 50
_BLANK = re.compile(r"\s*")


@dataclass
class ConditionReader:
    """Reads ``a || b && (c || d)``; && binds tighter.

    Attributes
    ----------
    condition
        Reads one condition at a place of the text, and says where it ends.
    """

    text: str
    at: int
    condition: Callable[[int], tuple[Test, int]]
    depth: int = 0

    def either(self) -> Test:
        """Conditions joined by ``||``."""
        tests = [self._both()]
        while self.take("||"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda subject: any(test(subject) for test in tests)

    def take(self, sign: str) -> bool:
        """Go past blanks, and past ``sign`` if it is there."""
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def _both(self) -> Test:
        tests = [self._one()]
        while self.take("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda subject: all(test(subject) for test in tests)

    def _one(self) -> Test:
        if not self.take("("):
            test, self.at = self.condition(self.at)
            return test
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise InvalidPattern("The parentheses are nested too deeply.")
        test = self.either()
        if not self.take(")"):
            raise InvalidPattern("A parenthesis is not closed.")
        self.depth -= 1
        return test
