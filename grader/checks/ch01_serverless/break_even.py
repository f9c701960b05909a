"""1.2: the number of requests at which a server becomes cheaper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.checks import CheckFailed, check, exercise, fail
from grader.checks.ch01_serverless.bill import ALLOWANCE, NO_ALLOWANCE, Prices, right_bill

ASKED = "asked"  # the checks ask one environment, one after the other
NO_SUCH_POINT = "When Lambda never becomes dearer there is no such number, however far one looks: return None."


def right_break_even(server: float, memory_mb: int, duration_ms: float, prices: Prices) -> int | None:
    """The first number of requests whose bill is above the server's price, found by halving."""

    def dearer(requests: int) -> bool:
        workload = {"requests": requests, "memory_mb": memory_mb, "duration_ms": duration_ms}
        return right_bill({**workload, "cold_share": 0, "init_ms": 0}, prices) > server

    low, high = 0, 10**15
    if not dearer(high):
        return None
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if dearer(middle) else (middle, high)
    return high


def is_a_tie(server: float, memory_mb: int, duration_ms: float, prices: Prices) -> bool:
    """Whether some number of requests costs what the server costs.

    Then the last digit of a float decides which number is the first dearer one, and two right formulas differ.
    """
    cheaper, dearer = server * (1 - 1e-12), server * (1 + 1e-12)
    points = {right_break_even(price, memory_mb, duration_ms, prices) for price in (cheaper, dearer)}
    return len(points) > 1


def judge_break_even(
    break_even: Callable[..., Any], server: float, memory: int, duration: float, prices: Prices
) -> None:
    """Compare with the right number, and name the near misses."""
    expected = right_break_even(server, memory, duration, prices)
    try:
        found = break_even(server, memory, duration, dict(prices))
    except CheckFailed as failure:
        hint = failure.hint or _failure_hint(failure.found, expected)
        fail(expected=failure.expected, found=failure.found, hint=hint)
    if found == expected and (found is None) == (expected is None) and not isinstance(found, float):
        return
    wanted = "None" if expected is None else f"{expected} requests"
    fail(
        expected=f"{wanted} for a server at ${server} a month, {memory} MB, {duration} ms",
        found=repr(found),
        hint=_break_even_hint(found, expected, server, memory, duration, prices),
    )


def _failure_hint(found: str, expected: int | None) -> str:
    if expected is None:
        return NO_SUCH_POINT
    if "timed out" in found:
        return "Do not try the numbers one by one: they go into the billions. Double, then halve the interval."
    return ""


def _break_even_hint(
    found: Any, expected: int | None, server: float, memory: int, duration: float, prices: Prices
) -> str:
    if expected is None:
        return NO_SUCH_POINT
    if found is not None and not isinstance(found, int):
        return "Requests come whole: return an int, the first one at which Lambda costs more."
    for ignored in (("free_requests", "free_gb_seconds"), ("free_requests",), ("free_gb_seconds",)):
        if found == right_break_even(server, memory, duration, {**prices, **dict.fromkeys(ignored, 0)}):
            return f"That ignores the free allowance ({', '.join(ignored)}), which comes before the first cent."
    if isinstance(found, int) and abs(found - expected) == 1:
        return "One off: at your number, is Lambda's bill above the server's price, and one request earlier not?"
    return "Try the number in monthly_bill: the first number of requests whose bill is above server_per_month."


@exercise(
    "1.2",
    "The break-even point",
    slug="1_2_break_even",
    files=["break_even.py"],
    minutes=15,
    hints=[
        "monthly_bill never falls when requests rise. So there is one point where it passes the server's price.",
        "You need not solve an equation with two allowances in it: find a number that is too high by doubling, "
        "then halve the interval between too low and too high.",
        "Keep two numbers: at `low` Lambda is not dearer, at `high` it is. Look in the middle, move one of them, "
        "and stop when they are neighbours; `high` is the answer. If no huge number is dearer, the answer is None.",
    ],
    passed="You found the point where reserved capacity wins. Below it idle time costs you nothing; above it, "
    "you would pay for flexibility that you may not need.",
    next="1.3",
)
class BreakEven:
    @check(points=1, shares=ASKED)
    def finds_the_point_without_an_allowance(function):
        """Without a free allowance the point is where price per request times requests passes the server."""
        break_even = function("break_even.break_even", timeout=2)
        judge_break_even(break_even, 49.5, 512, 121, NO_ALLOWANCE)
        judge_break_even(break_even, 4_000.0, 128, 1, NO_ALLOWANCE)  # some billions

    @check(points=2, needs=finds_the_point_without_an_allowance, shares=ASKED)
    def counts_the_allowance(function):
        """The free allowance moves the point up."""
        break_even = function("break_even.break_even", timeout=2)
        judge_break_even(break_even, 30.0, 512, 121, ALLOWANCE)
        odd = {**ALLOWANCE, "per_million_requests": 0.3}
        judge_break_even(break_even, 0.01, 128, 5, odd)  # requests leave their allowance before time does
        judge_break_even(break_even, 0.01, 10_240, 800, odd)  # and here time does before requests

    @check(points=1, shares=ASKED)
    def answers_the_first_dearer_request(function):
        """The answer is the first whole number at which Lambda is dearer: equal is not dearer."""
        only_requests = {**NO_ALLOWANCE, "per_million_requests": 1_000_000.0, "per_gb_second": 0.0}
        break_even = function("break_even.break_even", timeout=2)
        judge_break_even(break_even, 8.0, 128, 100, only_requests)
        judge_break_even(break_even, 0.5, 128, 100, only_requests)  # the very first one

    @check(points=1, shares=ASKED)
    def knows_when_there_is_no_such_point(function):
        """When Lambda costs nothing, no number of requests makes the server cheaper."""
        break_even = function("break_even.break_even", timeout=2)
        free_requests = {**NO_ALLOWANCE, "per_million_requests": 0.0}
        judge_break_even(break_even, 10.0, 128, 100, {**free_requests, "per_gb_second": 0.0})
        judge_break_even(break_even, 10.0, 192, 100, free_requests)  # time alone costs enough
