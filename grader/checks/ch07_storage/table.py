"""7.4: a conditional write and an atomic group."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output

LIMIT = 3
READS = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
CONFLICTS = (("None", "TransactionConflict"), ("TransactionConflict", "None"))  # with the one item, or the other
FAULTS = (
    *((operation, "AccessDeniedException", {}) for operation in WRITES),
    *(
        (
            "TransactWriteItems",
            "TransactionCanceledException",
            {"CancellationReasons": [{"Code": code} for code in codes]},
        )
        for codes in CONFLICTS
    ),
)
KNOWN_HINT = (
    "A Put overwrites, unless its condition says attribute_not_exists(id). And the reasons of a cancelled transaction "
    "come in the order of its writes: which of yours is it that says known?"
)
FIRST_HINT = (
    "A comparison with an attribute that is not there is never true: an owner's first upload needs a condition of its "
    "own, attribute_not_exists(…) OR …"
)
LIMIT_HINT = (
    f"{LIMIT} are the most: the condition looks at the count before one is added. And the reasons of a cancelled "
    "transaction come in the order of its writes."
)
ITEMS_HINT = "The docstring shows the two items: their keys, and what stands in them."
TABLE = "table"  # the checks use one table, one after the other, each with uploads of its own


def register(cloud: Any, upload: str, owner: str, name: str) -> str:
    """Register an upload, and return the status that was answered."""
    answer = cloud.invoke("RegisterFunction", {"id": upload, "owner": owner, "name": name})
    if answer.error is not None:
        fail(
            expected="registering an upload answers with a status",
            found=str(answer.error.get("errorMessage", ""))[:400],
            trace=answer.trace,
        )
    expect(answer.payload, what="the answer", hint='Return {"status": …}.').has_keys("status")
    return str(answer.payload["status"])


def item(cloud: Any, stack: Any, key: str) -> dict[str, Any] | None:
    """An item of the table, as plain values; None when there is none."""
    found = cloud.client("dynamodb").get_item(
        TableName=output(stack, "UploadsTable"), Key={"id": {"S": key}}, ConsistentRead=True
    )
    held = found.get("Item")
    return None if held is None else {name: next(iter(value.values())) for name, value in held.items()}


def counted(cloud: Any, stack: Any, owner: str) -> int:
    """How many uploads the table says an owner has."""
    found = (item(cloud, stack, f"owner#{owner}") or {}).get("uploads", 0)
    expect(str(found).isdecimal(), ITEMS_HINT, what=f"uploads in the item owner#{owner} is a number").is_true()
    return int(found)


def kept(cloud: Any, stack: Any) -> int:
    """How many uploads the table holds."""
    items = cloud.client("dynamodb").scan(TableName=output(stack, "UploadsTable"))["Items"]
    return sum(one["id"]["S"].startswith("upload#") for one in items)


class Interruption:
    """Somebody else who writes right after the function's read of a certain number, while it is expected."""

    def __init__(self, cloud: Any, number: int, action: Callable[[], None]) -> None:
        self._left, self._action = number, action
        for operation in READS:
            cloud.on_call("dynamodb", operation, self._note)

    def _note(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._action()

    def over(self) -> None:
        """Expect it no longer."""
        self._left = 0


def put_upload(cloud: Any, stack: Any, upload: str, owner: str, name: str) -> None:
    """What another instance of the function does: register an upload."""
    table = output(stack, "UploadsTable")
    row = {"id": {"S": f"upload#{upload}"}, "owner": {"S": owner}, "name": {"S": name}}
    client = cloud.client("dynamodb")
    client.put_item(TableName=table, Item=row)
    client.update_item(
        TableName=table,
        Key={"id": {"S": f"owner#{owner}"}},
        UpdateExpression="ADD uploads :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


@exercise(
    "7.4",
    "All or nothing",
    slug="7_4_table",
    files=["app.py"],
    minutes=20,
    hints=[
        "Reading first and writing then leaves a gap in which somebody else writes. Which two conditions must hold at "
        "the very moment of writing? DynamoDB checks conditions itself.",
        "Two writes: a Put of the upload with attribute_not_exists(id), an Update of the owner with ADD uploads :one "
        "and a condition on :limit. Both or neither: transact_write_items.",
        "except dynamodb.exceptions.TransactionCanceledException: its response['CancellationReasons'] has one entry "
        "for each write, with Code 'ConditionalCheckFailed' or 'None'. The first means known, the second full; "
        "anything else is an error: raise.",
    ],
    passed="However many run at once and wherever one dies: no upload is overwritten, nobody has one too many, and the "
    "count is right.",
    next="7.5",
)
class Table:
    @check(points=1, shares=TABLE)
    def registers_an_upload(cloud, stack, rng):
        """A new upload is kept, and its owner has one more."""
        upload, owner, name = word(rng), word(rng), f"{word(rng)}.jpg"
        status = register(cloud, upload, owner, name)
        expect(status, FIRST_HINT, what="the status of a new upload").equals("registered")
        expect(item(cloud, stack, f"upload#{upload}"), ITEMS_HINT, what="the upload's item").equals(
            {"id": f"upload#{upload}", "owner": owner, "name": name}
        )
        expect(counted(cloud, stack, owner), ITEMS_HINT, what=f"uploads in the item owner#{owner}").equals(1)

    @check(points=1, needs=registers_an_upload, shares=TABLE)
    def knows_an_upload_again(cloud, stack, rng):
        """The same id a second time changes nothing."""
        upload, owner = word(rng), word(rng)
        register(cloud, upload, owner, "first.jpg")
        status = register(cloud, upload, owner, "second.jpg")
        expect(status, KNOWN_HINT, what="the status of an id that is taken").equals("known")
        found = item(cloud, stack, f"upload#{upload}") or {}
        expect(found.get("name"), KNOWN_HINT, what="the name that is kept").equals("first.jpg")
        expect(counted(cloud, stack, owner), what="the owner's uploads", hint="Count only what is new.").equals(1)

    @check(points=1, needs=registers_an_upload, shares=TABLE)
    def stops_at_the_limit(cloud, stack, rng):
        """An owner with three uploads gets no fourth, and others are not concerned."""
        owner, before = word(rng), kept(cloud, stack)
        statuses = [register(cloud, f"{owner}-{number}", owner, "x.jpg") for number in range(LIMIT + 1)]
        wanted = ["registered"] * LIMIT + ["full"]
        expect(statuses, LIMIT_HINT, what="the answers to four uploads").equals(wanted)
        hint = "When the owner is full, the upload must not be there either: both writes or neither."
        expect(kept(cloud, stack) - before, hint, what="uploads in the table").equals(LIMIT)
        expect(counted(cloud, stack, owner), hint, what="the owner's uploads").equals(LIMIT)
        expect(register(cloud, word(rng), word(rng), "x.jpg"), what="another owner's upload").equals("registered")

    @check(points=2, needs=registers_an_upload, shares=TABLE)
    def holds_although_others_are_quicker(cloud, stack, rng):
        """Two at the same moment: nothing is overwritten, and nobody gets one too many."""
        hint = (
            "Between your read and your write another invocation has written. What you have read is old: let "
            "DynamoDB check the condition in the write itself."
        )
        for moment, theirs in ((1, "the same"), (2, "the same"), (1, "another"), (2, "another")):
            owner, upload = word(rng), word(rng)
            other, had = (upload, 0) if theirs == "the same" else (word(rng), LIMIT - 1)
            for number in range(had):
                register(cloud, f"{owner}-{number}", owner, "x.jpg")
            before = kept(cloud, stack)
            quicker = partial(put_upload, cloud, stack, other, owner, "theirs.jpg")
            interruption = Interruption(cloud, moment, quicker)
            register(cloud, upload, owner, "mine.jpg")
            interruption.over()
            register(cloud, word(rng), owner, "x.jpg")
            expect(counted(cloud, stack, owner), hint, what="the owner's uploads, by the count").is_at_most(LIMIT)
            expect(kept(cloud, stack) - before + had, hint, what="the owner's uploads in the table").equals(
                counted(cloud, stack, owner)
            )

    @check(points=2, needs=registers_an_upload, shares=TABLE)
    def leaves_nothing_half_done(cloud, stack, rng):
        """When a write fails, the table holds both or neither, and the caller hears of it."""
        for operation, code, members in FAULTS:
            owner, upload = word(rng), word(rng)
            cloud.fail_next("dynamodb", operation, code, by="RegisterFunction", members=members)
            answer = cloud.invoke("RegisterFunction", {"id": upload, "owner": owner, "name": "x.jpg"})
            cloud.calm()
            there = int(item(cloud, stack, f"upload#{upload}") is not None)
            expect(
                counted(cloud, stack, owner),
                what=f"the count of an owner with {there} uploads in the table, after a write that failed",
                hint="Two writes one after the other can be interrupted between them. transact_write_items does both "
                "or neither.",
            ).equals(there)
            claimed = answer.payload if answer.error is None else "an error"
            expect(
                claimed,
                what=f"the answer when {there} uploads were stored because a write failed",
                hint="Not every error means 'known' or 'full', nor does every reason of a cancelled transaction: two "
                "may meet in a TransactionConflict. What you do not expect: raise it, so that the caller tries again.",
            ).equals({"status": "registered"} if there else "an error")
