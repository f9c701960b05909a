"""1.3: the constraints that a workload breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.checks import check, exercise, expect, fail

ASKED = "asked"  # the checks ask one environment, one after the other


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
    @check(points=1, shares=ASKED)
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

    @check(points=1, shares=ASKED)
    def refuses_too_long_and_too_big(function):
        """Time and memory have hard limits."""
        broken = function("fits.broken_constraints")
        judge_fit(broken, {"longest_s": 901}, {"time limit"}, "15 minutes are 900 seconds; longest_s is in seconds.")
        judge_fit(broken, {"memory_mb": 10_241}, {"memory"}, "More than 10,240 MB cannot be had.")

    @check(points=1, shares=ASKED)
    def knows_that_nobody_is_sticky(function):
        """Sticky sessions break, because Lambda promises no affinity."""
        broken = function("fits.broken_constraints")
        judge_fit(broken, {"sticky_sessions": True}, {"sticky sessions"}, "No request can choose its environment.")
        judge_fit(broken, {"sticky_sessions": False}, set(), "False demands nothing.")

    @check(points=1, shares=ASKED)
    def knows_who_keeps_order(function):
        """Order holds only where the source keeps it."""
        broken = function("fits.broken_constraints")
        lesson = "Only some sources keep order: an SQS FIFO group, a Kinesis shard, a DynamoDB stream's shard."
        for source in ("sqs-fifo", "kinesis", "dynamodb-stream"):
            judge_fit(broken, {"in_order": True, "source": source}, set(), lesson)
        for source in ("s3", "sqs", "sns", "eventbridge"):
            judge_fit(broken, {"in_order": True, "source": source}, {"ordering"}, lesson)
        judge_fit(broken, {"in_order": True}, {"ordering"}, "With an unknown source nobody keeps the order for you.")
        judge_fit(broken, {"in_order": False, "source": "s3"}, set(), "Where no order is demanded, none is broken.")

    @check(points=1, shares=ASKED)
    def tells_a_promise_from_a_wish(function):
        """A latency that is promised for every request breaks; one that is only wanted does not."""
        broken = function("fits.broken_constraints")
        lesson = "A cold start can hit any request, so Lambda keeps no promise about every single one; a wish is fine."
        judge_fit(broken, {"latency_promised_ms": 50}, {"hard latency"}, lesson)
        judge_fit(broken, {"latency_wanted_ms": 50}, set(), lesson)

    @check(points=1, shares=ASKED)
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
