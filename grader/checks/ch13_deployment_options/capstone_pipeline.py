"""13.6, checkpoint 2, the pipeline: every photo becomes one thumbnail and counts once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from grader.checks import check, expect, fail
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
MOST_SHOWN = 300  # letters of a message
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
        before = cloud.http.get(grant["thumbnail"], follow_redirects=True)
        expect(before.status, "There is nothing to see yet.", what="the link before the upload").is_in([403, 404])
        photo = service.photo(KINDS[extension])
        service.upload(grant, photo)
        service.pass_time(1)
        after = cloud.http.get(grant["thumbnail"], follow_redirects=True)
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
    names = ["partner/{} 1 (new).jpg", "Partner/{}+B=c.JPG", "partner/ä/{}%20.jpg", "partner/{}"]
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
    hint = "Count what is there now: numbers such as a table's ItemCount are hours old."
    expect(service.count(), hint, what="converted, two minutes later").is_at_least(made + len(keys))
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
    before, made = service.stored(), service.count()
    bad = service.deliver_photo("jpg", service.no_photo())
    fetches = Fetches(service, bad)
    good = [service.deliver_photo("png") for _ in range(3)]
    bad_too = service.deliver_photo("gif", service.no_photo())
    service.pass_time(1)
    hint = "Neighbours of a bad file in a batch must not wait: report what failed, by itself."
    service.expect_thumbnails(good, hint, before)
    service.pass_time(FAILED_WITHIN_MINUTES)
    expect_letters(service, [bad, bad_too])
    service.expect_thumbnails(good, "What is no photo has no thumbnail.", before)
    hint = "What is given up has not been converted: count when the thumbnail is there."
    expect(service.count(), hint, what="converted, by CountUrl").is_at_most(made + len(good))
    tried = fetches.count
    expect(tried, "Ten tries at most, then it is given up.", what="how often it was fetched").is_at_most(MOST_TRIES)
    service.clear_letters()


class Fetches:
    """How often the functions fetch an original from now on. To look how long it is (HEAD) is not to fetch it.

    IAM knows both as s3:GetObject, and ``download_file`` does both; so each is told by the operation that it was.
    """

    def __init__(self, service: Service, key: str) -> None:
        self.service, self.key, self.count = service, key, 0
        self._asked = self._times_asked()
        service.cloud.on_call("s3", "GetObject", partial(self._look, 1))
        service.cloud.on_call("s3", "HeadObject", partial(self._look, 0))

    def _look(self, fetched: int) -> None:
        if (asked := self._times_asked()) > self._asked:
            self._asked, self.count = asked, self.count + fetched

    def _times_asked(self) -> int:
        calls = (call for name in self.service.functions() for call in self.service.cloud.calls(name))
        return sum(call.action == "s3:GetObject" and call.resource.endswith(self.key) for call in calls)


def expect_letters(service: Service, keys: Sequence[str]) -> None:
    """FailedQueue holds one message about each of these, and no other."""
    letters = service.letters()
    about: dict[str, Any] = {key: sum(key in letter for letter in letters) for key in keys}
    hint = "What was given up goes to FailedQueue, in a message whose body holds its key; nothing else does."
    if not letters:
        hint += " Within twenty minutes: how many tries are there, and how long is it from each to the next?"
    expect(about, hint, what="messages in FailedQueue by key").equals(dict.fromkeys(keys, 1))
    others = [letter for letter in letters if not any(key in letter for key in keys)]
    if others:
        hint = "A photo that would have been converted was given up, too. Did it share a batch with one that fails?"
        fail("no other message in FailedQueue", f"{len(others)} more, such as {others[0][:MOST_SHOWN]}", hint)
