"""13.6, checkpoint 3, safety: rights, floods, photos that never get done, and releases that are good or bad."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from grader.checks import CheckFailed, check, expect
from grader.checks.ch13_deployment_options.capstone_door import door_hands_out_grants, in_order
from grader.checks.ch13_deployment_options.capstone_pipeline import expect_letters, pipeline_makes_thumbnails
from grader.checks.ch13_deployment_options.capstone_service import CALM, KINDS, TROUBLE, Service, with_studio
from grader.checks.material import word
from grader.checks.reading import json_body

BURST = 30
FLOOD, FLOOD_PER_SECOND = 160, 40
MOST_ADMITTED = 130  # the burst before the flood included
RELEASED_WITHIN_MINUTES = 60
VISITORS_A_MINUTE = 12
FIRST_MINUTES = 10
DOLLARS_A_STUCK_PHOTO = 0.005
CAUGHT = "(An exception that your code catches is no error of the function, and no alarm on Errors hears of it.)"
STUCK = """
_quick = make_thumbnail


def make_thumbnail(source, target):
    import time

    from PIL import Image

    with Image.open(source) as image:
        kind = image.format
    if hasattr(source, "seek"):
        source.seek(0)
    time.sleep(3600 if kind == "PNG" else 8)
    return _quick(source, target)
"""
BROKEN = """
def content_type(extension):
    raise RuntimeError("this release of the studio is broken")
"""


@check(points=2, needs=pipeline_makes_thumbnails, shares=CALM)
def safety_strangers_reach_nothing(cloud, stack, rng):
    """Safety: the code that strangers reach may neither read originals, nor write thumbnails, nor delete anything."""
    service = Service(cloud, stack, rng)
    key = service.send()["key"]
    service.pass_time(1)
    reached = {*service.behind_the_door("SignUrl", "jpg"), *service.behind_the_door("CountUrl")}
    originals, thumbnails = (
        f"arn:aws:s3:::{stack.outputs[name]}/{key}" for name in ("UploadsBucket", "ThumbnailsBucket")
    )
    forbidden = [
        ("s3:GetObject", originals), ("s3:PutObject", thumbnails), ("s3:DeleteObject", originals),
        ("s3:DeleteObject", thumbnails),
    ]  # fmt: skip
    expect(
        may(cloud, sorted(reached), forbidden),
        "Whoever breaks into that code can do what it may do. Divide at this boundary: a function, and a role, of its "
        "own for what strangers reach.",
        what="what the functions behind SignUrl and CountUrl may do",
    ).equals([])


def may(cloud: Any, functions: Sequence[str], asked: Sequence[tuple[str, str]]) -> list[str]:
    """Those of the asked actions that a function's role allows, in words."""
    return [
        f"{name}: {action} on {arn.rpartition(':')[2]}"
        for name in functions
        for action, arn in asked
        if cloud.may(name, action, arn).allowed
    ]


@check(points=1, needs=door_hands_out_grants, shares=CALM)
def safety_keeps_to_its_own(cloud, stack, rng):
    """Safety: no function may touch what is not the service's, delete a photo, or change functions and roles."""
    service = Service(cloud, stack, rng)
    here, key = "us-east-1:123456789012", service.grant("jpg")["key"]
    asked = [
        ("s3:GetObject", "arn:aws:s3:::the-neighbours-bucket/diary.txt"),
        ("s3:PutObject", "arn:aws:s3:::the-neighbours-bucket/diary.txt"),
        ("s3:ListBucket", "arn:aws:s3:::the-neighbours-bucket"),
        *(
            ("s3:DeleteObject", f"arn:aws:s3:::{stack.outputs[bucket]}/{photo}")
            for bucket in ("UploadsBucket", "ThumbnailsBucket")
            for photo in (key, "partner/a.jpg")
        ),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{here}:table/the-neighbours-table"),
        ("dynamodb:PutItem", f"arn:aws:dynamodb:{here}:table/the-neighbours-table"),
        ("dynamodb:Scan", f"arn:aws:dynamodb:{here}:table/the-neighbours-table"),
        ("sqs:SendMessage", f"arn:aws:sqs:{here}:the-neighbours-queue"),
        ("sns:Publish", f"arn:aws:sns:{here}:the-neighbours-topic"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{here}:function:the-neighbours-function"),
        ("states:StartExecution", f"arn:aws:states:{here}:stateMachine:the-neighbours-machine"),
        *(("lambda:UpdateFunctionCode", f"arn:aws:lambda:{here}:function:{name}") for name in service.functions()),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{here}:function:the-neighbours-function"),
        ("iam:AttachRolePolicy", "arn:aws:iam::123456789012:role/the-neighbours-role"),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/the-neighbours-role"),
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/the-neighbours-role"),
    ]
    expect(
        may(cloud, service.functions(), asked),
        "Name the actions that are needed, and the resources that they are needed on: no star for either.",
        what="what functions may do beyond their work",
    ).equals([])


@check(points=2, needs=door_hands_out_grants, shares=TROUBLE)
def safety_stops_a_flood(cloud, stack, rng):
    """Safety: of a flood about ten a second are let in, the rest is told 429; ordinary visitors are always served."""
    url = stack.outputs["SignUrl"] + "jpg"
    calm = cloud.http.burst(url, requests=15, per_second=5)
    hint = "Five a second are ordinary: rate 10, burst 30."
    expect(sorted({one.status for one in calm}), hint, what="statuses of ordinary visitors").equals([200])
    cloud.clock.advance(minutes=1)
    burst = cloud.http.burst(url, requests=BURST, per_second=1000)
    hint = "Thirty at once are ordinary: the burst at the door, and as many environments behind it."
    expect(sorted({one.status for one in burst}), hint, what="statuses of thirty visitors at once").equals([200])
    statuses = [one.status for one in cloud.http.burst(url, requests=FLOOD, per_second=FLOOD_PER_SECOND)]
    expect(
        sorted(set(statuses)),
        "Refuse at the door (429), not by running out of environments: a visitor cannot tell a 500 from a mistake.",
        what="statuses in a flood",
    ).equals([200, 429])
    expect(
        BURST + statuses.count(200),
        "Rate and burst, 10 and 30: MethodSettings, or DefaultRouteSettings, or a bucket of tokens of your own.",
        what=f"how many of {BURST + FLOOD} in four seconds are let in",
    ).is_at_most(MOST_ADMITTED)
    cloud.clock.advance(seconds=30)
    after = cloud.http.get(url)
    expect(after.status, "After the flood all is as before.", what="half a minute later", trace=after.trace).equals(200)


@check(points=2, needs=pipeline_makes_thumbnails)
def safety_gives_up_on_stuck_photos(cloud, folder, rng):
    """Safety: a photo that takes eight seconds is converted; one that never gets done costs half a cent at most."""
    service = Service(cloud, with_studio(cloud, folder, STUCK), rng)
    before = cloud.bill().total
    slow, stuck = service.deliver_photo("jpg"), service.deliver_photo("png")
    service.pass_time(5)
    service.expect_thumbnails([slow], "Eight seconds are ordinary for a large photo: let it finish.")
    service.pass_time(90)
    expect_letters(service, [stuck])
    both = cloud.bill().total
    service.deliver_photo("jpg")
    service.pass_time(5)
    ordinary = cloud.bill().total - both
    expect(
        both - before - ordinary,
        "What does one try cost at most? Memory times timeout. And how many tries are there?",
        what="dollars for a photo that never gets done",
    ).is_at_most(DOLLARS_A_STUCK_PHOTO)


@check(points=2, needs=pipeline_makes_thumbnails, shares=CALM)
def safety_a_good_release_goes_through(cloud, stack, folder, rng):
    """Safety: a release with a further kind of picture is there within an hour; meanwhile nobody sees an error."""
    extension = rng.choice(["bmp", "tiff", "ppm"])
    service = Service(cloud, stack, rng)
    before, keys = service.stored(), [service.send("png")["key"]]
    with_studio(cloud, folder, f'CONTENT_TYPES["{extension}"] = "image/{extension}"\n', wait=False)
    statuses: list[int] = []
    for minute in range(RELEASED_WITHIN_MINUTES):
        if minute % 4 == 0:
            keys.append(service.send("png")["key"])
        statuses += visit(service, 3)
        if not cloud.stacks.get("answer").in_progress:
            break
        cloud.clock.advance(minutes=1)
    expect_over(cloud, "UPDATE_COMPLETE", "A good release was taken back. Does an alarm ring without a reason?")
    expect(sorted(set(statuses)), "Publish behind an alias.", what="statuses during the release").equals([200])
    page = service.ask(extension)
    hint = "The door asks studio.content_type each time, and every function comes with the release's studio.py."
    expect(page.status, hint, what=f"GET SignUrl{extension} after the release", trace=page.trace).equals(200)
    page = service.ask(word(rng))
    hint = "What is allowed is what studio.extensions() says, in this release as in the next: copy nothing out of it."
    expect(in_order(json_body(page, hint).get("allowed")), hint, what="allowed, after the release").equals(
        sorted([*KINDS, extension])
    )
    keys.append(service.send(extension, service.photo(extension.upper()))["key"])
    service.pass_time(1)
    service.expect_thumbnails(
        keys,
        "Photos that come during a release, and those of the further kind after it, are converted like all others.",
        before,
    )


@check(points=3, needs=door_hands_out_grants, shares=CALM)
def safety_a_bad_release_is_taken_back(cloud, stack, folder, rng):
    """Safety: a bad release harms one visitor in ten at most in ten minutes, and goes away by itself."""
    expect_taken_back(cloud, released(cloud, stack, folder, rng, BROKEN))


def released(cloud: Any, stack: Any, folder: Any, rng: Random, code: str) -> list[int]:
    """Deploy a bad release, with visitors every minute until it is over; returns their statuses.

    When it is over nothing changes any more: that minute's visitors stand for those of the rest of the ten minutes.
    """
    service, statuses = Service(cloud, stack, rng), []
    service.pass_time(60)  # whatever rang before has come to rest
    expect(sorted(set(visit(service, 3))), what="statuses before the release").equals([200])
    with_studio(cloud, folder, code, wait=False)
    for minute in range(RELEASED_WITHIN_MINUTES):
        seen = visit(service, VISITORS_A_MINUTE)
        if not cloud.stacks.get("answer").in_progress:
            return statuses + seen * max(1, FIRST_MINUTES - minute)
        statuses += seen
        cloud.clock.advance(minutes=1)
    return statuses


def visit(service: Service, visitors: int) -> list[int]:
    """Some visitors ask for a grant; returns their statuses."""
    return [service.ask("jpg").status for _ in range(visitors)]


def expect_taken_back(cloud: Any, statuses: Sequence[int]) -> None:
    """Few were harmed, the stack rolled back, and everybody is served."""
    first = statuses[: FIRST_MINUTES * VISITORS_A_MINUTE]
    expect(
        sum(status != 200 for status in first) / len(first),
        "A tenth of the visitors first, watched by an alarm on the errors of the alias; or none before a PreTraffic "
        f"hook has tried it. {CAUGHT}",
        what="the share of visitors who met an error in the first ten minutes",
    ).is_at_most(0.1)
    expect_over(
        cloud,
        "UPDATE_ROLLBACK_COMPLETE",
        f"A DeploymentPreference with an alarm, or a hook, takes the release back. {CAUGHT}",
    )
    expect(
        sorted(set(statuses[-VISITORS_A_MINUTE:])), "The old version serves everybody.", what="statuses afterwards"
    ).equals([200])


def expect_over(cloud: Any, wanted: str, hint: str) -> None:
    """The stack's update came to this end."""
    stack = cloud.stacks.get("answer")
    if stack.status != wanted:
        reason = f": {stack.failure.reason}" if stack.failure is not None else ""
        raise CheckFailed(f"a stack that is {wanted}", f"{stack.status}{reason}", hint, "template.yaml")
