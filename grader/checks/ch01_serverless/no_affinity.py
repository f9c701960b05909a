"""1.4: counting although every request may meet another environment."""

from __future__ import annotations

import itertools
from typing import Any

from grader.checks import check, exercise, expect

PAGE = "page"  # the checks count on one page, one after the other, from where it stands
CALLS = (
    *("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"),
    *("UpdateItem", "PutItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
)
GAPS = 10  # nobody needs more calls for a visit
PATIENCE = 9.5  # seconds: who has waited so long ran into the timeout of the template


def visit(http: Any, stack: Any) -> int:
    """One visit; the number that the visitor is told."""
    return number_on(http.get(stack.outputs["VisitUrl"]))


def number_on(page: Any) -> int:
    """The number that a visitor is told."""
    expect(page.status, what="the status", hint=status_hint(page), trace=page.trace).equals(200)
    count = page.json()
    expect(count, what="the body", hint='Answer with JSON such as {"visits": 7}.', trace=page.trace).has_keys("visits")
    number = count["visits"]
    expect(number, what='"visits"', hint="DynamoDB hands back a Decimal: make it an int.", trace=page.trace).is_number()
    return int(number)


def status_hint(page: Any) -> str:
    """What to look at when a visit was not answered with 200."""
    gate = page.trace.first_broken
    told = gate.detail if gate else ""
    if "Decimal" in told:
        return "DynamoDB hands back a Decimal, which JSON does not know: make it an int."
    if "Attributes" in told or told.startswith("KeyError"):
        return "What does update_item answer? Without ReturnValues nothing, and UPDATED_OLD has nothing the first time."
    if "does not exist in the item" in told:
        return "The first visitor finds no row, so there is nothing to add to. ADD begins at 0 by itself."
    if gate and gate.name == "response":
        return told
    return "The logs say more: cloud.logs('VisitFunction')."


def visits_in_a_visit(cloud: Any, http: Any, stack: Any, gap: int) -> tuple[bool, list[int]]:
    """One visit, and another one right after its call number ``gap``.

    Returns
    -------
    tuple
        Whether it made so many calls, and the numbers that the two were told. Who holds a lock stands still here while
        the other one waits for it: that one is told nothing, and is not counted.
    """
    calls, came, told = itertools.count(1), list[float](), list[int]()

    def another_visit() -> None:
        if came or next(calls) != gap:  # its own calls bring nobody else
            return
        came.append(cloud.clock.timestamp())
        page = http.get(stack.outputs["VisitUrl"])
        if page.status == 200 or cloud.clock.timestamp() - came[0] < PATIENCE:
            told.append(number_on(page))

    for operation in CALLS:
        cloud.on_call("dynamodb", operation, another_visit)
    told.append(visit(http, stack))
    cloud.calm()
    return bool(came), told


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
    @check(points=1, shares=PAGE)
    def counts_in_one_environment(stack, http):
        """Three visits after each other are numbered 1, 2, 3."""
        expect(
            [visit(http, stack) for _ in range(3)],
            what="the numbers of three visits",
            hint="The first visitor is number 1.",
        ).equals([1, 2, 3])

    @check(points=2, needs=counts_in_one_environment, shares=PAGE)
    def counts_across_environments(cloud, stack, http):
        """Visits that meet different execution environments, new ones and used ones, are counted in one row."""
        before = visit(http, stack)
        crowds = [http.burst(stack.outputs["VisitUrl"], requests=6, per_second=1000) for _ in range(2)]
        numbers = sorted(number_on(answer) for crowd in crowds for answer in crowd if answer.status == 200)
        hint = (
            "Each environment has its own memory, its own classes and its own /tmp. "
            "What is kept there is counted separately, and code outside the handler runs once in each of them."
        )
        expect(numbers, what="the numbers of two crowds of six", hint=hint).equals(list(range(before + 1, before + 13)))

    @check(points=1, needs=counts_across_environments, shares=PAGE)
    def survives_the_environments(cloud, stack, http):
        """The count goes on after every environment has been retired."""
        before = visit(http, stack)
        cloud.clock.advance(hours=3)
        expect(
            visit(http, stack),
            what="the first visit after three idle hours",
            hint="Idle environments are taken away, and what they remembered with them.",
        ).equals(before + 1)

    @check(points=2, needs=counts_across_environments, shares=PAGE)
    def loses_no_visit_between_read_and_write(cloud, stack, http):
        """A visit that arrives between another one's read and write is not lost, and has a number of its own."""
        start = visit(http, stack)
        told: list[int] = []
        for gap in range(1, GAPS + 1):
            came, numbers = visits_in_a_visit(cloud, http, stack, gap)
            told += numbers
            if not came:
                break  # a visit makes fewer calls
        arrived = len(told) + 1
        expect(
            visit(http, stack) - start,
            what=f"visits counted of {arrived}, some of them in the middle of another",
            hint="Reading, adding one and writing back takes two calls; a visit between them is overwritten. "
            "Let DynamoDB add in one step.",
        ).equals(arrived)
        expect(
            sorted(told),
            what="the numbers told to visitors who came at the same moment",
            hint="Two visitors got the same number: counting and looking up the number were two calls, with a visit "
            "between them. The call that adds can hand back the new number.",
        ).equals(list(range(start + 1, start + arrived)))
