"""Chapter 1, Serverless in five minutes: the bill, the break-even point, the constraints, no affinity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail

# A price list that exists nowhere: who types a real price into the code is found out at once.
NO_ALLOWANCE = {"per_million_requests": 0.4, "per_gb_second": 0.00002, "free_requests": 0, "free_gb_seconds": 0}
ALLOWANCE = {**NO_ALLOWANCE, "free_requests": 1_000_000, "free_gb_seconds": 400_000}
STEADY = {"requests": 3_000_000, "memory_mb": 512, "duration_ms": 120, "cold_share": 0.0, "init_ms": 0.0}

Workload = Mapping[str, Any]
Prices = Mapping[str, float]


def right_bill(
    workload: Workload,
    prices: Prices,
    *,
    step_ms: int = 1,
    init: bool = True,
    ms_per_second: int = 1000,
    mb_per_gb: float = 1024,
    allowances: int = 1,
    floor: bool = True,
) -> float:
    """The month's bill; the keywords describe the mistakes that people make, so that a wrong bill can be named."""
    cold = workload["requests"] * workload["cold_share"]
    warm = workload["requests"] - cold
    init_ms = workload["init_ms"] if init else 0

    def billed(milliseconds: float) -> int:
        return math.ceil(milliseconds / step_ms) * step_ms

    billed_ms = warm * billed(workload["duration_ms"]) + cold * billed(workload["duration_ms"] + init_ms)
    gb_seconds = workload["memory_mb"] / mb_per_gb * billed_ms / ms_per_second - allowances * prices["free_gb_seconds"]
    requests = workload["requests"] - allowances * prices["free_requests"]
    if floor:
        requests, gb_seconds = max(0, requests), max(0, gb_seconds)
    return float(requests / 1_000_000 * prices["per_million_requests"] + gb_seconds * prices["per_gb_second"])


MISTAKES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"step_ms": 100}, "That is the bill of 2019: time was rounded up to 100 ms. Today the step is 1 ms."),
    ({"init": False}, "That bill leaves INIT out. Since August 2025 the time before the handler is billed too."),
    ({"ms_per_second": 1}, "That bill takes milliseconds for seconds: it is a thousand times too high."),
    ({"mb_per_gb": 1}, "That bill takes MB for GB. The price is for a GB-second; 1 GB is 1,024 MB."),
    ({"mb_per_gb": 1000}, "That bill has 1,000 MB in a GB. Lambda counts 1,024."),
    ({"allowances": 2}, "That bill takes the free allowance off twice. It is granted once a month for everything."),
    ({"allowances": 0}, "That bill forgets the free allowance."),
    ({"floor": False}, "Who stays under the allowance pays nothing; that bill pays the customer."),
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
        "requests": rng.randrange(2, 60) * 1_000_000,
        "memory_mb": rng.choice([128, 192, 320, 1536, 3008, 10_240]),
        "duration_ms": round(rng.uniform(3, 900), 2),
        "cold_share": rng.choice([0.0, 0.005, 0.01, 0.02]),
        "init_ms": round(rng.uniform(80, 900), 2),
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
    @check(points=1)
    def charges_requests_and_time(function):
        """A warm month costs its requests and its GB-seconds."""
        judge_bill(function("bill.monthly_bill"), STEADY, NO_ALLOWANCE)

    @check(points=1)
    def rounds_up_to_one_millisecond(function):
        """Time is billed in steps of 1 ms, rounded up."""
        bill = function("bill.monthly_bill")
        for duration in (120.01, 3.4, 99.99):
            judge_bill(bill, {**STEADY, "duration_ms": duration}, NO_ALLOWANCE)

    @check(points=1)
    def bills_init_of_cold_starts(function):
        """INIT is billed, for the cold invocations only."""
        cold = {**STEADY, "cold_share": 0.01, "init_ms": 300.5, "duration_ms": 119.6}
        judge_bill(function("bill.monthly_bill"), cold, NO_ALLOWANCE)

    @check(points=1)
    def takes_the_allowance_off_once(function):
        """The free allowance is taken off once, from the whole month."""
        cold = {**STEADY, "requests": 40_000_000, "cold_share": 0.02, "init_ms": 250}
        judge_bill(function("bill.monthly_bill"), cold, ALLOWANCE)

    @check(points=1)
    def never_pays_the_customer(function):
        """A month within the allowance costs nothing, and one allowance does not pay for the other."""
        bill = function("bill.monthly_bill")
        judge_bill(bill, {**STEADY, "requests": 900_000}, ALLOWANCE)
        judge_bill(bill, {**STEADY, "requests": 900_000, "memory_mb": 10_240, "duration_ms": 800}, ALLOWANCE)
        judge_bill(bill, {**STEADY, "requests": 0}, ALLOWANCE)


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


def judge_break_even(
    break_even: Callable[..., Any], server: float, memory: int, duration: float, prices: Prices
) -> None:
    """Compare with the right number, and name the near misses."""
    found = break_even(server, memory, duration, dict(prices))
    expected = right_break_even(server, memory, duration, prices)
    if found == expected and (found is None) == (expected is None) and not isinstance(found, float):
        return
    fail(
        expected=f"{expected!r} requests for a server at ${server} a month, {memory} MB, {duration} ms",
        found=repr(found),
        hint=_break_even_hint(found, expected, server, memory, duration, prices),
    )


def _break_even_hint(
    found: Any, expected: int | None, server: float, memory: int, duration: float, prices: Prices
) -> str:
    if expected is None:
        return "When Lambda never becomes dearer there is no such number: return None."
    if isinstance(found, float):
        return "Requests come whole: return an int, the first one at which Lambda costs more."
    free = {**prices, "free_requests": 0, "free_gb_seconds": 0}
    if found == right_break_even(server, memory, duration, free):
        return "That ignores the free allowance, which comes before the first cent."
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
    @check(points=1)
    def finds_the_point_without_an_allowance(function):
        """Without a free allowance the point is where price per request times requests passes the server."""
        judge_break_even(function("break_even.break_even", timeout=2), 48.3, 512, 120, NO_ALLOWANCE)

    @check(points=2, needs=finds_the_point_without_an_allowance)
    def counts_the_allowance(function):
        """The free allowance moves the point up."""
        break_even = function("break_even.break_even", timeout=2)
        judge_break_even(break_even, 30.0, 512, 120, ALLOWANCE)
        judge_break_even(break_even, 0.01, 128, 5, ALLOWANCE)  # requests leave their allowance before time does

    @check(points=1)
    def answers_the_first_dearer_request(function):
        """The answer is the first whole number at which Lambda is dearer: equal is not dearer."""
        only_requests = {**NO_ALLOWANCE, "per_million_requests": 1_000_000.0, "per_gb_second": 0.0}
        judge_break_even(function("break_even.break_even", timeout=2), 8.0, 128, 100, only_requests)

    @check(points=1)
    def knows_when_there_is_no_such_point(function):
        """When Lambda costs nothing, no number of requests makes the server cheaper."""
        judge_break_even(
            function("break_even.break_even", timeout=2),
            10.0,
            128,
            100,
            {**NO_ALLOWANCE, "per_million_requests": 0.0, "per_gb_second": 0.0},
        )


def judge_fit(broken: Callable[..., Any], workload: Mapping[str, Any], expected: set[str], hint: str) -> None:
    """Compare the set of names, whatever their order."""
    found = broken(dict(workload))
    expect(found, what="broken_constraints(workload)", hint="Return a list of names.").is_list()
    if set(map(str, found)) != expected or len(found) != len(expected):
        fail(expected=f"{sorted(expected)} for {dict(workload)}", found=repr(found), hint=hint)


@exercise(
    "1.3",
    "Does it fit?",
    slug="1_3_fits",
    files=["fits.py"],
    minutes=10,
    hints=[
        "Go through the five names one by one: which keys of the workload speak about it, and when is it broken?",
        "Limits are the last value that still fits: 900 s fits, 901 s does not. A key that is missing demands nothing.",
        "Ordering breaks only when order is demanded and the source does not keep it; ORDERED_SOURCES lists those "
        "that do. Latency breaks only when it is promised for every request.",
    ],
    passed="You can now say within a minute whether a workload belongs on Lambda, and name the reason if it does not.",
    next="1.4",
)
class Fits:
    @check(points=1)
    def accepts_what_fits(function):
        """A workload that demands nothing special fits, up to the very limits."""
        broken = function("fits.broken_constraints")
        judge_fit(broken, {}, set(), "A missing key demands nothing: use workload.get(...).")
        judge_fit(
            broken,
            {"longest_s": 900, "memory_mb": 10_240},
            set(),
            "The limits themselves still fit: 900 seconds and 10,240 MB (3 GB was the limit of 2019).",
        )

    @check(points=1)
    def refuses_too_long_and_too_big(function):
        """Time and memory have hard limits."""
        broken = function("fits.broken_constraints")
        judge_fit(broken, {"longest_s": 901}, {"time limit"}, "15 minutes are 900 seconds; longest_s is in seconds.")
        judge_fit(broken, {"memory_mb": 10_241}, {"memory"}, "More than 10,240 MB cannot be had.")

    @check(points=1)
    def knows_that_nobody_is_sticky(function):
        """Sticky sessions break, because Lambda promises no affinity."""
        broken = function("fits.broken_constraints")
        judge_fit(broken, {"sticky_sessions": True}, {"sticky sessions"}, "No request can choose its environment.")
        judge_fit(broken, {"sticky_sessions": False}, set(), "False demands nothing.")

    @check(points=1)
    def knows_who_keeps_order(function):
        """Order holds only where the source keeps it."""
        broken = function("fits.broken_constraints")
        lesson = "Only some sources keep order: an SQS FIFO group, a Kinesis shard, a DynamoDB stream's shard."
        for source in ("sqs-fifo", "kinesis", "dynamodb-stream"):
            judge_fit(broken, {"in_order": True, "source": source}, set(), lesson)
        for source in ("s3", "sqs", "sns"):
            judge_fit(broken, {"in_order": True, "source": source}, {"ordering"}, lesson)
        judge_fit(broken, {"in_order": True}, {"ordering"}, "With an unknown source nobody keeps the order for you.")
        judge_fit(broken, {"in_order": False, "source": "s3"}, set(), "Where no order is demanded, none is broken.")

    @check(points=1)
    def tells_a_promise_from_a_wish(function):
        """A latency that is promised for every request breaks; one that is only wanted does not."""
        broken = function("fits.broken_constraints")
        lesson = "A cold start can hit any request, so Lambda keeps no promise about every single one; a wish is fine."
        judge_fit(broken, {"latency_promised_ms": 50}, {"hard latency"}, lesson)
        judge_fit(broken, {"latency_wanted_ms": 50}, set(), lesson)

    @check(points=1)
    def names_them_all(function):
        """A workload that breaks several constraints is told all of them."""
        every = {
            "longest_s": 3600,
            "memory_mb": 20_000,
            "sticky_sessions": True,
            "in_order": True,
            "source": "sns",
            "latency_promised_ms": 20,
        }
        names = {"time limit", "memory", "sticky sessions", "ordering", "hard latency"}
        judge_fit(function("fits.broken_constraints"), every, names, "Collect all names; do not stop at the first.")


def visit(http: Any, stack: Any) -> int:
    """One visit; the number that the visitor is told."""
    page = http.get(stack.outputs["VisitUrl"])
    hint = "The logs say more: cloud.logs('VisitFunction'). Does DynamoDB's Decimal stand in the body? Make it an int."
    expect(page.status, what="the status", hint=hint, trace=page.trace).equals(200)
    count = page.json()
    expect(count, what="the body", hint='Answer with JSON such as {"visits": 7}.', trace=page.trace).has_keys("visits")
    number = count["visits"]
    expect(number, what='"visits"', hint="DynamoDB hands back a Decimal: make it an int.", trace=page.trace).is_number()
    return int(number)


@exercise(
    "1.4",
    "No affinity",
    slug="1_4_no_affinity",
    files=["app.py"],
    minutes=15,
    hints=[
        "What do all execution environments share? Nothing that lives in Python or on their disk. "
        "Only something outside: here, the table.",
        "Reading a number, adding one and writing it back are two steps, and another visit fits in between. "
        "DynamoDB can add by itself, in one step: look for UpdateExpression and ADD.",
        "table.update_item(Key=KEY, UpdateExpression=…, ExpressionAttributeValues={':one': 1}, "
        "ReturnValues='UPDATED_NEW') adds, and answers with the new number in ['Attributes'].",
    ],
    passed="Every visit counted once, whichever environment served it, even when two came at the same moment. "
    "This is the first rule of the course: state lives outside, and changes in one step.",
    next="3.1",
)
class NoAffinity:
    @check(points=1)
    def counts_in_one_environment(stack, http):
        """Three visits after each other are numbered 1, 2, 3."""
        expect(
            [visit(http, stack) for _ in range(3)],
            what="the numbers of three visits",
            hint="The first visitor is number 1.",
        ).equals([1, 2, 3])

    @check(points=2, needs=counts_in_one_environment)
    def counts_across_environments(cloud, stack, http):
        """Visits that meet different execution environments, new ones and used ones, are counted in one row."""
        crowds = [http.burst(stack.outputs["VisitUrl"], requests=6, per_second=1000) for _ in range(2)]
        numbers = sorted(int(answer.json()["visits"]) for crowd in crowds for answer in crowd if answer.status == 200)
        hint = (
            "Each environment has its own memory, its own classes and its own /tmp. "
            "What is kept there is counted separately."
        )
        expect(numbers, what="the numbers of two crowds of six", hint=hint).equals(list(range(1, 13)))

    @check(points=1, needs=counts_across_environments)
    def survives_the_environments(cloud, stack, http):
        """The count goes on after every environment has been retired."""
        before = visit(http, stack)
        cloud.clock.advance(hours=3)
        expect(
            visit(http, stack),
            what="the first visit after three idle hours",
            hint="Idle environments are taken away, and what they remembered with them.",
        ).equals(before + 1)

    @check(points=2, needs=counts_across_environments)
    def loses_no_visit_between_read_and_write(cloud, stack, http):
        """A visit that arrives between another one's read and write is not lost."""
        start = visit(http, stack)
        inner: list[int] = []

        def another_visit() -> None:
            if not inner:
                inner.append(0)
                inner[0] = visit(http, stack)

        for operation in ("GetItem", "Query", "Scan", "BatchGetItem"):
            cloud.on_call("dynamodb", operation, another_visit)
        outer = visit(http, stack)
        total = visit(http, stack)
        arrived = 2 + len(inner)
        expect(
            total - start,
            what=f"visits counted of {arrived}, one of them in the middle of another",
            hint="Reading, adding one and writing back takes two calls; a visit between them is overwritten. "
            "Let DynamoDB add in one step.",
        ).equals(arrived)
        expect(outer, what="the number told to a visitor", hint="Two visitors got the same number.").is_not_in(inner)
