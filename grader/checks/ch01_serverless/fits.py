"""1.3: the constraints that a workload breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.checks import check, exercise, expect, fail

ASKED = "asked"  # the checks ask one environment, one after the other

# The keys of a workload that have to do with a constraint.
SPEAKS_OF = {
    "time limit": ["longest_s"],
    "memory": ["memory_mb"],
    "sticky sessions": ["sticky_sessions"],
    "ordering": ["in_order"],
    "hard latency": ["latency_promised_ms", "latency_wanted_ms"],
}
NAMES = set(SPEAKS_OF)


def judge_fit(broken: Callable[..., Any], workload: Mapping[str, Any], expected: set[str], hint: str) -> None:
    """Compare the set of names, whatever their order."""
    found = broken(dict(workload))
    expect(found, what="broken_constraints(workload)", hint="Return a list of names.").is_list()
    names = set(map(str, found))
    if names == expected and len(found) == len(expected):
        return
    if unknown := names - NAMES:
        hint = f"{sorted(unknown)} is not among the five names; the starter's text spells them."
    elif len(found) > len(names):
        hint = "Name a constraint once, however often it is broken. Is the list a new one in each call?"
    elif any(not demands(workload, name) for name in names):
        hint = "A missing key demands nothing: use workload.get(...). And begin each call with a new list."
    fail(expected=f"{sorted(expected)} for {dict(workload)}", found=repr(found), hint=hint)


def demands(workload: Mapping[str, Any], name: str) -> bool:
    """Whether the workload speaks of a constraint at all."""
    return not workload.keys().isdisjoint(SPEAKS_OF[name])


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
        for promised in (50, 2_500):  # a longer promise is still one about every single request
            judge_fit(broken, {"latency_promised_ms": promised}, {"hard latency"}, lesson)
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
        judge_fit(function("fits.broken_constraints"), every, NAMES, "Collect all names; do not stop at the first.")
