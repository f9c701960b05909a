"""13.6, checkpoint 1, the front door: grants that are narrow, for the pages of one site, and nothing that is public."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from grader.checks import check, expect, fail
from grader.checks.ch13_deployment_options.capstone_service import CALM, DUTY, KINDS, Service, on_duty
from grader.checks.material import word
from grader.checks.reading import json_body

LARGEST = 5_000_000
UPLOADED = [200, 201, 204]


@check(points=2, shares=CALM)
def door_hands_out_grants(cloud, stack, rng):
    """Front door: every kind of picture gets a grant for one upload; anything else gets 400 and what is taken."""
    service = Service(cloud, stack, rng)
    for extension in (*KINDS, "JPG", "Png"):
        grant = service.grant(extension)
        stored = service.upload(grant, service.photo(KINDS[extension.lower()]))
        expect(stored.status, "url and fields must be enough to upload.", what="the upload", trace=stored.trace).is_in(
            UPLOADED
        )
        expect_stored(cloud, stack, grant["key"])
    for other in (word(rng), "exe", "jpg.exe", "notjpg"):
        page = service.ask(other)
        hint = "studio.content_type says None: answer 400, with a message and what is allowed."
        expect(page.status, hint, what=f"GET SignUrl{other}", trace=page.trace).equals(400)
        refusal = json_body(page, hint)
        expect(refusal, "Section 1 of the specification names them.", what="the refusal").has_keys("message", "allowed")
        expect(in_order(refusal["allowed"]), "studio.extensions()", what="allowed").equals(sorted(KINDS))


def in_order(names: Any) -> Any:
    """A list of names in their order; anything else as it is."""
    return sorted(names, key=str) if isinstance(names, list) else names


def expect_stored(cloud: Any, stack: Any, key: str) -> None:
    """An upload lies in UploadsBucket under its key."""
    bucket = stack.outputs["UploadsBucket"]
    found = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]
    expect(found, "Is the grant for UploadsBucket, and for the key that it names?", what=f"objects at {key}").equals(1)


@check(points=2, needs=door_hands_out_grants, shares=CALM)
def door_grants_are_narrow(cloud, stack, rng):
    """Front door: a grant holds for one key, one content type, 5 MB, and five to fifteen minutes."""
    service = Service(cloud, stack, rng)
    photo = service.photo()
    grants = [service.grant("jpg") for _ in range(3)]
    expect(len({one["key"] for one in grants}), "A new key for each grant.", what="different keys of three").equals(3)
    for refused, hint in (
        (
            service.upload(grants[0], photo, key=f"{grants[0]['key']}.jpg"),
            "The service chooses the key, all of it, not the client.",
        ),
        (
            service.upload(grants[0], photo, Content_Type="image/png"),
            "A condition for Content-Type, which names this kind and no other, and its field.",
        ),
        (service.upload(grants[0], b"x" * (LARGEST + 1)), "content-length-range, to 5,000,000 bytes."),
        (service.upload(grants[0], b""), "content-length-range, from 1 byte."),
    ):
        expect(refused.status, hint, what="an upload that goes beyond its grant").is_in([400, 403])
    largest = service.upload(grants[1], photo + b"\0" * (LARGEST - len(photo)))
    expect(largest.status, "5,000,000 bytes are still taken.", what="the largest upload").is_in(UPLOADED)
    cloud.clock.advance(minutes=4, seconds=50)
    in_time = service.upload(grants[0], photo)
    expect(in_time.status, "ExpiresIn: at least 300 seconds.", what="an upload after nearly five minutes").is_in(
        UPLOADED
    )
    cloud.clock.advance(minutes=10, seconds=20)
    late = service.upload(grants[2], photo)
    expect(late.status, "ExpiresIn: at most 900 seconds.", what="an upload after a quarter of an hour").equals(403)


@check(points=2, needs=door_hands_out_grants, shares=DUTY)
def door_works_in_the_browser(cloud, deploy, once, rng):
    """Front door: pages of Site may ask, upload and read refusals; pages of other sites may not."""
    duty = once("duty", lambda: on_duty(deploy, rng))
    stack, service = duty.stack, Service(cloud, duty.stack, rng)
    page, stranger = cloud.http.browser(duty.site), cloud.http.browser(f"https://{word(rng)}.example")
    url = stack.outputs["SignUrl"]
    asked = page.fetch(url + "png")
    readable(asked, "The answer's header Access-Control-Allow-Origin: the parameter Site.")
    grant = asked.json()
    stored = page.fetch(
        grant["upload"]["url"], method="POST", multipart={**grant["upload"]["fields"], "file": service.photo("PNG")}
    )
    readable(stored, "CorsConfiguration of UploadsBucket: POST, from Site.")
    refused = page.fetch(url + word(rng))
    readable(refused, "A refusal needs the header as well, or the page cannot explain it.")
    expect(refused.status, what="the refusal that the page reads").equals(400)
    count = [("GET", stack.outputs["CountUrl"])] if "CountUrl" in stack.outputs else []  # from checkpoint 2 on
    shown = ("GET", grant["thumbnail"])
    for method, address in (
        ("GET", url + "png"), ("GET", url + word(rng)), ("POST", grant["upload"]["url"]), shown, *count,
    ):  # fmt: skip
        other = stranger.fetch(address, method=method)
        hint = "Access-Control-Allow-Origin names one origin: Site. A star lets every page read."
        what = f"whether {stranger.origin} is kept from reading {method} {urlsplit(address).path[:30]}"
        expect(other.blocked, hint, what=what).is_true()


def readable(fetched: Any, hint: str) -> None:
    """A page's script may read an answer."""
    if fetched.blocked:
        fail("an answer that the page may read", str(fetched.console), hint, trace=fetched.trace)


@check(points=1, needs=door_hands_out_grants, shares=CALM)
def door_leaves_nothing_open(cloud, stack, rng):
    """Front door: without a grant nobody reads, lists or writes in either bucket."""
    service = Service(cloud, stack, rng)
    key = service.send()["key"]
    service.pass_time(1)
    for output in ("UploadsBucket", "ThumbnailsBucket"):
        bucket = f"https://{stack.outputs[output]}.s3.us-east-1.amazonaws.com"
        for method, url in (("GET", f"{bucket}/{key}"), ("GET", f"{bucket}/"), ("PUT", f"{bucket}/{key}.{word(rng)}")):
            answer = cloud.http.request(method, url, body="x" if method == "PUT" else None)
            hint = "The bucket's policy lets everybody in. Grants make it unnecessary: no policy at all."
            expect(answer.status, hint, what=f"{method} {urlsplit(url).path[:30]} of {output}, without a grant").is_in(
                [403, 405]
            )
