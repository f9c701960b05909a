"""The clock of ``grader serve`` is this machine's own."""

from __future__ import annotations

import threading
import time

import pytest

from grader.cloud.running_clock import RunningClock


def test_it_shows_the_time_and_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = RunningClock()
    now = time.time()
    assert abs(clock.timestamp() - now) < 60

    monkeypatch.setattr(time, "time", lambda: now + 500)
    later = clock.timestamp()
    monkeypatch.setattr(time, "time", lambda: now - 500)
    assert clock.timestamp() == later == now + 500


def test_what_is_due_in_a_moment_happens_while_it_advances() -> None:
    clock = RunningClock()
    fired: list[str] = []
    clock.on_idle(lambda: clock.fire_due() and None)
    clock.after(0.02, lambda: fired.append("soon"))
    clock.after(3600, lambda: fired.append("late"))

    started = time.monotonic()
    clock.advance(0.05)

    assert fired == ["soon"]
    assert time.monotonic() - started >= 0.05


def test_it_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="never goes back"):
        RunningClock().advance(-1)


def test_a_new_timer_wakes_whoever_waits() -> None:
    clock = RunningClock()
    woken = threading.Event()

    def wait() -> None:
        clock.wait(600)
        woken.set()

    threading.Thread(target=wait, daemon=True).start()
    while not woken.wait(0.01):
        clock.after(0, lambda: None)


def test_it_says_how_long_until_the_next_timer() -> None:
    clock = RunningClock()
    assert clock.until_next(5) == 5
    clock.after(2, lambda: None)
    assert 1 < clock.until_next(5) <= 2
    clock.after(-9, lambda: None)
    assert clock.until_next(5) == 0
