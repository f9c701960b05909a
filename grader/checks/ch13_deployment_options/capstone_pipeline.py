"""13.6, checkpoint 2, the pipeline: every photo becomes one thumbnail and counts once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from grader.checks import check, expect
from grader.checks.ch13_deployment_options.capstone_door import door_hands_out_grants
from grader.checks.ch13_deployment_options.capstone_service import (
    CALM,
    FAILED_WITHIN_MINUTES,
    KINDS,
    LONGEST_SIDE,
    MIME,
    TROUBLE,
    Service,
)
from grader.checks.material import word

MOST_TRIES = 10
BAD_MOMENTS = [
    ("s3", "GetObject", "SlowDown", 503),
    ("s3", "PutObject", "InternalError", 500),
    ("dynamodb", "TransactWriteItems", "InternalServerError", 500),
    ("dynamodb", "PutItem", "InternalServerError", 500),
    ("dynamodb", "UpdateItem", "InternalServerError", 500),
]


@check(points=2, needs=door_hands_out_grants, shares=CALM)
def pipeline_makes_thumbnails(cloud, stack, rng):
    """Pipeline: within a minute the link of a grant shows the thumbnail: at most 160 pixels, the same format."""
    service = Service(cloud, stack, rng)
    for extension in sorted(set(KINDS) - {"jpeg"}):
        grant = service.grant(extension)
        before = cloud.http.get(grant["thumbnail"])
        expect(before.status, "There is nothing to see yet.", what="the link before the upload").is_in([403, 404])
        photo = service.photo(KINDS[extension])
        service.upload(grant, photo)
        service.pass_time(1)
        after = cloud.http.get(grant["thumbnail"])
        expect(
            after.status,
            "Does the link point to ThumbnailsBucket, at the key of the original? May who signed it read there?",
            what="the link a minute after the upload",
            trace=after.trace,
        ).equals(200)
        expect_thumbnail(service, grant["key"], KINDS[extension])
        service.expect_shown(grant["key"], photo)


def expect_thumbnail(service: Service, key: str, kind: str) -> None:
    """A small picture of the same format, with its content type."""
    content_type, picture = service.thumbnail(key)
    expect(content_type, "put_object(…, ContentType=…): make_thumbnail returns it.", what="its Content-Type").equals(
        MIME[kind]
    )
    expect(picture.format, "studio.make_thumbnail keeps the format.", what="its format").equals(kind)
    expect(max(picture.size), "studio.make_thumbnail makes it small.", what="its longest side").is_at_most(LONGEST_SIDE)


@check(points=1, needs=pipeline_makes_thumbnails, shares=CALM)
def pipeline_takes_any_key(cloud, stack, rng):
    """Pipeline: what partners put into UploadsBucket becomes a thumbnail at the same key, however it is spelt."""
    service = Service(cloud, stack, rng)
    names = ["partner/{} 1 (new).jpg", "partner/{}+b=c.jpg", "partner/ä/{}%20.jpg", "partner/{}"]
    before = service.stored()
    photos = {name.format(word(rng)): service.photo() for name in names}
    for key, photo in photos.items():
        service.deliver(key, photo)
    service.pass_time(1)
    hint = "Keys in S3's notifications are URL-encoded: unquote_plus. (Those on EventBridge are not.)"
    service.expect_thumbnails(list(photos), hint, before)
    for key, photo in photos.items():
        service.expect_shown(key, photo)


@check(points=2, needs=pipeline_makes_thumbnails, shares=CALM)
def pipeline_counts_each_once(cloud, stack, rng):
    """Pipeline: an event that comes twice, at once or hours later, counts once."""
    service = Service(cloud, stack, rng)
    before, made = service.stored(), len(service.thumbnails())
    keys = []
    for after in (0.0, 20.0, 6 * 3600.0):
        cloud.repeat_next("s3", after=after)
        keys.append(service.deliver_photo("png"))
    service.pass_time(2)
    service.expect_thumbnails(keys, "Each photo becomes one thumbnail.", before)
    cloud.clock.advance(hours=7)
    service.pass_time(5)
    service.expect_count(
        made + len(keys),
        "S3 tells at least once. Count the photo, not the event: by a mark with a condition, in one transaction with "
        "the sum; or by what is there.",
    )


@check(points=2, needs=pipeline_makes_thumbnails, shares=TROUBLE)
def pipeline_outlives_bad_moments(cloud, stack, rng):
    """Pipeline: a storage or table that fails for a moment, or answers too late, loses nothing and doubles nothing."""
    service = Service(cloud, stack, rng)
    before, made = service.stored(), len(service.thumbnails())
    keys: list[str] = []
    for of, operation, code, status in BAD_MOMENTS:
        asked: list[str] = []
        cloud.on_call(of, operation, partial(asked.append, operation))
        keys.append(service.deliver_photo("jpg"))
        cloud.slow_next(of, operation, 50)
        cloud.run_until_idle()
        if asked:
            keys.append(service.deliver_photo("jpg"))
            cloud.fail_next(of, operation, code, status=status, times=3)
            cloud.run_until_idle()
            cloud.calm()
        service.pass_time(12 if asked else 9)  # what is not asked for now may be asked for later
        cloud.calm()
    service.pass_time(12)
    service.expect_thumbnails(keys, "What fails must be tried again. Who does that here, and how often?", before)
    service.expect_count(
        made + len(keys),
        "A try that failed half-way, or timed out after its work was done, comes again. What has changed, changed "
        "together or not at all.",
    )


@check(points=2, needs=pipeline_makes_thumbnails, shares=TROUBLE)
def pipeline_buries_what_is_no_photo(cloud, stack, rng):
    """Pipeline: a file that is no photo holds up nobody, and lies in FailedQueue after ten tries at most."""
    service = Service(cloud, stack, rng)
    before, bad = service.stored(), service.deliver_photo("jpg", service.no_photo())
    good = [service.deliver_photo("png") for _ in range(3)]
    bad_too = service.deliver_photo("gif", service.no_photo())
    service.pass_time(1)
    hint = "Neighbours of a bad file in a batch must not wait: report what failed, by itself."
    service.expect_thumbnails(good, hint, before)
    service.pass_time(FAILED_WITHIN_MINUTES)
    expect_letters(service, [bad, bad_too])
    service.expect_thumbnails(good, "What is no photo has no thumbnail.", before)
    tries = [call for name in service.functions() for call in cloud.calls(name) if call.resource.endswith(bad)]
    tried = sum(call.action == "s3:GetObject" for call in tries)
    expect(tried, "Ten tries at most, then it is given up.", what="how often it was fetched").is_at_most(MOST_TRIES)
    service.clear_letters()


def expect_letters(service: Service, keys: Sequence[str]) -> None:
    """FailedQueue holds one message about each of these, and no other."""
    letters = service.letters()
    about: dict[str, Any] = {key: sum(key in letter for letter in letters) for key in keys}
    hint = "What was given up goes to FailedQueue, in a message whose body holds its key; nothing else does."
    expect(about, hint, what="messages in FailedQueue by key").equals(dict.fromkeys(keys, 1))
    expect(len(letters), hint, what="messages in FailedQueue").equals(len(keys))
