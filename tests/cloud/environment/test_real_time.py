"""Environments of ``grader serve``: time passes by itself, and the timeout is one of this machine's seconds."""

import json
import time

from .conftest import ask


def test_sleeping_takes_as_long_as_it_says(bench):
    source = """
        import time
        def handler(event, context):
            before = time.time()
            time.sleep(0.05)
            return [time.time() - before, before]
    """
    started = time.time()
    outcome = bench.outcome(source, real_time=True)
    slept, began = json.loads(outcome.payload)

    assert 0.05 <= slept <= time.time() - started
    assert started <= began <= time.time()
    assert outcome.duration_ms >= 50


def test_an_alarm_ends_it_at_its_timeout(bench):
    source = """
        import time
        def handler(event, context):
            if event == "sleep": time.sleep(600)
            while event == "work": pass
            return context.get_remaining_time_in_millis()
    """
    environment = bench.environment(source, real_time=True, timeout_s=0.4)
    first, last = (environment.invoke(ask(event)) for event in ("neither", "sleep"))
    working = bench.outcome(source, "work", real_time=True, timeout_s=0.4)

    assert 300 < int(first.payload) <= 401
    assert [outcome.status for outcome in (last, working)] == ["timeout", "timeout"]
    assert [outcome.duration_ms for outcome in (last, working)] == [400, 400]
    assert b"Task timed out after 0.40 seconds" in last.payload


def test_the_alarm_of_one_event_does_not_ring_during_the_next(bench):
    source = """
        import time
        def handler(event, context):
            time.sleep(0.25)
    """
    environment = bench.environment(source, real_time=True, timeout_s=0.4)

    assert [environment.invoke(ask()).status for _ in range(3)] == ["ok", "ok", "ok"]
