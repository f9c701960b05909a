"""4.4: an event file that reproduces a bug, and the mended handler."""

from __future__ import annotations

import json
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


def uploaded(cloud: Any, content: dict[str, bytes]) -> None:
    """Objects in the customer's bucket."""
    s3 = cloud.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    for key, body in content.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def s3_event(*keys: str) -> dict[str, Any]:
    """An event as S3 sends it, for these keys."""
    return {
        "Records": [
            {"eventSource": "aws:s3", "s3": {"bucket": {"name": BUCKET}, "object": {"key": quote_plus(key, safe="/")}}}
            for key in keys
        ]
    }


def event_of(folder: Path) -> Any:
    """The learner's event file."""
    try:
        return json.loads((folder / "event.json").read_text("utf-8"))
    except ValueError as problem:
        fail("JSON in event.json", str(problem), "Double quotes, no comma after the last entry, no comments.")


def measured(cloud: Any, folder: Path, event: Any) -> list[dict[str, Any]]:
    """What the learner's handler returns for an event."""
    called = cloud.run(folder, "app.lambda_handler", event, None, keep=True)
    if called.error is not None:
        raise from_invocation("lambda_handler(event, context)", called.error)
    return called.payload  # type: ignore[no-any-return]  # whatever came is compared


def handles(cloud: Any, folder: Path, rng: Random, *keys: str) -> None:
    """The handler must measure objects of these names."""
    content = {key: word(rng, rng.randrange(3, 30)).encode() for key in keys}
    uploaded(cloud, content)
    found = measured(cloud, folder, s3_event(*keys))
    wanted = [{"key": key, "bytes": len(body)} for key, body in content.items()]
    expect(found, ENCODED + " urllib.parse.unquote_plus.", what=f"the answer for {list(keys)}").equals(wanted)


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
        first, second = word(rng), word(rng)
        handles(cloud, folder, rng, f"{first}.jpg", f"{second} too.jpg")

    @check(points=1, needs=the_handler_is_mended, shares=CUSTOMER)
    def a_missing_object_is_an_error(cloud, folder, rng):
        """An object that really is not there is still an error."""
        uploaded(cloud, {})
        called = cloud.run(folder, "app.lambda_handler", s3_event(f"{word(rng)}.jpg"), None, keep=True)
        expect(
            called.error,
            "To catch NoSuchKey and go on hides the bug, and every other one: nobody hears of a lost picture.",
            what="the error for an object that is not there",
        ).is_not_none()
