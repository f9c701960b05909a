"""Two thousand requests and a few right answers; ``make soak`` runs a hundred thousand, and all of them 200 times."""

from __future__ import annotations

import faulthandler
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud.environment import isolation_level
from tests.soak.answers import right_cases, soak
from tests.soak.run import Soak
from tests.soak.traffic import MIX, WANTED

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform != "linux", reason="counts processes in Linux's /proc"),
    pytest.mark.skipif(isolation_level() < 2, reason="a function that crashes needs a process of its own"),
]

SAMPLE_SEED = 6


@pytest.fixture
def watchdog() -> Iterator[None]:
    """Show where everybody stands, and end, when nothing moves any more."""
    faulthandler.dump_traceback_later(600, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.usefixtures("watchdog")
def test_nothing_hangs_is_lost_comes_twice_or_is_left_over(tmp_path: Path) -> None:
    soak = Soak(tmp_path, 2000)
    assert list(soak.run()) == [500, 1000, 1500, 2000]
    assert soak.problems() == []
    assert sum(soak.counts.values()) == 2000
    assert soak.counts.keys() == MIX.keys() == WANTED.keys()


@pytest.mark.usefixtures("watchdog")
def test_right_answers_have_all_of_their_points_in_any_order_and_side_by_side() -> None:
    cases = random.Random(SAMPLE_SEED).sample(right_cases(), 4)
    judged: list[str] = []
    failed = list(soak(cases, times=2, workers=2, on_judged=lambda finding: judged.append(finding.subject)))
    assert failed == []
    assert sorted(judged) == sorted(2 * [case.exercise.id for case in cases])
