"""13.1: jobs that share a function share its size; which grouping is the cheapest?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word

ASKED = "asked"  # the checks ask one environment, one after the other

Job = Mapping[str, Any]
Prices = Mapping[str, float]
# A price list that exists nowhere: who types a real price into the code is found out at once.
PRICES = {"per_gb_second": 0.00002, "per_million_requests": 0.4, "per_function": 1.5}
GREETER = {"name": "greet", "memory_mb": 128, "ms": 20, "runs": 5_000_000}
RESIZER = {"name": "resize", "memory_mb": 2048, "ms": 900, "runs": 40_000}
REPORTER = {"name": "report", "memory_mb": 1024, "ms": 4000, "runs": 30}
LABELLER = {"name": "label", "memory_mb": 1536, "ms": 300, "runs": 20_000}


def right_bill(
    groups: Sequence[Sequence[Job]], prices: Prices, *, size: Callable[..., float] = max, step_ms: float = 1,
    mb_per_gb: float = 1024, requests: bool = True, each: bool = True, own_size: bool = False,
) -> float:  # fmt: skip
    """The month's bill; the keywords describe the mistakes that people make, so that a wrong bill can be named."""
    total = 0.0
    for group in groups:
        shared = size(job["memory_mb"] for job in group)
        total += prices["per_function"] if each else 0
        for job in group:
            seconds = job["runs"] * math.ceil(job["ms"] / step_ms) * step_ms / 1000
            total += (job["memory_mb"] if own_size else shared) / mb_per_gb * seconds * prices["per_gb_second"]
            total += job["runs"] / 1_000_000 * prices["per_million_requests"] if requests else 0
    return float(total)


MISTAKES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"own_size": True}, "That bill lets every job pay for its own memory. In one function all pay for the largest."),
    ({"size": sum}, "That bill adds up the memory of a group. One job runs in an environment at a time: the largest."),
    ({"size": lambda sizes: min(list(sizes))}, "The smallest size is too small for the others: they would be killed."),
    ({"step_ms": 100}, "That is the bill of 2019: time was rounded up to 100 ms. Today the step is 1 ms."),
    ({"step_ms": 1e-6}, "Time is rounded up to whole milliseconds before it is multiplied."),
    ({"mb_per_gb": 1000}, "1 GB is 1,024 MB."),
    ({"requests": False}, "That bill forgets the requests."),
    ({"each": False}, "That bill forgets per_function: each function costs something besides."),
)


def judge_bill(bill: Any, groups: Sequence[Sequence[Job]], prices: Prices) -> None:
    """Compare the learner's bill with the right one, and name the mistake when it is a known one."""
    found = bill([[dict(job) for job in group] for group in groups], dict(prices))
    expect(found, "Return a number: dollars.", what="bill(groups, prices)").is_number()
    wanted = right_bill(groups, prices)
    if not math.isclose(found, wanted, rel_tol=1e-6):
        named = (
            hint
            for mistake, hint in MISTAKES
            if math.isclose(found, right_bill(groups, prices, **mistake), rel_tol=1e-6)
        )
        names = [[job["name"] for job in group] for group in groups]
        cents = (
            "That is rounded to cents. Return the dollars as they come: half a cent may decide between two groupings."
        )
        other = cents if math.isclose(found, round(wanted, 2)) else "GB-seconds, requests, and per_function."
        fail(f"${wanted:,.6f} for {names}", f"${found:,.6f}", next(named, other))


def least(jobs: Sequence[Job], prices: Prices) -> float:
    """The smallest bill that there is: groups are neighbours in order of memory."""
    ordered = sorted(jobs, key=lambda job: int(job["memory_mb"]))
    cheapest: list[float] = [0.0]
    for end in range(1, len(ordered) + 1):
        cheapest.append(min(cheapest[at] + right_bill([ordered[at:end]], prices) for at in range(end)))
    return cheapest[-1]


def judge_best(best: Any, jobs: Sequence[Job], prices: Prices) -> None:
    """Any grouping with the smallest bill passes; every job is in exactly one group."""
    found = best([dict(job) for job in jobs], dict(prices))
    by_name = {job["name"]: job for job in jobs}
    names = sorted(name for group in found for name in group) if _is_lists(found) else found
    expect(names, "A list of lists of names, each job once.", what="the names in the groups").equals(sorted(by_name))
    dollars = right_bill([[by_name[name] for name in group] for group in found if group], prices)
    wanted = least(jobs, prices)
    if not math.isclose(dollars, wanted, rel_tol=1e-9):
        fail(f"a grouping for ${wanted:,.4f}", f"{found} for ${dollars:,.4f}", _hint(found, jobs))


def _is_lists(found: Any) -> bool:
    groups = found if isinstance(found, list) else [None]
    return all(isinstance(group, list) and group and all(isinstance(name, str) for name in group) for group in groups)


def _hint(found: Sequence[Sequence[str]], jobs: Sequence[Job]) -> str:
    if len(found) == len(jobs):
        return "One function for each job: the small and the rare ones pay per_function for nothing."
    if len(found) == 1:
        return "One function for all: every quick job pays for the memory of the hungriest."
    return "Memory alone does not decide, nor does joining what looks alike: try the cuts, and let bill() decide."


def any_jobs(rng: Random, count: int) -> list[dict[str, Any]]:
    """Jobs that nobody could have typed in beforehand."""
    return [
        {
            "name": f"{word(rng, 5)}{number}",
            "memory_mb": rng.choice([128, 256, 512, 1024, 1536, 2048, 3072, 4096]),
            "ms": rng.randrange(10, 4000) + rng.random(),
            "runs": rng.choice([100, 3_000, 40_000, 500_000, 3_000_000]),
        }
        for number in range(count)
    ]


def any_prices(rng: Random) -> dict[str, float]:
    """A price list that exists nowhere."""
    return {
        "per_gb_second": rng.uniform(0.00001, 0.00004),
        "per_million_requests": rng.uniform(0.1, 0.6),
        "per_function": rng.uniform(0.5, 6),
    }


@exercise(
    "13.1",
    "Group jobs to the smallest bill",
    slug="13_1_memory",
    files=["grouping.py"],
    minutes=20,
    hints=[
        "Do the bill first, for one group: how large is its function, and who pays for that size? Then ask of two "
        "jobs: what does it cost to put them together, and what does it save?",
        "Only the largest memory of a group matters. So a job of middle size between two that share a function can "
        "join them at no harm to them: in order of memory, groups are neighbours. What is left is where to cut.",
        "Sort by memory. Keep the cheapest grouping of the first n jobs for every n: for n + 1 try every place for the "
        "last cut, the cheapest grouping before it plus one group after it, and keep the one with the smallest bill.",
    ],
    passed="You know what a shared function costs, and when a second one pays. Remember that the bill is one reason "
    "among several; the next exercise has another.",
)
class Memory:
    @check(points=2, shares=ASKED)
    def bills_a_grouping(function):
        """The bill of a grouping is right: everybody in a function pays for its size."""
        bill = function("grouping.bill")
        for groups in ([[RESIZER]], [[GREETER, RESIZER]], [[GREETER], [RESIZER]], [[GREETER, REPORTER], [RESIZER]]):
            judge_bill(bill, groups, PRICES)

    @check(points=1, needs=bills_a_grouping, shares=ASKED)
    def rounds_up_to_milliseconds(function):
        """A run of 20.2 ms is billed as 21 ms."""
        judge_bill(function("grouping.bill"), [[{**GREETER, "ms": 20.2}, {**RESIZER, "ms": 899.001}]], PRICES)

    @check(points=1, needs=bills_a_grouping, shares=ASKED)
    def keeps_the_busy_from_the_hungry(function):
        """A busy little job does not share with a hungry one."""
        judge_best(function("grouping.best"), [GREETER, RESIZER], PRICES)

    @check(points=1, needs=bills_a_grouping, shares=ASKED)
    def joins_what_is_rare(function):
        """What hardly ever runs does not need a function of its own."""
        judge_best(
            function("grouping.best"), [RESIZER, REPORTER, {**REPORTER, "name": "clean", "memory_mb": 128}], PRICES
        )

    @check(points=2, needs=(keeps_the_busy_from_the_hungry, joins_what_is_rare), shares=ASKED)
    def finds_the_smallest_bill(function, rng):
        """Of seven jobs and any prices, the grouping is the cheapest that there is."""
        best = function("grouping.best", timeout=60)
        judge_best(best, [GREETER, RESIZER, REPORTER, LABELLER], PRICES)
        for _ in range(6):
            judge_best(best, any_jobs(rng, 7), any_prices(rng))
