"""The tables of AWS's page "Configuring how CloudWatch alarms treat missing data", whole."""

from __future__ import annotations

import pytest

from grader.cloud.cloudwatch.evaluation import Rule, judge

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEEP = "Retain current state"
NONE = "INSUFFICIENT_DATA"

THREE_OF_THREE = [
    ("0 - X - X", 0, ("OK", "OK", "OK", "OK")),
    ("0 - - - -", 2, ("OK", "OK", "OK", "OK")),
    ("- - - - -", 3, (NONE, KEEP, "ALARM", "OK")),
    ("0 X X - X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("- - X - -", 2, ("ALARM", KEEP, "ALARM", "OK")),
    # The page's text on premature transitions, and the row of its earlier edition.
    ("- - - - X", 2, (NONE, KEEP, "ALARM", "OK")),
    ("- - - X -", 2, (NONE, KEEP, "ALARM", "OK")),
    ("- - - X 0", 1, ("OK", "OK", "OK", "OK")),
    ("- - X - 0", 1, ("OK", "OK", "OK", "OK")),
    ("X - - - -", 2, ("ALARM", KEEP, "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0 0 X 0 X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0 - X - -", 1, ("OK", "OK", "ALARM", "OK")),
    ("- - - - 0", 2, ("OK", "OK", "ALARM", "OK")),
    ("- - - X -", 2, ("ALARM", KEEP, "ALARM", "OK")),
    ("- - - - X", 2, (NONE, KEEP, "ALARM", "OK")),
]
ROWS = [
    (points, filled, needed, treatment, state)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, filled, states in table
    for treatment, state in zip(TREATMENTS, states, strict=True)
]


def values(points: str) -> list[float | None]:
    return [{"0": 0.0, "X": 1.0, "-": None}[point] for point in points.split()]


@pytest.mark.parametrize(("points", "filled", "needed", "treatment", "state"), ROWS)
def test_missing_data_is_treated_as_aws_documents_it(
    points: str, filled: int, needed: int, treatment: str, state: str
) -> None:
    judged = judge(values(points), Rule("GreaterThanThreshold", 0.5, 3, needed, treatment))

    # AWS counts what must be filled before it looks at the one row with two points of three missing otherwise.
    assert (judged.state or KEEP, judged.filled) == (state, 3 - min(3, sum(p != "-" for p in points.split())))
    assert judged.filled == filled


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ],
)
def test_every_comparison_has_its_own_side(comparison: str, below: str, at: str, above: str) -> None:
    rule = Rule(comparison, 5, 1, 1)

    assert [judge([value], rule).state for value in (4.9, 5.0, 5.1)] == [below, at, above]


def test_only_the_last_points_are_judged() -> None:
    rule = Rule("GreaterThanThreshold", 0.5, 1, 1, "missing")

    assert judge([1.0, 1.0, 0.0], rule).state == "OK"
    assert judge([0.0, 1.0, None], rule).points == ((1, 1.0),)
