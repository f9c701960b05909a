"""1.1: the monthly bill."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail

ASKED = "asked"  # the checks ask one environment, one after the other

# A price list that exists nowhere: who types a real price into the code is found out at once.
NO_ALLOWANCE = {"per_million_requests": 0.4, "per_gb_second": 0.00002, "free_requests": 0, "free_gb_seconds": 0}
ALLOWANCE = {**NO_ALLOWANCE, "free_requests": 1_000_000, "free_gb_seconds": 400_000}
STEADY = {"requests": 3_300_000, "memory_mb": 512, "duration_ms": 120, "cold_share": 0.0, "init_ms": 0.0}

Workload = Mapping[str, Any]
Prices = Mapping[str, float]
NO_PRICES: Prices = {}


def right_bill(
    workload: Workload,
    prices: Prices,
    *,
    rounding: Callable[[float], float] = math.ceil,
    step_ms: int = 1,
    init: bool = True,
    handler_of_cold: bool = True,
    cold_as_warm_too: bool = False,
    hundredth: int = 1,
    together: bool = True,
    ms_per_second: int = 1000,
    mb_per_gb: float = 1024,
    allowances: int = 1,
    floor_requests: bool = True,
    floor_time: bool = True,
    millions: Callable[[float], float] = float,
    typed: Prices = NO_PRICES,
    cents: bool = False,
) -> float:
    """The month's bill; the keywords describe the mistakes that people make, so that a wrong bill can be named."""
    prices = {**prices, **typed}
    cold = workload["requests"] * workload["cold_share"] / hundredth
    warm = workload["requests"] - (0 if cold_as_warm_too else cold)
    init_ms = workload["init_ms"] if init else 0
    handler_ms = workload["duration_ms"] if handler_of_cold else 0

    def billed(milliseconds: float) -> float:
        return rounding(milliseconds / step_ms) * step_ms

    parts = [handler_ms + init_ms] if together else [handler_ms, init_ms]
    billed_ms = warm * billed(workload["duration_ms"]) + cold * sum(map(billed, parts))
    gb_seconds = workload["memory_mb"] / mb_per_gb * billed_ms / ms_per_second - allowances * prices["free_gb_seconds"]
    requests = workload["requests"] - allowances * prices["free_requests"]
    requests = max(0, requests) if floor_requests else requests
    gb_seconds = max(0, gb_seconds) if floor_time else gb_seconds
    dollars = millions(requests / 1_000_000) * prices["per_million_requests"] + gb_seconds * prices["per_gb_second"]
    return round(dollars, 2) if cents else float(dollars)


# What people type in, in place of what the price list says.
TODAY = {"per_million_requests": 0.2, "per_gb_second": 0.0000166667}
TODAY_FREE = {"free_requests": 1_000_000, "free_gb_seconds": 400_000}
TYPED = "That bill has prices or an allowance of its own. The price list is an argument: take all four numbers from it."
PAYS_THE_CUSTOMER = "Who stays under the allowance pays nothing; that bill pays the customer."
WHOLE_MILLIONS = "That bill charges whole millions of requests. A part of a million costs a part of its price."

MISTAKES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"step_ms": 100}, "That is the bill of 2019: time was rounded up to 100 ms. Today the step is 1 ms."),
    ({"rounding": round}, "That bill rounds to the nearest millisecond. Billed time is always rounded up."),
    ({"rounding": math.floor}, "That bill cuts fractions of a millisecond off. Billed time is rounded up."),
    ({"rounding": float}, "That bill counts fractions of a millisecond. Billed time is rounded up to whole ones."),
    (
        {"rounding": lambda ms: math.floor(ms) + 1},
        "That bill adds a millisecond to times that are whole already. Only a fraction is rounded up.",
    ),
    ({"init": False}, "That bill leaves INIT out. Since August 2025 the time before the handler is billed too."),
    (
        {"together": False},
        "That bill rounds INIT and handler up, each for itself. A cold invocation is rounded once: their sum.",
    ),
    (
        {"handler_of_cold": False},
        "That bill charges a cold invocation for INIT alone. Its handler runs too: bill both, together.",
    ),
    ({"cold_as_warm_too": True}, "That bill charges cold invocations twice, once among the warm ones."),
    ({"hundredth": 100}, "That bill takes cold_share for a percentage. It is a share: 0.01 is one in a hundred."),
    ({"ms_per_second": 1}, "That bill takes milliseconds for seconds: it is a thousand times too high."),
    ({"mb_per_gb": 1}, "That bill takes MB for GB. The price is for a GB-second; 1 GB is 1,024 MB."),
    ({"mb_per_gb": 1000}, "That bill has 1,000 MB in a GB. Lambda counts 1,024."),
    ({"allowances": 2}, "That bill takes the free allowance off twice. It is granted once a month for everything."),
    ({"allowances": 0}, "That bill forgets the free allowance."),
    ({"floor_requests": False, "floor_time": False}, PAYS_THE_CUSTOMER),
    ({"floor_requests": False}, PAYS_THE_CUSTOMER),
    ({"floor_time": False}, PAYS_THE_CUSTOMER),
    ({"millions": math.ceil}, WHOLE_MILLIONS),
    ({"millions": math.floor}, WHOLE_MILLIONS),
    ({"typed": TODAY_FREE}, TYPED),
    ({"typed": TODAY}, TYPED),
    ({"typed": {**TODAY, **TODAY_FREE}}, TYPED),
    ({"cents": True}, "That bill is rounded to cents. Hand back what the formula says, not rounded."),
)


def judge_bill(bill: Callable[..., Any], workload: Workload, prices: Prices) -> None:
    """Compare the learner's bill with the right one, and name the mistake when it is a known one."""
    found = bill(dict(workload), dict(prices))
    expect(found, what="monthly_bill(workload, prices)", hint="Return a number: dollars.").is_number()
    expected = right_bill(workload, prices)
    if math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-9):
        return
    named = (
        hint
        for mistake, hint in MISTAKES
        if math.isclose(found, right_bill(workload, prices, **mistake), rel_tol=1e-6, abs_tol=1e-9)
    )
    general = "Bill = requests × price per request + GB × billed seconds × price per GB-second, after the allowance."
    fail(expected=f"${expected:,.6f} for {workload}", found=f"${found:,.6f}", hint=next(named, general))


def any_workload(rng: Random) -> dict[str, Any]:
    """A workload that nobody could have typed in beforehand."""
    return {
        "requests": rng.randrange(2_000, 60_000) * 1_000,  # not whole millions
        "memory_mb": rng.choice([128, 192, 320, 1536, 3008, 10_240]),
        "duration_ms": rng.randrange(25, 7_200) / 8,  # eighths add up without an error, in float as in Decimal
        "cold_share": rng.choice([0.0, 0.005, 0.01, 0.02]),
        "init_ms": rng.randrange(641, 7_200) / 8,
    }


@exercise(
    "1.1",
    "The monthly bill",
    slug="1_1_bill",
    files=["bill.py"],
    minutes=15,
    hints=[
        "Start with one invocation: how many milliseconds is it billed for? Fractions are rounded up, never down.",
        "A cold invocation is billed for INIT and handler together; round the sum up, not each part. "
        "Then GB-seconds: memory in MB divided by 1,024, time in ms divided by 1,000.",
        "Take the free allowance off the month's totals, once for requests and once for GB-seconds, "
        "and let neither fall below zero: max(0, total - free).",
    ],
    passed="Your bill matches Lambda's formula to the cent. Requests, memory × billed time, INIT and one allowance: "
    "now you can price a design before you build it.",
    next="1.2",
)
class Bill:
    @check(points=1, shares=ASKED)
    def charges_requests_and_time(function):
        """A warm month costs its requests and its GB-seconds."""
        judge_bill(function("bill.monthly_bill"), STEADY, NO_ALLOWANCE)

    @check(points=1, shares=ASKED)
    def rounds_up_to_one_millisecond(function):
        """Time is billed in steps of 1 ms, rounded up."""
        bill = function("bill.monthly_bill")
        for duration in (120.01, 3.4, 99.99):
            judge_bill(bill, {**STEADY, "duration_ms": duration}, NO_ALLOWANCE)

    @check(points=1, shares=ASKED)
    def bills_init_of_cold_starts(function):
        """INIT is billed, for the cold invocations only."""
        bill = function("bill.monthly_bill")
        for init in (320.5, 320.25):  # the second is more when INIT and handler are rounded each for itself
            cold = {**STEADY, "cold_share": 0.01, "init_ms": init, "duration_ms": 119.6}
            judge_bill(bill, cold, NO_ALLOWANCE)

    @check(points=1, shares=ASKED)
    def takes_the_allowance_off_once(function):
        """The free allowance is taken off once, from the whole month."""
        cold = {**STEADY, "requests": 40_000_000, "cold_share": 0.02, "init_ms": 250}
        judge_bill(function("bill.monthly_bill"), cold, ALLOWANCE)

    @check(points=1, shares=ASKED)
    def never_pays_the_customer(function):
        """A month within the allowance costs nothing, and one allowance does not pay for the other."""
        bill = function("bill.monthly_bill")
        judge_bill(bill, {**STEADY, "requests": 900_000}, ALLOWANCE)
        judge_bill(bill, {**STEADY, "requests": 900_000, "memory_mb": 10_240, "duration_ms": 800}, ALLOWANCE)
        judge_bill(bill, STEADY, ALLOWANCE)  # the time is within its allowance, the requests are not
        judge_bill(bill, {**STEADY, "requests": 0}, ALLOWANCE)
