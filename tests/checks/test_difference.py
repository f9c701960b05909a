"""Long values that differ: in words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checks import expect
from grader.checks.difference import difference
from grader.checks.failure import CheckFailed

IDS = [f"{number:08}-aaaa-bbbb" for number in range(12)]
TEXT = "once upon a time there was a handler that nobody called, " * 3


@pytest.mark.parametrize(
    ("found", "wanted", "words"),
    [
        ([1, 2], [1, 3], ""),
        (IDS[1:], IDS, f"missing: '{IDS[0]}'"),
        ([*IDS, IDS[3]], IDS, f"too many: '{IDS[3]}'"),
        (IDS[::-1], IDS, "all are there, in another order"),
        ([*IDS[5:], "x"], IDS, f"missing: {', '.join(map(repr, IDS[:3]))} and 2 more; too many: 'x'"),
        (["x"] * 1000, IDS * 100, "1,000 elements in the place of 1,200"),
        (["x"] * 1200, IDS * 100, ""),
        ([True] * 40, [1] * 40, "missing: 1, 1, 1 and 37 more; too many: True, True, True and 37 more"),
        ({"a": IDS, "b": 1}, {"a": IDS, "c": 2}, "missing: 'c'; too many: 'b'"),
        ({"a": IDS[1:], "b": 1}, {"a": IDS, "b": 1}, "otherwise: 'a'"),
        (TEXT + "x", TEXT, "it goes on with 'x'"),
        (TEXT[:-2], TEXT, "it ends before ', '"),
        ("a" * 100 + "b", "a" * 100 + "c", f"character 101 differs: '{'a' * 20}b' in the place of '{'a' * 20}c'"),
        (TEXT, IDS, ""),
        (None, IDS * 3, ""),
    ],
)
def test_how_two_values_differ(found: Any, wanted: Any, words: str) -> None:
    assert difference(found, wanted) == words


def test_a_failure_says_it_after_what_was_found() -> None:
    with pytest.raises(CheckFailed) as failed:
        expect(IDS[1:], what="the requests").equals(IDS)
    assert failed.value.found == f"{IDS[1:]!r} (missing: '{IDS[0]}')"
