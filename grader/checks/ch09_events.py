"""Chapter 9, Handling platform events: convert, break the circle, bury, count once, report, buffer."""

from __future__ import annotations

import io
import json
from random import Random
from typing import Any

from PIL import Image

from grader.checks import check, exercise, expect, fail

LONGEST_SIDE = 160
ATTEMPTS = 3
RETRIES_OVER_MINUTES = 4


def photograph(rng: Random, kind: str = "JPEG", width: int = 640, height: int = 480) -> bytes:
    """A small picture of random colour, as a file of the given format."""
    color = tuple(rng.randrange(256) for _ in range(3))
    written = io.BytesIO()
    Image.new("RGB", (width, height), color).save(written, format=kind)
    return written.getvalue()


def upload(cloud: Any, stack: Any, key: str, body: bytes) -> None:
    """Put an object into the uploads bucket and let everything happen that it sets off."""
    cloud.client("s3").put_object(Bucket=stack.outputs["UploadsBucket"], Key=key, Body=body)
    cloud.run_until_idle()


def stored_keys(cloud: Any, bucket: str) -> list[str]:
    """The keys in a bucket, sorted."""
    return sorted(item["Key"] for item in cloud.client("s3").list_objects_v2(Bucket=bucket).get("Contents", []))


def expect_thumbnail(cloud: Any, stack: Any, key: str, kind: str = "JPEG", hint: str = "") -> None:
    """Look for a thumbnail under the key, and look at it."""
    bucket = stack.outputs["ThumbnailsBucket"]
    keys = stored_keys(cloud, bucket)
    if key not in keys:
        fail(
            expected=f"an object {key!r} in the thumbnails bucket",
            found=f"the keys {keys}",
            hint=hint or "Look at the trace: which gate broke? The logs of ConvertFunction say the rest.",
            trace=cloud.traces.last(),
        )
    answer = cloud.client("s3").get_object(Bucket=bucket, Key=key)
    body = answer["Body"].read()
    try:
        with Image.open(io.BytesIO(body)) as small:
            size, found_kind = small.size, small.format
    except Exception:
        fail(
            expected=f"a {kind} picture under {key!r}",
            found=f"{len(body)} bytes that are no picture",
            hint="Store what make_thumbnail wrote.",
        )
    expect(
        max(size), what=f"the longest side of {key!r} in pixels", hint="Store the small file, not the upload."
    ).is_at_most(LONGEST_SIDE)
    expect(found_kind, what=f"the format of {key!r}", hint="make_thumbnail keeps the format.").equals(kind)
    expect(
        answer["ContentType"],
        what=f"the content type of {key!r}",
        hint="A browser needs it: put_object(ContentType=…); make_thumbnail hands it back.",
    ).equals(Image.MIME[kind])


@exercise(
    "9.1",
    "From upload to thumbnail",
    slug="9_1_thumbnail",
    files=["app.py"],
    minutes=20,
    hints=[
        "Print the event of one upload, or make a sample with `sam local generate-event s3 put`. "
        "Where do bucket and key stand? How does S3 write a space in a key?",
        "Loop over event['Records']; decode the key with urllib.parse.unquote_plus. Work in a folder of "
        "tempfile.TemporaryDirectory(), which is removed whatever happens.",
        "get_object(Bucket=, Key=)['Body'].read() into a file; content_type = make_thumbnail(source, target); "
        "put_object(Bucket=os.environ['THUMBNAILS_BUCKET'], Key=key, Body=…, ContentType=content_type).",
    ],
    passed="Uploads of any name become thumbnails, one event or many, and the disk stays clean. "
    "Nobody waits for it, and nobody pays for waiting.",
    next="9.2",
)
class Thumbnail:
    @check(points=2)
    def makes_a_thumbnail(cloud, stack, rng):
        """An upload appears as a thumbnail in the other bucket, under the same key."""
        upload(cloud, stack, "beach.jpg", photograph(rng))
        expect_thumbnail(cloud, stack, "beach.jpg")

    @check(points=1, needs=makes_a_thumbnail)
    def decodes_the_key(cloud, stack, rng):
        """Keys with spaces, plus signs and letters from everywhere work."""
        for key in ("my holiday (1).jpg", "a+b=c.jpg", "Zürich/Größe 100%.jpg"):
            upload(cloud, stack, key, photograph(rng))
            expect_thumbnail(
                cloud,
                stack,
                key,
                hint="In the event the key is URL-encoded: a space comes as '+'. "
                "Decode it with urllib.parse.unquote_plus.",
            )

    @check(points=1, needs=makes_a_thumbnail)
    def takes_any_name_and_format(cloud, stack, rng):
        """What a file is called does not decide what it is: dots in folders, capitals, no ending at all."""
        for key, kind in (
            ("a.b/c.d.JPEG", "JPEG"),
            ("logo.png", "PNG"),
            ("no-ending", "PNG"),
            ("2026.11.24/x", "JPEG"),
        ):
            upload(cloud, stack, key, photograph(rng, kind))
            expect_thumbnail(
                cloud,
                stack,
                key,
                kind,
                hint="Do not take the name apart: splitting at a dot fails for "
                "'a.b/c.d.JPEG'. Work with file names of your own; Pillow reads the format from the bytes.",
            )

    @check(points=1, needs=makes_a_thumbnail)
    def handles_every_record(cloud, stack, rng):
        """An event may carry several records, and each of them gets its thumbnail."""
        bucket, keys = stack.outputs["UploadsBucket"], ["one.jpg", "two.jpg", "three.jpg"]
        for key in keys:
            cloud.client("s3").put_object(Bucket=bucket, Key=f"batch/{key}", Body=photograph(rng))
        cloud.run_until_idle()
        for key in stored_keys(cloud, stack.outputs["ThumbnailsBucket"]):
            cloud.client("s3").delete_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key)
        records = [{"s3": {"bucket": {"name": bucket}, "object": {"key": f"batch/{key}"}}} for key in keys]
        answer = cloud.invoke("ConvertFunction", {"Records": records})
        expect(answer.error, what="the error of an event with three records", hint="See the logs.").is_none()
        expect(
            stored_keys(cloud, stack.outputs["ThumbnailsBucket"]),
            what="thumbnails after one event with three records",
            hint="Loop over event['Records'], do not take only the first.",
        ).equals(sorted(f"batch/{k}" for k in keys))

    @check(points=1, needs=makes_a_thumbnail)
    def does_not_call_itself(cloud, stack, rng):
        """A thumbnail does not set off another conversion."""
        upload(cloud, stack, "loop.jpg", photograph(rng))
        cloud.clock.advance(minutes=5)
        expect(
            stored_keys(cloud, stack.outputs["UploadsBucket"]),
            what="the keys in the uploads bucket",
            hint="Writing into the bucket whose events call you is a loop: every thumbnail is an upload again.",
        ).equals(["loop.jpg"])

    @check(points=2, needs=makes_a_thumbnail)
    def leaves_the_disk_clean(cloud, stack, rng):
        """Nothing is left in /tmp, after a success and after a failure."""
        hint = (
            "An environment is used again, and /tmp is kept with it. Work in tempfile.TemporaryDirectory(), "
            "or delete in a finally block: a failure must not leave files behind either."
        )
        upload(cloud, stack, "tidy.jpg", photograph(rng))
        expect(cloud.tmp_files("ConvertFunction"), what="files in /tmp after a conversion", hint=hint).equals([])
        upload(cloud, stack, "broken.jpg", b"this is no picture")
        expect(cloud.tmp_files("ConvertFunction"), what="files in /tmp after a failure", hint=hint).equals([])


def permissions(cloud: Any, stack: Any, function: str = "ConvertFunction") -> Any:
    """A function that says whether the named function may do something: may("s3:GetObject", arn)."""
    return lambda action, arn: bool(cloud.may(function, action, arn).allowed)


@exercise(
    "9.2",
    "Break the circle",
    slug="9_2_circle",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "Deploy it and read the error: which resources does it name? Draw the arrows: who must exist before whom?",
        "Bucket → permission and function → role → policy → bucket. One arrow must go. The policy can be made last, "
        "on its own: nothing has to wait for a policy.",
        "Take the bucket's policy template off the function and add an AWS::IAM::Policy with Roles: "
        "[!Ref ConvertFunctionRole] and the two statements: s3:GetObject on the uploads' objects (…/*), "
        "s3:PutObject on the thumbnails' objects.",
    ],
    passed="The circle is cut, and the function still may do no more than it must. You know now why the order of "
    "creation is part of a design.",
    next="9.3",
)
class Circle:
    @check(points=2)
    def deploys(stack):
        """The template deploys: no circle is left."""
        expect(stack.status, what="the stack's status").equals("CREATE_COMPLETE")

    @check(points=2, needs=deploys)
    def still_converts(cloud, stack, rng):
        """An upload still becomes a thumbnail."""
        upload(cloud, stack, "still.jpg", photograph(rng))
        expect_thumbnail(
            cloud,
            stack,
            "still.jpg",
            hint="The event must still reach the function, and its role must "
            "still allow s3:GetObject on the uploads' objects and s3:PutObject on the thumbnails'.",
        )

    @check(points=2, needs=still_converts)
    def keeps_least_privilege(cloud, stack):
        """The function reads uploads and writes thumbnails, and may do nothing else to any bucket."""
        may = permissions(cloud, stack)
        uploads, thumbnails = (f"arn:aws:s3:::{stack.outputs[name]}" for name in ("UploadsBucket", "ThumbnailsBucket"))
        excess = {
            "delete uploads": ("s3:DeleteObject", f"{uploads}/a.jpg"),
            "write uploads": ("s3:PutObject", f"{uploads}/a.jpg"),
            "delete the uploads bucket": ("s3:DeleteBucket", uploads),
            "read other buckets": ("s3:GetObject", "arn:aws:s3:::someone-elses-bucket/a.jpg"),
            "write other buckets": ("s3:PutObject", "arn:aws:s3:::someone-elses-bucket/a.jpg"),
            "delete the thumbnails bucket": ("s3:DeleteBucket", thumbnails),
            "read tables": ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/any"),
        }
        found = [name for name, (action, arn) in excess.items() if may(action, arn)]
        expect(
            found,
            what="what the function may do although it need not",
            hint="No '*' as action or as resource: name "
            "s3:GetObject on the uploads' objects and s3:PutObject on the thumbnails' objects.",
        ).equals([])

    @check(points=1, needs=deploys)
    def deploys_twice(deploy, stack):
        """The same template deploys a second time beside the first."""
        second = deploy(name="second")
        names = {second.outputs[name] for name in ("UploadsBucket", "ThumbnailsBucket")}
        expect(
            names & set(stack.outputs.values()),
            what="names that both stacks use",
            hint="A fixed bucket name does "
            "cut the circle, but only one stack in the world can have it. Build it from the stack's name.",
        ).equals(set())


def letters(cloud: Any, queue: str) -> list[str]:
    """The bodies of the messages that wait in a queue."""
    received = cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in received.get("Messages", [])]


def bury(cloud: Any, stack: Any, key: str) -> None:
    """Upload something that is no picture, and wait until the last retry is over."""
    upload(cloud, stack, key, b"this is no picture")
    cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)


@exercise(
    "9.3",
    "Dead letters",
    slug="9_3_dead_letters",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "A function has one dead-letter target. Two readers, a queue and a person, so the target must be something "
        "that can tell several: which service fans out?",
        "Four pieces: DeadLetterQueue (Type: SNS) on the function, the topic, a subscription to the queue, and a queue "
        "policy that lets sns.amazonaws.com send. The e-mail subscription carries a Condition.",
        'Conditions: ContactGiven: !Not [!Equals [!Ref ContactEmail, ""]], and Condition: ContactGiven on the '
        "AWS::SNS::Subscription with Protocol: email, beside Type, not among the Properties.",
    ],
    passed="No failed upload is lost: the queue keeps it for two weeks, and a person hears of it at once if you "
    "named one. Now somebody can mend the cause and send the letters again.",
    next="9.4",
)
class DeadLetters:
    @check(points=1)
    def converts_what_is_good(cloud, stack, rng):
        """Good pictures are converted, and nobody is told."""
        upload(cloud, stack, "good.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect_thumbnail(cloud, stack, "good.jpg")
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what="letters after a good upload",
            hint="Only failures belong there.",
        ).equals([])

    @check(points=2)
    def keeps_failed_uploads(cloud, stack, rng):
        """What could not be converted waits in the queue after the last retry, and not before."""
        upload(cloud, stack, "broken one.jpg", b"this is no picture")
        cloud.clock.advance(seconds=100)
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what="letters after 100 seconds",
            hint="Lambda first retries, after one minute and after two more.",
        ).equals([])
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        kept = letters(cloud, stack.outputs["FailedQueue"])
        expect(
            kept,
            what="letters after the last retry",
            hint="Follow the letter: function → topic (DeadLetterQueue, "
            "Type: SNS) → subscription (Protocol: sqs) → queue. Does the queue's policy let the topic send?",
        ).has_length(1)
        expect(kept[0], what="the letter", hint="It must carry the event.").contains("broken+one.jpg")

    @check(points=2, needs=keeps_failed_uploads)
    def writes_to_the_contact(cloud, deploy):
        """If an address was given, the failure is told by e-mail as well."""
        stack = deploy(name="contact", parameters={"ContactEmail": "ops@example.com"})
        bury(cloud, stack, "told.jpg")
        addressees = [mail.to for mail in cloud.outbox]
        expect(
            addressees,
            what="who got e-mail",
            hint="One target for each function: send to a topic, and let both the "
            "queue and the address subscribe to it.",
        ).equals(["ops@example.com"])
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what="letters in the queue, beside the e-mail",
            hint="The queue must get it as well.",
        ).has_length(1)

    @check(points=1, needs=keeps_failed_uploads)
    def writes_to_nobody_unless_asked(cloud, stack):
        """If no address was given there is no e-mail subscription."""
        subscriptions = cloud.client("sns").list_subscriptions()["Subscriptions"]
        mailed = [entry["Endpoint"] for entry in subscriptions if entry["Protocol"].startswith("email")]
        expect(
            mailed,
            what="e-mail subscriptions of a stack without a contact",
            hint="Give the subscription a Condition that is true only when ContactEmail is not empty.",
        ).equals([])


def statistics(cloud: Any, stack: Any) -> int:
    """How many conversions the table counts."""
    item = (
        cloud.client("dynamodb")
        .get_item(TableName=stack.outputs["ConversionsTable"], Key={"id": {"S": "statistics"}}, ConsistentRead=True)
        .get("Item", {})
    )
    return int(item.get("converted", {"N": "0"})["N"])


def event_of(cloud: Any, stack: Any, key: str, body: bytes) -> dict[str, Any]:
    """Upload, and remember the event that S3 sent for it."""
    upload(cloud, stack, key, body)
    return cloud.delivered_events("ConvertFunction")[-1]


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
        "transact_write_items with a conditional Put and an Update; a cancelled one means 'counted already'.",
    ],
    passed="The same event twice, one thumbnail, one count, even when an attempt dies in the middle. "
    "At-least-once delivery no longer worries you.",
    next="9.5",
)
class Idempotent:
    @check(points=1)
    def counts_an_upload(cloud, stack, rng):
        """One upload makes one thumbnail and counts one."""
        upload(cloud, stack, "first.jpg", photograph(rng))
        expect_thumbnail(cloud, stack, "first.jpg")
        expect(
            statistics(cloud, stack),
            what="conversions counted",
            hint="Item {'id': 'statistics'}, attribute 'converted', a number.",
        ).equals(1)

    @check(points=2, needs=counts_an_upload)
    def counts_a_repeated_event_once(cloud, stack, rng):
        """The same event delivered three times, to new environments as well, counts one."""
        event = event_of(cloud, stack, "again.jpg", photograph(rng))
        cloud.invoke("ConvertFunction", event, asynchronous=True)
        cloud.run_until_idle()
        cloud.clock.advance(hours=5)
        cloud.invoke("ConvertFunction", event, asynchronous=True)
        cloud.run_until_idle()
        expect(
            statistics(cloud, stack),
            what="conversions counted after three deliveries",
            hint="Memory and /tmp go with "
            "the environment, and every delivery has a request id of its own. Remember the upload in the table, "
            "by key, eTag and sequencer.",
        ).equals(1)

    @check(points=1, needs=counts_an_upload)
    def counts_a_new_upload_under_an_old_key(cloud, stack, rng):
        """A second picture under the same key is a second upload."""
        upload(cloud, stack, "same.jpg", photograph(rng))
        upload(cloud, stack, "same.jpg", photograph(rng, width=300))
        expect(
            statistics(cloud, stack),
            what="conversions counted after two uploads under one key",
            hint="The key alone does not name an upload: add the record's eTag and sequencer.",
        ).equals(2)

    @check(points=2, needs=counts_an_upload)
    def survives_a_failed_attempt(cloud, stack, rng):
        """When an attempt dies before the thumbnail is stored, the retry does the work and counts it."""
        cloud.fail_next("s3", "PutObject", "AccessDenied", status=403, by="ConvertFunction")
        upload(cloud, stack, "retried.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect_thumbnail(
            cloud,
            stack,
            "retried.jpg",
            hint="The first attempt failed, and the retry thought that the work "
            "was done. Remember an upload after the work, not before.",
        )
        expect(
            statistics(cloud, stack),
            what="conversions counted after a failed attempt and its retry",
            hint="The retry must count what the first attempt did not.",
        ).equals(1)

    @check(points=1, needs=counts_an_upload)
    def survives_a_failed_count(cloud, stack, rng):
        """When an attempt dies while it writes to the table, the retry counts, once."""
        for operation in ("UpdateItem", "PutItem", "TransactWriteItems"):
            cloud.fail_next("dynamodb", operation, "AccessDeniedException", status=400, by="ConvertFunction")
        upload(cloud, stack, "counted.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect(
            statistics(cloud, stack),
            what="conversions counted although writing to the table failed at first",
            hint="Remember and count in one transaction: both or neither.",
        ).equals(1)


@exercise(
    "9.5",
    "Say what went wrong",
    slug="9_5_destination",
    files=["template.yaml", "report.py"],
    minutes=20,
    hints=[
        "A dead letter carries the event. A destination carries event and error: which property of the function "
        "names it? Look for EventInvokeConfig.",
        "DestinationConfig → OnFailure → Type: Lambda, Destination: the report function's ARN. The destination's event "
        "has requestPayload (your event), responsePayload (the error) and requestContext.",
        "requestPayload['Records'][…]['s3']['object']['key'] is encoded as ever; responsePayload has errorMessage and "
        "errorType; requestContext has approximateInvokeCount.",
    ],
    passed="Whoever opens the report reads which file failed, why, and how often it was tried, and searches no log.",
    next="9.6",
)
class Destination:
    @check(points=2)
    def reports_a_failure(cloud, stack, rng):
        """A failed conversion leaves a report under the upload's key and '.json'."""
        bury(cloud, stack, "broken.jpg")
        expect(
            stored_keys(cloud, stack.outputs["ReportsBucket"]),
            what="reports after the last retry",
            hint="Is ReportFunction the OnFailure destination of ConvertFunction? Do its logs show an error?",
        ).equals(["broken.jpg.json"])

    @check(points=2, needs=reports_a_failure)
    def names_the_cause(cloud, stack, rng):
        """The report says which upload failed, why, and after how many attempts."""
        key = f"my file {rng.randrange(1000)}.jpg"
        bury(cloud, stack, key)
        keys = stored_keys(cloud, stack.outputs["ReportsBucket"])
        expect(keys, what="the reports", hint="Decode the key with unquote_plus, as ever.").contains(f"{key}.json")
        body = cloud.client("s3").get_object(Bucket=stack.outputs["ReportsBucket"], Key=f"{key}.json")["Body"].read()
        try:
            report = json.loads(body)
        except ValueError:
            fail(expected="a report as JSON", found=body[:200].decode("utf-8", "replace"), hint="json.dumps(report)")
        expect(report, what="the report", hint="A JSON object.").has_keys("key", "cause", "type", "attempts")
        expect(report["key"], what='"key"', hint="As the user named it, not URL-encoded.").equals(key)
        expect(
            str(report["cause"]), what='"cause"', hint="responsePayload['errorMessage'] is the error's own words."
        ).contains("cannot identify image file")
        expect(report["type"], what='"type"', hint="responsePayload['errorType']").equals("UnidentifiedImageError")
        expect(
            report["attempts"],
            what='"attempts"',
            hint="requestContext['approximateInvokeCount'] counts the first attempt too.",
        ).equals(ATTEMPTS)

    @check(points=1)
    def keeps_quiet_about_success(cloud, stack, rng):
        """A good picture is converted and not reported."""
        upload(cloud, stack, "fine.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect_thumbnail(cloud, stack, "fine.jpg")
        expect(
            stored_keys(cloud, stack.outputs["ReportsBucket"]),
            what="reports after a success",
            hint="OnFailure, not OnSuccess.",
        ).equals([])


def upload_batch(cloud: Any, stack: Any, rng: Random, good: int) -> list[str]:
    """Several uploads that will be polled together, one of them no picture; returns the good keys."""
    keys = [f"photo {number}.jpg" for number in range(good)]
    position = rng.randrange(good)
    for number, key in enumerate(keys):
        if number == position:
            cloud.client("s3").put_object(Bucket=stack.outputs["UploadsBucket"], Key="poison.jpg", Body=b"no picture")
        cloud.client("s3").put_object(Bucket=stack.outputs["UploadsBucket"], Key=key, Body=photograph(rng))
    cloud.run_until_idle()
    return keys


def attribute(cloud: Any, queue: str, name: str) -> str:
    """One attribute of a queue, or nothing."""
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return str(found.get(name, ""))


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
    @check(points=1)
    def converts_through_the_queue(cloud, stack, rng):
        """Uploads are converted by way of the queue."""
        upload(cloud, stack, "queued.jpg", photograph(rng))
        expect_thumbnail(
            cloud,
            stack,
            "queued.jpg",
            hint="Is the queue an event of the function (Type: SQS)? The body of "
            "each message is an S3 event as JSON text, and its keys are URL-encoded.",
        )
        waiting = attribute(cloud, stack.outputs["UploadsQueue"], "ApproximateNumberOfMessages")
        expect(int(waiting), what="messages left in the queue").equals(0)

    @check(points=2, needs=converts_through_the_queue)
    def one_poisoned_message_does_not_hold_up_its_batch(cloud, stack, rng):
        """The good pictures of a batch are converted at once, and not again when the bad one returns."""
        keys = upload_batch(cloud, stack, rng, good=4)
        for key in keys:
            expect_thumbnail(cloud, stack, key, hint="Catch the error of each message on its own.")
        before = len(cloud.delivered_events("ConvertFunction"))
        cloud.clock.advance(minutes=15)
        later = cloud.delivered_events("ConvertFunction")[before:]
        again = [message["body"] for event in later for message in event["Records"] if "photo" in message["body"]]
        expect(
            len(again),
            what="good messages that were delivered again",
            hint="Name the failed ones only: "
            "batchItemFailures with itemIdentifier = messageId, and FunctionResponseTypes: [ReportBatchItemFailures] "
            "on the event. Otherwise the whole batch returns.",
        ).equals(0)

    @check(points=2, needs=converts_through_the_queue)
    def poison_ends_in_the_failed_queue(cloud, stack, rng):
        """A message that fails every time is put aside after a few receives."""
        upload_batch(cloud, stack, rng, good=2)
        cloud.clock.advance(hours=2)
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what="messages in the failed queue",
            hint="RedrivePolicy on the uploads queue: deadLetterTargetArn and maxReceiveCount. And a failure must be "
            "reported, not only logged.",
        ).has_length(1)
        attempts = sum(
            "poison" in message["body"]
            for event in cloud.delivered_events("ConvertFunction")
            for message in event["Records"]
        )
        expect(
            attempts,
            what="how often the poisoned message was tried",
            hint="maxReceiveCount: at least 2, so that a passing fault is forgiven.",
        ).is_at_least(2)

    @check(points=1)
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
