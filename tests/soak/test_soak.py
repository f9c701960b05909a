"""Two thousand requests; ``make soak`` runs a hundred thousand."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud.environment import isolation_level
from tests.soak.run import Soak
from tests.soak.traffic import MIX, WANTED

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform != "linux", reason="counts processes in Linux's /proc"),
    pytest.mark.skipif(isolation_level() < 2, reason="a function that crashes needs a process of its own"),
]


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
