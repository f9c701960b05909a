"""7.1: storage for a workload."""

from __future__ import annotations

from random import Random
from typing import Any

from grader.checks import check, exercise, expect
from grader.facts import facts

ASKED = "asked"  # the checks ask one environment, one after the other
PLAIN = {
    "item_kb": 2, "together": 1, "search_by": [], "latency_ms": 500, "counters": False, "old_versions": False,
    "link": False, "archive": False,
}  # fmt: skip
FOR_S3 = ({"item_kb": 2_000}, {"old_versions": True}, {"link": True}, {"archive": True})
FOR_A_TABLE = ({"together": 2}, {"search_by": ["owner"]}, {"latency_ms": 5}, {"counters": True})


def recommendation(workload: dict[str, Any]) -> dict[str, Any]:
    """What a right answer says of a workload."""
    item, transaction = facts()["dynamodb.item.max"].number, facts()["dynamodb.transaction.items"].number
    quick = workload["latency_ms"] < facts()["s3.first_byte"].number
    large = workload["item_kb"] > item
    if workload["together"] > transaction:
        return {"storage": "neither", "because": ["together"]}
    if large and quick:
        return {"storage": "neither", "because": ["item_kb", "latency_ms"]}
    s3 = {name for name in ("old_versions", "link", "archive") if workload[name]} | ({"item_kb"} if large else set())
    table = {"together"} if workload["together"] > 1 else set()
    table |= {name for name in ("search_by", "counters") if workload[name]} | ({"latency_ms"} if quick else set())
    storage = "both" if s3 and table else "s3" if s3 else "dynamodb" if table else "either"
    return {"storage": storage, "because": sorted(s3 | table)}


def any_workload(rng: Random) -> dict[str, Any]:
    """A workload that nobody could have typed in beforehand."""
    return {
        "item_kb": rng.choice([1, 4, 5, 255, 257, 399, 400, 401, 5_000]),
        "together": rng.choice([1, 1, 1, 2, 25, 26, 100, 101]),
        "search_by": rng.choice([[], [], ["owner"], ["owner", "day"]]),
        "latency_ms": rng.choice([3, 9, 99, 100, 101, 500, 2_000]),
        **{name: rng.random() < 0.25 for name in ("counters", "old_versions", "link", "archive")},
    }


def expect_advice(answer: Any, workload: dict[str, Any], hint: str) -> None:
    """Ask for one workload's storage."""
    changes = {name: value for name, value in workload.items() if PLAIN.get(name) != value}
    found, wanted = answer(workload), recommendation(workload)
    reasons = found.get("because") if isinstance(found, dict) else None
    if isinstance(reasons, list) and {**found, "because": sorted(map(str, reasons))} == wanted:
        hint = "The right reasons, in another order: they are sorted by name."
    expect(found, hint, what=f"choose() for a plain workload with {changes}").equals(wanted)


@exercise(
    "7.1",
    "Which storage?",
    slug="7_1_choose",
    files=["choose.py"],
    minutes=15,
    hints=[
        "Sort the eight questions by which store answers yes: four of them need S3, four a table. "
        "A workload may need both.",
        "Build two lists of names: what needs S3 (item_kb over 400, old_versions, link, archive) and what needs a "
        "table (together over 1, search_by, latency_ms under 100, counters). Look at 'neither' before.",
        "Both lists filled: 'both'; one: that store; none: 'either' with an empty list. because = sorted(list of S3 + "
        "list of table). No vote is taken: one need is enough.",
    ],
    passed="You read a workload as a list of needs, and each need has an address. Many real systems end with both: "
    "files in S3, what is known about them in a table.",
    next="7.2",
)
class Choose:
    @check(points=1, shares=ASKED)
    def each_need_has_its_store(function):
        """Each single need decides for one store, and a plain workload for either."""
        answer = function("choose.choose")
        expect_advice(answer, PLAIN, "Nothing decides here: 'either', because []. ")
        for need in (*FOR_S3, *FOR_A_TABLE):
            expect_advice(answer, {**PLAIN, **need}, "Go through the table of the lesson, question by question.")

    @check(points=1, needs=each_need_has_its_store, shares=ASKED)
    def needs_of_both_kinds_take_both(function, rng):
        """A workload that needs something of each store gets both; no vote is taken."""
        answer = function("choose.choose")
        for need in FOR_S3:
            several = {name: value for one in FOR_A_TABLE[:2] for name, value in one.items()}
            expect_advice(
                answer,
                {**PLAIN, **several, **need},
                "Two needs for a table do not outvote one for S3: one need is enough. Files go to S3, what is known "
                "about them into a table.",
            )

    @check(points=1, needs=each_need_has_its_store, shares=ASKED)
    def the_limits_are_todays(function):
        """An item of 400 KB fits a table and 100 items fit a transaction; one more does not."""
        answer = function("choose.choose")
        hint = "Use the limits in limits.py. A limit itself is still allowed: 'over 400 KB', 'more than 100'."
        for changes in ({"item_kb": 400}, {"item_kb": 401}, {"together": 100}, {"together": 101},
                        {"latency_ms": 99}, {"latency_ms": 100}):  # fmt: skip
            expect_advice(answer, {**PLAIN, **changes}, hint)

    @check(points=1, needs=each_need_has_its_store, shares=ASKED)
    def some_wishes_cannot_be_met(function):
        """Too many items together, or a large item at once: neither, whatever else is asked for."""
        answer = function("choose.choose")
        hint = "Look at the impossible first: more than one transaction holds, then a large item in a hurry."
        for changes in (
            {"together": 500, "link": True},
            {"item_kb": 900, "latency_ms": 5, "counters": True},
            {"together": 101, "item_kb": 900, "latency_ms": 5},
        ):
            expect_advice(answer, {**PLAIN, **changes}, hint)
