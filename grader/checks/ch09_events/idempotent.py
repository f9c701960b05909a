"""9.4: the same event twice."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch09_events.uploads import RETRIES_OVER_MINUTES, expect_thumbnail, upload
from grader.checks.material import photograph

SERVICE = "service"  # the checks use one service, one after the other, and count from where it stands


def statistics(cloud: Any, stack: Any) -> int:
    """How many conversions the table counts."""
    item = (
        cloud.client("dynamodb")
        .get_item(TableName=stack.outputs["ConversionsTable"], Key={"id": {"S": "statistics"}}, ConsistentRead=True)
        .get("Item", {})
    )
    found = item.get("converted", {"N": "0"})
    if not str(found.get("N", "")).isdecimal():
        fail(
            "a number as the attribute 'converted' of the statistics",
            str(found),
            "Count with ADD: {'N': …} is a number.",
        )
    return int(found["N"])


def event_of(cloud: Any, stack: Any, key: str, body: bytes) -> dict[str, Any]:
    """Upload, and remember the event that S3 sent for it."""
    upload(cloud, stack, key, body)
    return cloud.delivered_events("ConvertFunction")[-1]


def earlier(record: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """The record of an earlier upload under the same key, as S3 would have sent it; ``number`` tells several apart."""
    described = {**record["s3"]["object"], "eTag": f"{number:032x}", "sequencer": f"{number:018X}"}
    response = {name: f"{number:02}{value[:1:-1]}" for name, value in record["responseElements"].items()}
    return {
        **record,
        "eventTime": f"2026-01-01T00:00:{number:02}.000Z",
        "responseElements": response,
        "s3": {**record["s3"], "object": described},
    }


def with_sequencer_of(record: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A record with the sequencer of another key's upload: S3 orders by it what is under one key, and no more."""
    described = {**record["s3"]["object"], "sequencer": other["s3"]["object"]["sequencer"]}
    return {**record, "s3": {**record["s3"], "object": described}}


def let_meet(cloud: Any, call: tuple[str, str], event: dict[str, Any], beside: dict[str, Any]) -> None:
    """Deliver an event; while the function waits for the answer to a call, deliver another to a second environment."""
    left = [beside]

    def deliver() -> None:
        while left:  # what this sets off does not set it off again
            cloud.invoke("ConvertFunction", left.pop())

    cloud.on_call(*call, deliver)
    cloud.invoke("ConvertFunction", event, asynchronous=True)
    cloud.run_until_idle()
    cloud.calm()
    deliver()
    cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)


def cancel_next(cloud: Any) -> None:
    """Let the next transaction meet another one: it is cancelled, and has written nothing."""
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    cloud.fail_next(
        "dynamodb", "TransactWriteItems", "TransactionCanceledException", by="ConvertFunction",
        members={"CancellationReasons": reasons},
    )  # fmt: skip


@exercise(
    "9.4",
    "Once is enough",
    slug="9_4_idempotent",
    files=["app.py"],
    minutes=20,
    hints=[
        "Deliveries repeat, and a repeated event has the same record. Which of its members tell this upload from "
        "every other one, a second upload under the same key included?",
        "Remember what was counted, in the table: a Put with ConditionExpression 'attribute_not_exists(id)' succeeds "
        "once. But if you remember first and fail afterwards, the retry is skipped and the work is lost.",
        "Convert first: doing that twice does no harm. Then remember and count together, both or neither: "
        "transact_write_items with a conditional Put and an Update. It is cancelled with a reason for each write; "
        "ConditionalCheckFailed for the Put means 'counted already', anything else is a failure.",
    ],
    passed="The same event twice, one thumbnail, one count, even when an attempt dies in the middle. "
    "At-least-once delivery no longer worries you.",
    next="9.5",
)
class Idempotent:
    @check(points=1, shares=SERVICE)
    def counts_an_upload(cloud, stack, rng):
        """One upload makes one thumbnail and counts one."""
        upload(cloud, stack, "first.jpg", photograph(rng))
        expect_thumbnail(cloud, stack, "first.jpg")
        expect(
            statistics(cloud, stack),
            what="conversions counted",
            hint="Item {'id': 'statistics'}, attribute 'converted', a number.",
        ).equals(1)

    @check(points=2, needs=counts_an_upload, shares=SERVICE)
    def counts_a_repeated_event_once(cloud, stack, rng):
        """The same event delivered three times, to new environments as well, counts one."""
        before = statistics(cloud, stack)
        event = event_of(cloud, stack, "again.jpg", photograph(rng))
        cloud.invoke("ConvertFunction", event, asynchronous=True)
        cloud.run_until_idle()
        cloud.clock.advance(hours=5)
        cloud.invoke("ConvertFunction", event, asynchronous=True)
        cloud.run_until_idle()
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted after three deliveries",
            hint="Memory and /tmp go with "
            "the environment, and every delivery has a request id of its own. Remember the upload in the table, "
            "by key, eTag and sequencer.",
        ).equals(1)

    @check(points=1, needs=counts_an_upload, shares=SERVICE)
    def counts_a_new_upload_under_an_old_key(cloud, stack, rng):
        """A second upload under the same key counts, even of the same picture."""
        before = statistics(cloud, stack)
        picture = photograph(rng)
        upload(cloud, stack, "same.jpg", picture)
        cloud.clock.advance(seconds=1)
        upload(cloud, stack, "same.jpg", picture)
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted after two uploads under one key",
            hint="The key alone does not name an upload: add the record's eTag and sequencer. (The eTag tells another "
            "picture from this one, the sequencer the same picture that was uploaded again.)",
        ).equals(2)
        before, [known] = statistics(cloud, stack), cloud.delivered_events("ConvertFunction")[-1]["Records"]
        cloud.invoke("ConvertFunction", {"Records": [known, earlier(known), known]})
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted after one event with three records: a known one, one of an earlier upload that "
            "comes late, the known one again",
            hint="Look at each record on its own: a known one must not end the loop, and events come in any order. "
            "Remember every upload, not only the last.",
        ).equals(1)
        upload(cloud, stack, "other.jpg", picture)
        before, [other] = statistics(cloud, stack), cloud.delivered_events("ConvertFunction")[-1]["Records"]
        cloud.invoke("ConvertFunction", {"Records": [with_sequencer_of(earlier(other), known)]})
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted for an upload whose sequencer is that of an upload under another key",
            hint="A sequencer tells uploads under one key apart: the key belongs into the name.",
        ).equals(1)

    @check(points=1, needs=(counts_a_repeated_event_once, counts_a_new_upload_under_an_old_key), shares=SERVICE)
    def counts_what_comes_at_the_same_moment(cloud, stack, rng):
        """Two environments that are given one event at the same moment count one; two events count two."""
        [record] = event_of(cloud, stack, "moment.jpg", photograph(rng))["Records"]
        one, two, three = ({"Records": [earlier(record, number)]} for number in (1, 2, 3))
        before = statistics(cloud, stack)
        let_meet(cloud, ("s3", "PutObject"), one, one)
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted of one event that two environments worked on at once",
            hint="Both looked, and neither found the upload. Let a condition decide, at the moment of writing.",
        ).equals(1)
        before = statistics(cloud, stack)
        let_meet(cloud, ("dynamodb", "GetItem"), two, three)
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted of two events that two environments worked on at once",
            hint="Both read the same count and added one to it. Let the table add: ADD.",
        ).equals(2)

    @check(points=2, needs=counts_an_upload, shares=SERVICE)
    def survives_a_failed_attempt(cloud, stack, rng):
        """When an attempt dies before the thumbnail is stored, the retry does the work and counts it."""
        before = statistics(cloud, stack)
        cloud.fail_next("s3", "PutObject", "AccessDenied", status=403, by="ConvertFunction")
        upload(cloud, stack, "retried.jpg", photograph(rng))
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted after an attempt that died before the thumbnail was stored",
            hint="Nothing has been converted yet. Do the work first, then remember and count together.",
        ).equals(0)
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        cloud.calm()
        expect_thumbnail(
            cloud,
            stack,
            "retried.jpg",
            hint="The first attempt failed. Did the error leave the handler, so that Lambda tries again? Did the retry "
            "think that the work was done? Remember an upload after the work, not before.",
        )
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted after a failed attempt and its retry",
            hint="The retry must count what the first attempt did not.",
        ).equals(1)

    @check(points=1, needs=counts_an_upload, shares=SERVICE)
    def survives_a_failed_count(cloud, stack, rng):
        """When an attempt dies while it writes to the table, the retry counts, once."""
        before = statistics(cloud, stack)
        for operation in ("UpdateItem", "PutItem"):
            cloud.fail_next("dynamodb", operation, "AccessDeniedException", status=400, by="ConvertFunction")
        cancel_next(cloud)
        upload(cloud, stack, "counted.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        cloud.calm()
        expect(
            statistics(cloud, stack) - before,
            what="conversions counted although writing to the table failed at first",
            hint="Remember and count in one transaction: both or neither. It is cancelled for other reasons, too: only "
            "ConditionalCheckFailed, for the Put, says that the upload is known.",
        ).equals(1)
