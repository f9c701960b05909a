"""8.2: a grant for one upload, limited to key, type, size and time."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.forms import ask_for, error_code, post_form
from grader.checks.material import photograph, word
from grader.checks.reading import json_body, stored_keys

LARGEST = 2_000_000
LATER_S = 301
ENOUGH_S = 290
AT_ONCE = 100_000  # requests in a second: several in one millisecond
GRANTS = 6  # at the same moment: the processor takes a millisecond here and there, and all six never fall apart
WISHES = ("key", "filename", "file-name", "name", "id", "file", "photo", "user")  # what a caller might send
SERVICE = "service"  # the checks use one service, one after the other, each with grants of its own


def grant_of(http: Any, stack: Any) -> dict[str, Any]:
    """A fresh grant."""
    return ask_for(http, stack.outputs["GrantUrl"])


def refused_hint(grant: dict[str, Any]) -> str:
    """What to look at when S3 refuses a photograph that keeps to the rules."""
    if "policy" not in {name.lower() for name in grant.get("fields") or ()}:
        return "A policy among the form's fields says what is signed: generate_presigned_post makes it. PUT has none."
    return (
        "S3 says in its answer what it refused, and which condition failed. A condition names a field of the form with "
        "a dollar sign before it; a field that no condition names is an extra one."
    )


def expect_taken(answer: Any, what: str, hint: str) -> None:
    """S3 has stored the upload."""
    if answer.status not in (200, 201, 204):
        fail(f"{what} is stored", f"{answer.status} {error_code(answer)}: {answer.body}", hint, trace=answer.trace)


def expect_refused(answer: Any, what: str, hint: str) -> None:
    """S3 has refused the upload."""
    if answer.status < 400:
        fail(f"{what} is refused", f"{answer.status}: it was stored", hint, trace=answer.trace)


def keys_at_once(http: Any, url: str) -> set[str]:
    """The keys of ``GRANTS`` grants that are asked for at the same moment."""
    grants = [json_body(page, "Answer with JSON.") for page in http.burst(url, requests=GRANTS, per_second=AT_ONCE)]
    for grant in grants:
        expect(grant, what="the grant").has_keys("url", "fields")
    return {str(grant["fields"].get("key")) for grant in grants}


@exercise(
    "8.2",
    "A grant for one upload",
    slug="8_2_presigned_post",
    files=["app.py"],
    minutes=15,
    hints=[
        "One call makes the whole grant: s3.generate_presigned_post(bucket, key, …). Which of its parameters say what "
        "may be sent, and for how long?",
        "Conditions is a list. ['starts-with', '$Content-Type', 'image/'] lets the sender choose among pictures; "
        "['content-length-range', 1, LARGEST] counts bytes. ExpiresIn is in seconds.",
        "The key is yours to choose, and a new one each time: f'uploads/{context.aws_request_id}'. What the caller "
        "sends must not get into it.",
    ],
    passed="The grant lets through one picture, under your key, of your size, for five minutes. S3 checks it; "
    "you pay for neither a gate nor a gatekeeper.",
    next="8.3",
)
class PresignedPost:
    @check(points=1, shares=SERVICE)
    def lets_a_photograph_in(cloud, stack, http, rng):
        """A photograph that is sent with the grant is stored."""
        photo = photograph(rng)
        grant = grant_of(http, stack)
        expect_taken(post_form(http, grant, photo, "image/jpeg"), "a photograph", refused_hint(grant))
        [key] = stored_keys(cloud, stack.outputs["UploadsBucket"]) or [""]
        expect(key, "The key is uploads/ and something of yours.", what="the key").starts_with("uploads/")
        stored = cloud.client("s3").get_object(Bucket=stack.outputs["UploadsBucket"], Key=key)
        expect(stored["Body"].read() == photo, what="the same bytes").is_true()

    @check(points=1, needs=lets_a_photograph_in, shares=SERVICE)
    def limits_the_size(cloud, stack, http):
        """From one byte to LARGEST bytes is taken, and nothing else."""
        hint = "['content-length-range', 1, LARGEST]: both ends are in bytes, and both are allowed."
        expect_taken(post_form(http, grant_of(http, stack), b"x" * LARGEST, "image/jpeg"), f"{LARGEST:,} bytes", hint)
        too_much = post_form(http, grant_of(http, stack), b"x" * (LARGEST + 1), "image/jpeg")
        expect_refused(too_much, f"{LARGEST + 1:,} bytes", hint)
        expect_refused(post_form(http, grant_of(http, stack), b"", "image/jpeg"), "an empty file", hint)

    @check(points=1, needs=lets_a_photograph_in, shares=SERVICE)
    def limits_the_type(cloud, stack, http, rng):
        """Every kind of picture is taken, and nothing else."""
        hint = "['starts-with', '$Content-Type', 'image/']: the sender says which picture, and that it is one."
        for kind in ("image/png", "image/webp"):
            expect_taken(post_form(http, grant_of(http, stack), photograph(rng), kind), kind, hint)
        for kind in ("text/html", "application/image/png", "imagemagick/script", None):
            answer = post_form(http, grant_of(http, stack), b"<script>", kind)
            expect_refused(answer, kind or "an upload that says no type", hint)

    @check(points=1, needs=lets_a_photograph_in, shares=SERVICE)
    def chooses_the_key(cloud, stack, http, rng):
        """Each grant has a key of its own, and the sender cannot change it."""
        hint = "Make the key in the handler, from what is new each time; put nothing of the caller's into it."
        url, mine = stack.outputs["GrantUrl"], word(rng)
        one = ask_for(http, url)
        wishes = {f"{before}{name}": mine for before in ("", "x-") for name in WISHES}
        two = ask_for(http, f"{url}?" + "&".join(f"{name}={mine}" for name in WISHES), headers=wishes)
        for grant in (one, two):
            expect(grant, what="the grant").has_keys("url", "fields")
            expect(grant["fields"].get("key", ""), hint, what="the key").does_not_contain("${filename}")
        at_once = (
            "Several instances at once: what a module counts up begins anew in each, and the clock shows all of them "
            f"the same moment. {hint}"
        )
        first = one["fields"]["key"]
        expect(first, at_once, what="the key of the first of two grants").differs_from(two["fields"]["key"])
        expect(two["fields"]["key"], hint, what="a key that the caller wished for").does_not_contain(mine)
        keys = keys_at_once(http, url)
        expect(len(keys), at_once, what=f"different keys of {GRANTS} grants at the same moment").equals(GRANTS)
        answer = post_form(http, one, photograph(rng), "image/jpeg", key=f"uploads/{mine}")
        expect_refused(answer, "an upload under another key", hint)

    @check(points=1, needs=lets_a_photograph_in, shares=SERVICE)
    def ends_soon(cloud, stack, http, rng):
        """A grant is good for five minutes, and no longer."""
        hint = "ExpiresIn=VALID: five minutes. A grant cannot be taken back; it can only end."
        early, late = grant_of(http, stack), grant_of(http, stack)
        cloud.clock.advance(seconds=ENOUGH_S)
        expect_taken(
            post_form(http, early, photograph(rng), "image/jpeg"),
            "an upload a little before five minutes are over",
            hint,
        )
        cloud.clock.advance(seconds=LATER_S - ENOUGH_S)
        answer = post_form(http, late, photograph(rng), "image/jpeg")
        expect_refused(answer, "an upload after more than five minutes", hint)
