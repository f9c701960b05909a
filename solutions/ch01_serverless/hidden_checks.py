"""What only a grader with the solutions asks: the same questions with numbers drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch01_serverless.bill import (
    ALLOWANCE,
    ASKED as BILL_ASKED,
    NO_ALLOWANCE,
    STEADY,
    any_workload,
    judge_bill,
)
from grader.checks.ch01_serverless.break_even import ASKED as POINT_ASKED, is_a_tie, judge_break_even
from grader.checks.ch01_serverless.fits import ASKED as FITS_ASKED, judge_fit
from grader.checks.ch01_serverless.no_affinity import PAGE, visit


@hidden("1.1")
class BillHidden:
    @check(points=1, shares=BILL_ASKED)
    def prices_any_workload(function, rng):
        """Any workload is priced right, with any price list."""
        bill = function("bill.monthly_bill")
        for _ in range(6):
            prices = {
                "per_million_requests": round(rng.uniform(0.1, 0.9), 3),
                "per_gb_second": rng.uniform(1e-5, 3e-5),
                "free_requests": rng.choice([0, 250_000, 1_000_000]),
                "free_gb_seconds": rng.choice([0, 120_000, 400_000]),
            }
            judge_bill(bill, any_workload(rng), prices)
        # So few that they are less than a GB-second: who rounds on the way has lost everything.
        judge_bill(bill, {**STEADY, "requests": rng.randrange(2, 9), "duration_ms": 7.3}, NO_ALLOWANCE)


def any_server(rng):
    """A server's price, and the memory and duration of a function that is compared with it."""
    return round(rng.uniform(5, 900), 2), rng.choice([128, 512, 1769]), round(rng.uniform(5, 700), 1)


@hidden("1.2")
class BreakEvenHidden:
    @check(points=1, shares=POINT_ASKED)
    def finds_any_point(function, rng):
        """The point is right for any server, any size and any duration."""
        break_even = function("break_even.break_even", timeout=2)
        for prices in (ALLOWANCE, NO_ALLOWANCE, {**ALLOWANCE, "per_gb_second": 0.0000133334}):
            asked = any_server(rng)
            while is_a_tie(*asked, prices):
                asked = any_server(rng)
            judge_break_even(break_even, *asked, prices)


@hidden("1.3")
class FitsHidden:
    @check(points=1, shares=FITS_ASKED)
    def judges_any_workload(function, rng):
        """Any mixture of demands is judged right."""
        broken = function("fits.broken_constraints")
        for _ in range(12):
            workload = {
                "longest_s": rng.choice([1, 29, 60, 899, 900, 900.5, 5_400]),
                "memory_mb": rng.choice([128, 3_008, 3_009, 10_240, 10_241]),
                "sticky_sessions": rng.choice([True, False]),
                "in_order": rng.choice([True, False]),
                "source": rng.choice(["s3", "sqs", "sqs-fifo", "kinesis", "sns", "eventbridge"]),
                "latency_wanted_ms": 20,
            }
            expected = {
                name
                for name, is_broken in {
                    "time limit": workload["longest_s"] > 900,
                    "memory": workload["memory_mb"] > 10_240,
                    "sticky sessions": workload["sticky_sessions"],
                    "ordering": workload["in_order"] and workload["source"] not in {"sqs-fifo", "kinesis"},
                }.items()
                if is_broken
            }
            judge_fit(broken, workload, expected, "One of the mixtures is judged wrongly.")


@hidden("1.4")
class NoAffinityHidden:
    @check(points=1, shares=PAGE)
    def counts_a_crowd(cloud, stack, http, rng):
        """A crowd of random size is counted to the last visitor."""
        before, crowd = visit(http, stack), rng.randrange(15, 25)
        for answer in http.burst(stack.outputs["VisitUrl"], requests=crowd, per_second=100):
            expect(answer.status, what="the status of a visit in a crowd").equals(200)
        expect(visit(http, stack), what="the visit after the crowd").equals(before + crowd + 1)
