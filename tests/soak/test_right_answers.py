"""No right answer ever fails: each is judged five times, once of these by ``grader verify``; 200 times by a soak."""

from __future__ import annotations

from collections import Counter

import pytest

from grader.cloud.environment import isolation_level
from tests.soak.answers import right_cases, soak

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(isolation_level() < 2, reason="a function that crashes needs a process of its own"),
]

TIMES = 4


def test_right_answers_have_all_of_their_points_in_any_order_and_side_by_side() -> None:
    cases, judged = right_cases(), Counter[str]()
    failed = list(soak(cases, TIMES, workers=2, on_judged=lambda finding: judged.update([finding.subject])))
    assert failed == []
    assert judged == Counter(TIMES * [case.exercise.id for case in cases])
