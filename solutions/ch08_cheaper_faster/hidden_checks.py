"""What only a grader with the solutions asks: the same, with requests, keys and sizes drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch08_cheaper_faster.encryption import STORE, put
from grader.checks.ch08_cheaper_faster.link import SERVICE as LINK_SERVICE, ask, expect_photo, link_to, store
from grader.checks.ch08_cheaper_faster.presigned_post import (
    GRANTS,
    LARGEST,
    SERVICE as GRANT_SERVICE,
    expect_refused,
    expect_taken,
    grant_of,
    keys_at_once,
)
from grader.checks.ch08_cheaper_faster.signature import ASKED, BotocoreSigner, any_request, judge_signature
from grader.checks.forms import post_form
from grader.checks.material import photograph, word


@hidden("8.1")
class SignatureHidden:
    @check(points=1, shares=ASKED)
    def signs_any_request(function, rng):
        """Any request is signed right."""
        for _ in range(4):
            request, secret = any_request(rng), f"secret-{rng.random()}"
            judge_signature(function, request, secret, BotocoreSigner(request, secret).steps()["signature"])


@hidden("8.2")
class PresignedPostHidden:
    @check(points=1, shares=GRANT_SERVICE)
    def refuses_one_byte_too_many(cloud, stack, http, rng):
        """Any upload within the limits is stored, and none outside them."""
        for _ in range(3):
            size, kind = rng.randrange(1, LARGEST), rng.choice(["image/gif", "image/avif", "image/jpeg"])
            expect_taken(post_form(http, grant_of(http, stack), b"x" * size, kind), f"{size:,} bytes of {kind}", "")
        over = LARGEST + rng.randrange(1, 1000)
        expect_refused(post_form(http, grant_of(http, stack), b"x" * over, "image/gif"), f"{over:,} bytes", "")

    @check(points=1, shares=GRANT_SERVICE)
    def gives_every_grant_its_own_key(cloud, stack, http, rng):
        """No two grants have the same key."""
        keys = keys_at_once(http, f"{stack.outputs['GrantUrl']}?x={rng.random()}")
        expect(len(keys), what=f"different keys of {GRANTS} grants").equals(GRANTS)


@hidden("8.3")
class LinkHidden:
    @check(points=1, shares=LINK_SERVICE)
    def links_to_any_photo(cloud, stack, http, rng):
        """Any photo gets a link, whatever its key."""
        keys = (f"{word(rng)} (1).jpg", f"a/b/{word(rng)}+x.jpg", f"Größe {rng.randrange(99)}.jpg")
        nearly = (f"private-{word(rng)}.jpg", f"{word(rng)}/private/{word(rng)}.jpg", f"Private/{word(rng)}.jpg")
        for key in (*keys, *nearly):
            photo = photograph(rng)
            store(cloud, stack, key, photo)
            expect_photo(http, link_to(http, stack, key), photo)

    @check(points=1, shares=LINK_SERVICE)
    def tells_any_two_apart(cloud, stack, http, rng):
        """Missing and forbidden are told apart for any key."""
        store(cloud, stack, secret := f"private/{word(rng)}.jpg", photograph(rng))
        expect([ask(http, stack, key).status for key in (f"{word(rng)}.jpg", secret)], what="statuses").equals(
            [404, 403]
        )


@hidden("8.4")
class EncryptionHidden:
    @check(points=1, shares=STORE)
    def refuses_whoever_asks_for_less(cloud, stack, deploy, rng):
        """After another deployment the rule still holds."""
        deploy(name=stack.name)
        expect(put(cloud, stack, f"{word(rng)}.jpg"), what="the error of an upload without headers").equals("")
        found = put(cloud, stack, f"{word(rng)}.jpg", ServerSideEncryption="AES256")
        expect(found, what="the error of an upload with AES256").equals("AccessDenied")


@hidden("8.5")
class GatekeeperHidden:
    @check(points=1)
    def two_stacks_stay_apart(cloud, stack, deploy, http, rng):
        """The gatekeeper of one stack may nothing in another."""
        other = deploy(name="other")
        for name, action in (("Uploads", "s3:PutObject"), ("Thumbnails", "s3:GetObject")):
            resource = f"arn:aws:s3:::{other.outputs[f'{name}Bucket']}/uploads/{word(rng)}"
            expect(
                cloud.may(stack.resources["GrantFunction"].physical_id, action, resource).allowed,
                "Name the stack's own buckets in Resource, by reference and with no star in their names.",
                what=f"whether GrantFunction may {action} on the bucket of another stack",
            ).is_false()
