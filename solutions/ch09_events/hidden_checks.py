"""What only a grader with the solutions asks: the same, with names and orders drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch09_events import idempotent, thumbnail
from grader.checks.ch09_events.buffer import SERVICE as BUFFER_SERVICE, upload_batch
from grader.checks.ch09_events.circle import STACK as CIRCLE_STACK
from grader.checks.ch09_events.dead_letters import SERVICE as LETTERS_SERVICE, follow
from grader.checks.ch09_events.destination import SERVICE as REPORTS_SERVICE, hint_for, reports
from grader.checks.ch09_events.idempotent import statistics
from grader.checks.ch09_events.uploads import RETRIES_OVER_MINUTES, bury, clear, expect_thumbnail, letters, upload
from grader.checks.material import photograph


def any_key(rng):
    """A key with something difficult in it."""
    return f"{rng.choice(['', 'in/', 'a.b/'])}{rng.choice(['x y', 'ä+ö', '50%', '(1)'])}{rng.randrange(10_000)}.jpg"


@hidden("9.1")
class ThumbnailHidden:
    @check(points=1, shares=thumbnail.SERVICE)
    def converts_any_upload(cloud, stack, rng):
        """Any upload is converted."""
        for _ in range(3):
            key, kind = any_key(rng), rng.choice(["JPEG", "PNG", "GIF"])
            upload(cloud, stack, key, photograph(rng, kind, rng.randrange(200, 900), rng.randrange(200, 900)))
            expect_thumbnail(cloud, stack, key, kind)


@hidden("9.2")
class CircleHidden:
    @check(points=1, shares=CIRCLE_STACK)
    def converts_after_an_update(cloud, stack, deploy, rng):
        """The stack still works after it was deployed again."""
        deploy(name=stack.name)
        key = f"{rng.randrange(10_000)} again.jpg"  # EventBridge, one of the ways out, does not encode keys
        upload(cloud, stack, key, photograph(rng))
        expect_thumbnail(cloud, stack, key)


@hidden("9.3")
class DeadLettersHidden:
    @check(points=1, shares=LETTERS_SERVICE)
    def keeps_every_failure(cloud, stack, rng):
        """Several failures are all kept."""
        clear(cloud, stack.outputs["FailedQueue"])
        count = rng.randrange(2, 5)
        for number in range(count):
            upload(cloud, stack, f"broken {number}.jpg", b"no picture")
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        kept = letters(cloud, stack.outputs["FailedQueue"])
        hint = follow(len(kept) // count)
        expect(kept, hint, what=f"letters of {count} failures").has_length(count)


@hidden("9.4")
class IdempotentHidden:
    @check(points=1, shares=idempotent.SERVICE)
    def counts_any_mixture(cloud, stack, rng):
        """Any mixture of new and repeated deliveries is counted right."""
        uploads, before = rng.randrange(2, 5), statistics(cloud, stack)
        delivered = len(cloud.delivered_events("ConvertFunction"))
        for number in range(uploads):
            upload(cloud, stack, f"{number} {any_key(rng)}", photograph(rng))
        events = list(cloud.delivered_events("ConvertFunction"))[delivered:]
        for event in rng.sample(events, k=2) + events[:1]:
            cloud.invoke("ConvertFunction", event, asynchronous=True)
        cloud.run_until_idle()
        hint = "Name an upload by its record, bucket and key included, and remember the name as you count."
        counted = statistics(cloud, stack) - before
        expect(counted, hint, what=f"conversions counted of {uploads} uploads").equals(uploads)


@hidden("9.5")
class DestinationHidden:
    @check(points=1, shares=REPORTS_SERVICE)
    def reports_any_failure(cloud, stack, rng):
        """Any failed upload is reported, even when the report could not be stored at first."""
        before, key = reports(cloud, stack), any_key(rng)
        bury(cloud, stack, key)
        found = reports(cloud, stack, before)
        expect(found, hint_for(found), what="the reports").equals([f"{key}.json"])
        before = reports(cloud, stack)
        cloud.fail_next("s3", "PutObject", "AccessDenied", status=403, by="ReportFunction")
        bury(cloud, stack, "stored later.jpg")
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        cloud.calm()
        hint = "Storing the report failed once. Let the error out of the handler: Lambda tries this one again, too."
        expect(reports(cloud, stack, before), hint, what="the reports").equals(["stored later.jpg.json"])


@hidden("9.6")
class BufferHidden:
    @check(points=1, shares=BUFFER_SERVICE)
    def a_larger_batch(cloud, stack, rng):
        """A larger batch with poison in it is converted as well."""
        for key in upload_batch(cloud, stack, rng, good=rng.randrange(6, 9))[0]:
            expect_thumbnail(cloud, stack, key)
