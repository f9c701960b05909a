"""9.6: a queue between bucket and function."""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import Random
from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.ch09_events.uploads import expect_thumbnail, letters
from grader.checks.material import photograph, word
from grader.checks.reading import stored_keys

SERVICE = "service"  # the checks use one service, one after the other, each for a batch of its own


def upload_batch(cloud: Any, stack: Any, rng: Random, good: int) -> tuple[list[str], str]:
    """Several uploads that will be polled together, one of them no picture.

    Returns
    -------
    The keys of the good ones, and a word that is in all keys of the batch.
    """
    batch = word(rng)
    keys = [f"photo {number} {batch}.jpg" for number in range(good)]
    position = rng.randrange(good)
    for number, key in enumerate(keys):
        if number == position:
            cloud.client("s3").put_object(
                Bucket=stack.outputs["UploadsBucket"], Key=f"poison {batch}.jpg", Body=b"no picture"
            )
        cloud.client("s3").put_object(Bucket=stack.outputs["UploadsBucket"], Key=key, Body=photograph(rng))
    let_it_work(cloud, stack)
    return keys, batch


def is_good(message: dict[str, Any], batch: str) -> bool:
    """Whether a message is about a good picture of the batch."""
    return batch in message["body"] and "poison" not in message["body"]


def attribute(cloud: Any, queue: str, name: str) -> str:
    """One attribute of a queue, or nothing."""
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return str(found.get(name, ""))


def window(cloud: Any, stack: Any) -> int:
    """How many seconds the uploads queue's messages are gathered before the function is called."""
    queue = attribute(cloud, stack.outputs["UploadsQueue"], "QueueArn")
    sources = cloud.client("lambda").list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
    return max((int(source.get("MaximumBatchingWindowInSeconds", 0)) for source in sources), default=0)


def let_it_work(cloud: Any, stack: Any) -> None:
    """Let the messages that wait be gathered and worked on."""
    cloud.run_until_idle()
    cloud.clock.advance(seconds=window(cloud, stack))


def let_it_return(cloud: Any, stack: Any, times: int) -> None:
    """Let so much time pass that a message which fails becomes visible again this many times."""
    hidden = int(attribute(cloud, stack.outputs["UploadsQueue"], "VisibilityTimeout"))
    cloud.clock.advance(seconds=times * (hidden + window(cloud, stack)) + 60)


def why_not_converted(cloud: Any) -> str:
    """What to look at when nothing came of the messages; with the last error in the function's log, if there is one."""
    errors = [event.message for event in cloud.logs("ConvertFunction") if event.message.startswith("[ERROR]")]
    hint = (
        "Is the queue an event of the function (Type: SQS)? The body of each message is an S3 event as JSON text, and "
        "its keys are URL-encoded."
    )
    if not errors:
        return hint
    if "KeyError: 'Records'" in errors[-1]:
        hint = "S3's first message to a queue is a test without Records; it must not hold up the others."
    return f"{hint} The function's log says: {errors[-1].splitlines()[0]}"


def records_of(cloud: Any) -> list[dict[str, Any]]:
    """What S3 has told so far: the records in all messages that the function was given."""
    bodies = [message["body"] for event in cloud.delivered_events("ConvertFunction") for message in event["Records"]]
    return [record for body in bodies for record in json.loads(body).get("Records", [])]


def keys_in(bodies: Iterable[str]) -> list[str]:
    """The keys that messages tell of."""
    return [record["s3"]["object"]["key"] for body in bodies for record in json.loads(body).get("Records", [])]


@exercise(
    "9.6",
    "A queue in between",
    slug="9_6_buffer",
    files=["template.yaml", "app.py"],
    minutes=20,
    hints=[
        "Who retries now? Not Lambda's asynchronous queue: the message becomes visible again. How long should it be "
        "hidden, and how often may it come back?",
        "VisibilityTimeout at least six times the function's Timeout, RedrivePolicy with maxReceiveCount, an event of "
        "Type: SQS with FunctionResponseTypes: [ReportBatchItemFailures].",
        "Catch the error of each message on its own, and hand back {'batchItemFailures': [{'itemIdentifier': "
        "message['messageId']}, …]}. A message's body is an S3 event as text: json.loads(message['body']).",
    ],
    passed="Bursts wait in the queue instead of failing, and one poisoned picture neither holds up nor repeats the "
    "others. It ends where you can look at it.",
    next="9",
)
class Buffer:
    @check(points=1, shares=SERVICE)
    def converts_through_the_queue(cloud, stack, rng):
        """Uploads are converted by way of the queue."""
        keys = ["queued (a+b).jpg", "also.jpg"]
        for key in keys:
            cloud.client("s3").put_object(Bucket=stack.outputs["UploadsBucket"], Key=key, Body=photograph(rng))
        let_it_work(cloud, stack)
        for key in keys:
            expect_thumbnail(
                cloud,
                stack,
                key,
                hint=why_not_converted(cloud),
            )
            cloud.client("s3").delete_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key)
        both = json.dumps({"Records": records_of(cloud)})
        cloud.client("sqs").send_message(QueueUrl=stack.outputs["UploadsQueue"], MessageBody=both)
        let_it_work(cloud, stack)
        for key in keys:
            expect_thumbnail(cloud, stack, key, hint="One message may tell of several uploads: its body has Records.")
        waiting = attribute(cloud, stack.outputs["UploadsQueue"], "ApproximateNumberOfMessages")
        expect(int(waiting), what="messages left in the queue").equals(0)

    @check(points=2, needs=converts_through_the_queue, shares=SERVICE)
    def one_poisoned_message_does_not_hold_up_its_batch(cloud, stack, rng):
        """The good pictures of a batch are converted at once, and not again when the bad one returns."""
        keys, batch = upload_batch(cloud, stack, rng, good=3)
        for key in keys:
            expect_thumbnail(cloud, stack, key, hint="Catch the error of each message on its own.")
        before = len(cloud.delivered_events("ConvertFunction"))
        let_it_return(cloud, stack, times=2)
        later = cloud.delivered_events("ConvertFunction")[before:]
        again = [message["body"] for event in later for message in event["Records"] if is_good(message, batch)]
        expect(
            len(again),
            what="good messages that were delivered again",
            hint="Name the failed ones only: "
            "batchItemFailures with itemIdentifier = messageId, and FunctionResponseTypes: [ReportBatchItemFailures] "
            "on the event. Otherwise the whole batch returns.",
        ).equals(0)

    @check(points=2, needs=converts_through_the_queue, shares=SERVICE)
    def poison_ends_in_the_failed_queue(cloud, stack, rng):
        """A message that fails every time is put aside after a few receives."""
        cloud.fail_next("s3", "GetObject", "AccessDenied", status=403, by="ConvertFunction")
        keys, batch = upload_batch(cloud, stack, rng, good=2)
        cloud.calm()
        expect(
            len([key for key in keys if key in stored_keys(cloud, stack.outputs["ThumbnailsBucket"])]),
            what="thumbnails of a batch in which one upload could not be read for the moment",
            hint="Whatever goes wrong with one message, the others go on: catch every error, not only that of Pillow.",
        ).is_at_least(1)
        let_it_return(cloud, stack, times=10)
        expect(
            keys_in(letter for letter in letters(cloud, stack.outputs["FailedQueue"]) if batch in letter),
            what="uploads whose messages lie in the failed queue",
            hint="RedrivePolicy on the uploads queue: deadLetterTargetArn and maxReceiveCount, at most 10. And a "
            "failure must be reported, not only logged; what went well must not be. Lambda reads the report only with "
            "FunctionResponseTypes: [ReportBatchItemFailures] on the event.",
        ).has_length(1)
        attempts = sum(
            batch in message["body"] and not is_good(message, batch)
            for event in cloud.delivered_events("ConvertFunction")
            for message in event["Records"]
        )
        expect(
            attempts,
            what="how often the poisoned message was tried",
            hint="maxReceiveCount: at least 2, so that a passing fault is forgiven.",
        ).is_at_least(2)

    @check(points=1, shares=SERVICE)
    def hides_messages_long_enough(cloud, stack, template):
        """A message stays hidden for at least six times the function's timeout."""
        timeout = cloud.client("lambda").get_function_configuration(
            FunctionName=stack.resources["ConvertFunction"].physical_id
        )["Timeout"]
        hidden = int(attribute(cloud, stack.outputs["UploadsQueue"], "VisibilityTimeout"))
        expect(
            hidden,
            what=f"VisibilityTimeout in seconds (the function's Timeout is {timeout})",
            hint="A message that "
            "becomes visible while it is still being worked on is worked on twice. AWS advises six times the timeout.",
        ).is_at_least(6 * timeout)
