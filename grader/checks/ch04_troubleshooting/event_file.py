"""4.4: an event file that reproduces a bug, and the mended handler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_plus

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import from_invocation
from grader.checks.material import word

CUSTOMER = "customer"  # the checks of the mended handler use one account, one after the other
BUCKET, KEY = "family-photos", "summer/Grandma & Müsli.jpg"
BROKEN = """import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    measured = []
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = record["s3"]["object"]["key"]
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        measured.append({"key": key, "bytes": len(content)})
    return measured
"""
ENCODED = (
    "S3 puts keys into events as a web form would: a blank is +, & is %26, ü is %C3%BC. The object's name is the "
    "decoded one."
)
RECORDS = (
    "Each record names its own bucket and key. The answer is a new list for each event, in the order of the records."
)
MEND = ENCODED + " urllib.parse.unquote_plus, once, does all of it in the right order."


def uploaded(cloud: Any, content: dict[str, bytes], bucket: str = BUCKET) -> None:
    """Objects in a bucket, the customer's unless another one is named."""
    s3 = cloud.client("s3")
    if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket)
    for key, body in content.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def s3_event(content: Mapping[str, bytes], bucket: str = BUCKET) -> dict[str, Any]:
    """An event as S3 sends it, for these objects."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2026-11-02T08:41:06.000Z",
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
                    "object": {
                        "key": quote_plus(key, safe="/"),
                        "size": len(body),
                        "eTag": md5(body).hexdigest(),
                        "sequencer": "0A1B2C3D4E5F678901",
                    },
                },
            }
            for key, body in content.items()
        ]
    }


def event_of(folder: Path) -> Any:
    """The learner's event file."""
    try:
        return json.loads((folder / "event.json").read_text("utf-8"))
    except ValueError as problem:
        fail("JSON in event.json", str(problem), "Double quotes, no comma after the last entry, no comments.")


def measured(cloud: Any, folder: Path, event: Any, hint: str = "") -> Any:
    """What the learner's handler returns for an event."""
    called = cloud.run(folder, "app.lambda_handler", event, None, keep=True)
    if called.error is not None:
        failure = from_invocation("lambda_handler(event, context)", called.error)
        if called.error.get("errorType") in ("NoSuchKey", "NoSuchBucket"):
            named = ", ".join(f"{one['s3']['bucket']['name']}/{one['s3']['object']['key']}" for one in event["Records"])
            fail(failure.expected, failure.found, f"The event names {named}. {hint or MEND}", failure.where)
        raise failure
    return called.payload


def handles(cloud: Any, folder: Path, rng: Random, *keys: str, hint: str = "", bucket: str = BUCKET) -> None:
    """The handler must measure objects of these names; they are pictures, so most of their bytes are no letters."""
    content = {key: b"\xff\xd8" + rng.randbytes(rng.randrange(3, 30)) for key in keys}
    uploaded(cloud, content, bucket)
    found = measured(cloud, folder, s3_event(content, bucket), hint)
    wanted = [{"key": key, "bytes": len(body)} for key, body in content.items()]
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        names = [one.get("key") for one in found]
        if names == list(keys):
            hint = "The keys are right, their sizes are not: the object's bytes are counted as S3 holds them."
        elif names and (len(names) != len(keys) or sorted(map(str, names)) == sorted(keys)):
            hint = RECORDS
    expect(found, hint or MEND, what=f"the answer for {list(keys)}").equals(wanted)


@exercise(
    "4.4",
    "The event that breaks it",
    slug="4_4_event_file",
    files=["event.json", "app.py"],
    minutes=15,
    hints=[
        "Read incident.log: which two values did the event hold? Put exactly those into event.json, then run the "
        "handler with it, and see the same error as the log.",
        "The key in the event is not the name of the object. Look at the + and the %26: where have you seen such "
        "text? Copy the key as it stands in the log; the handler is what must decode it.",
        "In event.json: bucket name family-photos, key summer/Grandma+%26+M%C3%BCsli.jpg. In app.py: from "
        "urllib.parse import unquote_plus, around the key.",
    ],
    passed="A file reproduces the bug in a second, on any machine, for ever. Keep it: it is the test that this bug "
    "never comes back.",
    next="4.5",
)
class EventFile:
    @check(points=2)
    def the_event_reproduces_it(cloud, folder):
        """With event.json the old handler fails as in the log: NoSuchKey."""
        uploaded(cloud, {KEY: b"a picture"})
        called = cloud.run(folder, "app.lambda_handler", event_of(folder), None, files={"app.py": BROKEN})
        kind = (called.error or {}).get("errorType", "no error")
        expect(
            kind,
            "The log of the incident shows which error it was. An event of another shape breaks the handler "
            "elsewhere, and a missing bucket is another bug.",
            what="the old handler's error for event.json",
        ).equals("NoSuchKey")

    @check(points=2, needs=the_event_reproduces_it)
    def the_event_is_the_customers(cloud, folder):
        """event.json names the customer's object, as S3 names it in an event."""
        records = event_of(folder)["Records"]
        found = [(one["s3"]["bucket"]["name"], one["s3"]["object"]["key"]) for one in records]
        hint = (
            "Any key that is not there gives NoSuchKey. This bug is about an object that is there: copy the key "
            "from incident.log, character by character, not decoded."
        )
        expect(found, hint, what="bucket and key in event.json").equals([(BUCKET, "summer/Grandma+%26+M%C3%BCsli.jpg")])

    @check(points=2, shares=CUSTOMER)
    def the_handler_is_mended(cloud, folder, rng):
        """The mended handler measures the customer's picture."""
        handles(cloud, folder, rng, KEY)

    @check(points=2, needs=the_handler_is_mended, shares=CUSTOMER)
    def any_name_will_do(cloud, folder, rng):
        """It measures objects of other names too: a plus, a percent sign, letters of any alphabet."""
        name = word(rng)
        handles(cloud, folder, rng, f"{name}/1+1=2.jpg")
        handles(cloud, folder, rng, f"{name}/100%25 sure.jpg")
        handles(cloud, folder, rng, f"{name}/写真 {name}.jpg")
        handles(cloud, folder, rng, f"{name}/1+1.jpg", f"{name}/1 1.jpg")  # in an event the second is called 1+1.jpg

    @check(points=1, needs=the_handler_is_mended, shares=CUSTOMER)
    def all_records(cloud, folder, rng):
        """All records of an event are measured, in order; plain names as before."""
        first, second, bucket = word(rng), word(rng), f"photos-{word(rng)}"
        handles(cloud, folder, rng, f"{first}.jpg", f"{second} too.jpg")
        handles(cloud, folder, rng, f"z-{second}.jpg", f"a-{first}.jpg", hint=RECORDS, bucket=bucket)

    @check(points=1, needs=the_handler_is_mended, shares=CUSTOMER)
    def a_missing_object_is_an_error(cloud, folder, rng):
        """An object that really is not there is still an error."""
        uploaded(cloud, {})
        called = cloud.run(folder, "app.lambda_handler", s3_event({f"{word(rng)}.jpg": b"gone"}), None, keep=True)
        expect(
            called.error,
            "To catch NoSuchKey and go on hides the bug, and every other one: nobody hears of a lost picture.",
            what="the error for an object that is not there",
        ).is_not_none()
