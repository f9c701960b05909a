"""Matching a pattern that a learner wrote, without letting it run for ever.

A regular expression can take longer than the sun will last (``(a+)+b``), and Python cannot interrupt one. A pattern
that is simple enough to be quick is matched here; any other in a child process that is stopped after a moment.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings

LIMIT_SECONDS = 2.0
_CHILD = (
    "import json, re, sys, warnings; warnings.simplefilter('ignore'); pattern, values = json.load(sys.stdin); "
    "print(int(all(re.fullmatch(pattern, value) for value in values)))"
)


class SlowPattern(Exception):
    """The pattern needs more time than it is given."""


def all_match(pattern: str, values: list[str]) -> bool:
    """Whether the whole of each value matches.

    Raises
    ------
    re.error
        When the pattern is no regular expression.
    SlowPattern
        When it takes more than two seconds.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(pattern)
        except (OverflowError, RecursionError) as error:
            raise re.error(str(error)) from error
    if is_quick(pattern):
        return all(compiled.fullmatch(value) for value in values)
    return _in_a_child(pattern, values)


def is_quick(pattern: str) -> bool:
    """Whether at most one thing is repeated and nothing has alternatives, so that there is nothing to try again."""
    return "|" not in pattern and sum(pattern.count(sign) for sign in "*+?{") <= 1


def _in_a_child(pattern: str, values: list[str]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=json.dumps([pattern, values]),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise SlowPattern(pattern) from error
    if done.returncode != 0:
        raise re.error(done.stderr.strip().rpartition("\n")[2] or "the pattern could not be used")
    return done.stdout.strip() == "1"
