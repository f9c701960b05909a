"""A failure shows where in the learner's handler its request ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from grader.checks.evidence import with_evidence
from grader.checks.failure import CheckFailed, Location

OLD = '[ERROR] OSError: x\nTraceback (most recent call last):\n  File "/var/task/old.py", line 1, in f\n    pass'
NEW = (
    "[ERROR] KeyError: 'y'\nTraceback (most recent call last):\n"
    '  File "/var/task/app.py", line 9, in lambda_handler\n    return greet(event)\n'
    '  File "/var/task/greeting.py", line 4, in greet\n    return x["y"]\n'
)


def cloud_with(*messages: tuple[float, str]) -> Any:
    events = [SimpleNamespace(timestamp=at, message=message) for at, message in messages]
    functions = {"Functions": [{"FunctionName": "hello"}]}
    client = SimpleNamespace(list_functions=lambda: functions)
    return SimpleNamespace(client=lambda service: client, logs=lambda name: events)


def failed(gate: str | None, where: Location | None = None) -> CheckFailed:
    broken = SimpleNamespace(name=gate) if gate else None
    return CheckFailed("200", "502", where=where, trace=SimpleNamespace(first_broken=broken))


def test_a_request_that_broke_in_the_handler_shows_the_error_and_the_learners_lines() -> None:
    failure = with_evidence(failed("handler"), cloud_with((2, NEW), (1, OLD), (3, "REPORT")))
    assert failure.where == Location("greeting.py", 4, "greet")
    assert failure.found == (
        "502\n  KeyError: 'y'\n  app.py line 9, lambda_handler: return greet(event)\n"
        '  greeting.py line 4, greet: return x["y"]'
    )


def test_an_error_that_the_function_logged_itself_shows_its_lines_alone() -> None:
    logged = OLD.replace("[ERROR] OSError: x", "[ERROR]\t2026-11-01T00:00:00.000Z\t1\tsaving failed")
    assert with_evidence(failed("handler"), cloud_with((1, logged))).found == "502\n  old.py line 1, f: pass"


@pytest.mark.parametrize("gate", [None, "permission"])
def test_a_request_that_broke_elsewhere_is_left_alone(gate: str | None) -> None:
    assert with_evidence(failed(gate), cloud_with((2, NEW))).found == "502"


def test_an_error_that_the_check_named_is_not_said_twice() -> None:
    failure = failed("handler")
    failure.found = "502: KeyError: 'y'"
    assert with_evidence(failure, cloud_with((1, NEW))).found.count("KeyError") == 1


def test_a_line_that_the_check_names_stays() -> None:
    place = Location("template.yaml", 3)
    assert with_evidence(failed("handler", place), cloud_with((2, NEW))).where == place


def test_without_logs_the_failure_stands() -> None:
    for cloud in (None, cloud_with(), SimpleNamespace()):
        assert with_evidence(failed("handler"), cloud).found == "502"
