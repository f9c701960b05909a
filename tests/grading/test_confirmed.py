"""Facts are compared with what installed packages state."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.facts import Fact, facts
from grader.grading.verify.confirmed import verify_facts

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"


def problems(value: str, unit: str = "", **confirm: str) -> tuple[str, ...]:
    [finding] = verify_facts([Fact("a.fact", value, unit, confirm=confirm)], SOLUTIONS)
    return finding.problems


def test_every_fact_that_a_package_states_is_as_it_states() -> None:
    found = verify_facts(facts().values(), SOLUTIONS)
    assert len(found) > 20
    assert [finding for finding in found if not finding.holds] == []


@pytest.mark.parametrize(
    ("right", "wrong", "unit", "confirm", "says"),
    [
        ("128", "129", "MB", {"botocore": "lambda MemorySize", "limit": "min"}, "has the min 128"),
        (
            "3",
            "4",
            "seconds",
            {"botocore": "lambda CreateFunctionRequest.Timeout", "says": "The default is {text}"},
            "The default is 3 seconds",
        ),
        ("python3.13", "python2.9", "", {"botocore": "lambda Runtime", "has": "{value}"}, "does not know python2.9"),
        ("31 October 2026", "1 May 2026", "", {"runtime": "python3.10", "date": "deprecated"}, "31 October 2026"),
        ("5", "6", "", {"schema": "AWS::Lambda::Function", "at": "properties/Layers/maxItems"}, "schema says 5"),
        ("6", "7", "", {"sam": "ch03_web_service/demo_ping/template.yaml"}, "makes 6 resources"),
        ("1.170", "1.17", "", {"version": "aws-sam-cli"}, "is installed"),
    ],
)
def test_a_package_confirms_the_right_value_and_no_other(
    right: str, wrong: str, unit: str, confirm: dict[str, str], says: str
) -> None:
    assert problems(right, unit, **confirm) == ()
    [told] = problems(wrong, unit, **confirm)
    assert told.startswith(f"facts.toml says {wrong}") and says in told


@pytest.mark.parametrize(
    "confirm",
    [
        {"elsewhere": "x"},
        {"botocore": "lambda NoSuchShape", "limit": "min"},
        {"botocore": "lambda MemorySize", "limit": "middle"},
        {"runtime": "python1.0", "date": "deprecated"},
        {"version": "no-such-package"},
        {"sam": "ch03_web_service/no_such_template.yaml"},
    ],
)
def test_what_cannot_be_looked_up_is_a_problem(confirm: dict[str, str]) -> None:
    assert "could not be looked up" in problems("1", **confirm)[0]
