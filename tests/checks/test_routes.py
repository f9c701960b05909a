"""What exercise 12.2 draws at random can always be judged."""

from __future__ import annotations

import re
from random import Random

from grader.checks.ch12_robust.router import any_routes


def test_no_route_that_is_drawn_has_two_parameters_of_one_name() -> None:
    drawn = [route for seed in range(300) for route in any_routes(Random(seed))]
    named = [re.findall(r"\{(\w+)\}", route) for route in drawn]
    assert [names for names in named if len(names) != len(set(names))] == []
    assert {len(names) for names in named} == {0, 1, 2, 3}
