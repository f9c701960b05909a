"""From data points to an alarm's state, missing data included: the rules of CloudWatch's page on missing data.

CloudWatch looks at more points than it judges, so that a gap need not be filled when older real points are there. How
many more it does not say; its examples look at five for three, and so do we.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
MORE_POINTS = 2
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@dataclass(frozen=True)
class Rule:
    """What an alarm compares.

    Attributes
    ----------
    needed
        DatapointsToAlarm: so many of the last ``periods`` points must breach.
    treatment
        TreatMissingData.
    """

    comparison: str
    threshold: float
    periods: int
    needed: int
    treatment: str = "missing"

    @property
    def range(self) -> int:
        """How many points are looked at."""
        return self.periods + MORE_POINTS

    def breaches(self, value: float) -> bool:
        """Whether a value is over the threshold, in the rule's sense of over."""
        return OPERATORS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Judgement:
    """What an evaluation came to.

    Attributes
    ----------
    state
        None: the alarm stays as it is.
    points
        The real points that were judged, newest first: how many periods ago, and the value.
    filled
        How many missing points were filled in.
    """

    state: State | None
    points: tuple[tuple[int, float], ...]
    filled: int


def judge(values: Sequence[float | None], rule: Rule) -> Judgement:
    """Judge the points of an evaluation range.

    Parameters
    ----------
    values
        One for each period, the newest last; None is missing.
    """
    real = [(age, value) for age, value in enumerate(reversed(values)) if value is not None][: rule.periods]
    breaching = sum(rule.breaches(value) for _, value in real)
    filled = rule.periods - len(real)
    return Judgement(_state(real, breaching, filled, rule), tuple(real), filled)


def _state(real: list[tuple[int, float]], breaching: int, filled: int, rule: Rule) -> State | None:
    if filled and rule.treatment == "breaching":
        breaching += filled
    if breaching >= rule.needed:
        return "ALARM"
    unsure = filled > 0 and rule.treatment in ("missing", "ignore") and breaching == len(real)
    if not unsure:
        return "OK"
    if rule.treatment == "ignore":
        return None
    # AWS: an alarm goes off, however few points there are, when the oldest is as old as DatapointsToAlarm demands and
    # nothing after it is well.
    return "ALARM" if real and real[-1][0] + 1 >= rule.needed else "INSUFFICIENT_DATA"
