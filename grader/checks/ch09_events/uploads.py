"""What all exercises of the chapter ask: upload, wait, look for the thumbnail, open the letters."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from grader.checks import expect, fail
from grader.checks.reading import stored_keys

LONGEST_SIDE = 160
COLOR_SHIFT = 12  # of 255: what saving as JPEG or with a palette may change
RETRIES_OVER_MINUTES = 4


def upload(cloud: Any, stack: Any, key: str, body: bytes) -> None:
    """Put an object into the uploads bucket and let everything happen that it sets off."""
    cloud.client("s3").put_object(Bucket=stack.outputs["UploadsBucket"], Key=key, Body=body)
    cloud.run_until_idle()


def color_of(image: Image.Image) -> tuple[int, ...]:
    """The mean color of a picture, as red, green and blue."""
    mean = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return mean if isinstance(mean, tuple) else ()


def is_small_copy(small: bytes, upload: bytes) -> bool:
    """Whether one picture shows what the other shows: the same shape, the same color."""
    with Image.open(io.BytesIO(small)) as image, Image.open(io.BytesIO(upload)) as original:
        original.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        shifts = [abs(one - other) for one, other in zip(color_of(image), color_of(original), strict=True)]
        return image.size == original.size and max(shifts) <= COLOR_SHIFT


def _why_missing(key: str, keys: Sequence[str], trace: Any) -> str:
    """What to look at when a thumbnail is not where it should be; empty when nothing tells."""
    for one in keys:
        if one.lower().endswith(key.lower()) or key.lower().endswith(one.lower()):
            return f"Is it {one!r}? A thumbnail's key is the upload's, whole: its folders, its capitals, its ending."
    gate = trace.first_broken if trace else None
    if gate is not None and "FileNotFoundError" in gate.detail and f"{key}" in gate.detail:
        return "A key with a slash names a folder that is not there. Work with file names of your own."
    return ""


def expect_thumbnail(cloud: Any, stack: Any, key: str, kind: str = "JPEG", hint: str = "") -> None:
    """Look for a thumbnail under the key, look at it, and at the upload beside it."""
    bucket = stack.outputs["ThumbnailsBucket"]
    keys = stored_keys(cloud, bucket)
    if key not in keys:
        trace = cloud.traces.last()
        fail(
            expected=f"an object {key!r} in the thumbnails bucket",
            found=f"the keys {keys}",
            hint=_why_missing(key, keys, trace)
            or hint
            or "Look at the trace: which gate broke? The logs of ConvertFunction say the rest.",
            trace=trace,
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
    original = cloud.client("s3").get_object(Bucket=stack.outputs["UploadsBucket"], Key=key)["Body"].read()
    if not is_small_copy(body, original):
        fail(
            expected=f"a small copy of the upload {key!r}",
            found="a picture of another color or shape",
            hint="Make it from the object that this record names. Is a file or a variable left from another picture?",
        )


def letters(cloud: Any, queue: str) -> list[str]:
    """The bodies of the messages that wait in a queue."""
    received = cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in received.get("Messages", [])]


def clear(cloud: Any, queue: str) -> None:
    """Throw away what waits in a queue."""
    cloud.client("sqs").purge_queue(QueueUrl=queue)


def bury(cloud: Any, stack: Any, key: str) -> None:
    """Upload something that is no picture, and wait until the last retry is over."""
    upload(cloud, stack, key, b"this is no picture")
    cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
