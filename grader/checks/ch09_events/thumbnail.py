"""9.1: from an upload to a thumbnail."""

from __future__ import annotations

from grader.checks import check, exercise, expect
from grader.checks.ch09_events.uploads import RETRIES_OVER_MINUTES, expect_thumbnail, upload
from grader.checks.material import photograph
from grader.checks.reading import stored_keys

SERVICE = "service"  # the checks use one service, one after the other, each for pictures of its own


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
    @check(points=2, shares=SERVICE)
    def makes_a_thumbnail(cloud, stack, rng):
        """An upload appears as a thumbnail in the other bucket, under the same key."""
        for _ in range(2):  # tomorrow there is another picture under this key
            upload(cloud, stack, "beach.jpg", photograph(rng))
            expect_thumbnail(cloud, stack, "beach.jpg")

    @check(points=1, needs=makes_a_thumbnail, shares=SERVICE)
    def decodes_the_key(cloud, stack, rng):
        """Keys with spaces, plus signs and letters from everywhere work."""
        for key in ("my holiday (1).jpg", "Zürich/a+b=c, Größe 100%.jpg"):
            upload(cloud, stack, key, photograph(rng))
            expect_thumbnail(
                cloud,
                stack,
                key,
                hint="In the event the key is URL-encoded: a space comes as '+'. "
                "Decode it with urllib.parse.unquote_plus.",
            )

    @check(points=1, needs=makes_a_thumbnail, shares=SERVICE)
    def takes_any_name_and_format(cloud, stack, rng):
        """What a file is called does not decide what it is: dots in folders, a wrong ending, no ending at all."""
        for key, kind in (("a.b/c.d.JPEG", "PNG"), ("2026.11.24/no-ending", "JPEG")):
            upload(cloud, stack, key, photograph(rng, kind))
            expect_thumbnail(
                cloud,
                stack,
                key,
                kind,
                hint="Do not take the name apart: splitting at a dot fails for "
                "'a.b/c.d.JPEG'. Work with file names of your own; Pillow reads the format from the bytes.",
            )

    @check(points=1, needs=makes_a_thumbnail, shares=SERVICE)
    def handles_every_record(cloud, stack, rng):
        """An event may carry several records, and each of them gets its thumbnail."""
        bucket, keys = stack.outputs["UploadsBucket"], ["one.jpg", "three.jpg", "two.jpg"]
        for key in keys:
            cloud.client("s3").put_object(Bucket=bucket, Key=f"batch/{key}", Body=photograph(rng))
        cloud.run_until_idle()
        for key in stored_keys(cloud, stack.outputs["ThumbnailsBucket"]):
            cloud.client("s3").delete_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key)
        records = [record for event in cloud.delivered_events("ConvertFunction")[-3:] for record in event["Records"]]
        answer = cloud.invoke("ConvertFunction", {"Records": records})
        expect(answer.error, what="the error of an event with three records", hint="See the logs.").is_none()
        expect(
            stored_keys(cloud, stack.outputs["ThumbnailsBucket"]),
            what="thumbnails after one event with three records",
            hint="Loop over event['Records'], do not take only the first.",
        ).equals(sorted(f"batch/{k}" for k in keys))
        for key in keys:
            expect_thumbnail(cloud, stack, f"batch/{key}")

    @check(points=1, needs=makes_a_thumbnail, shares=SERVICE)
    def does_not_call_itself(cloud, stack, rng):
        """A thumbnail does not set off another conversion."""
        before = stored_keys(cloud, stack.outputs["UploadsBucket"])
        upload(cloud, stack, "loop.jpg", photograph(rng))
        cloud.clock.advance(minutes=5)
        expect(
            [key for key in stored_keys(cloud, stack.outputs["UploadsBucket"]) if key not in before],
            what="the new keys in the uploads bucket",
            hint="Writing into the bucket whose events call you is a loop: every thumbnail is an upload again.",
        ).equals(["loop.jpg"])

    @check(points=1, needs=makes_a_thumbnail, shares=SERVICE)
    def lets_errors_out(cloud, stack, rng):
        """A picture that could not be stored at first gets its thumbnail when Lambda tries again."""
        cloud.fail_next("s3", "PutObject", "AccessDenied", status=403, by="ConvertFunction")
        upload(cloud, stack, "second-try.jpg", photograph(rng))
        cloud.calm()
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        hint = (
            "Storing it failed once, and Lambda was not told: it tries again what raises an error, not what only logs."
        )
        expect_thumbnail(cloud, stack, "second-try.jpg", hint=hint)

    @check(points=2, needs=makes_a_thumbnail, shares=SERVICE)
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
        cloud.fail_next("s3", "PutObject", "AccessDenied", status=403, by="ConvertFunction")
        upload(cloud, stack, "not stored.jpg", photograph(rng))
        cloud.calm()
        expect(
            cloud.tmp_files("ConvertFunction"), what="files in /tmp when the thumbnail could not be stored", hint=hint
        ).equals([])
