"""8.3: a link to what is stored, and the difference between missing and forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from grader.checks import check, exercise, expect, fail
from grader.checks.forms import error_code
from grader.checks.material import photograph
from grader.checks.reading import crash_hint, json_body

STILL_GOOD_S = 55
OVER_S = 65
LOOKING = (
    "HeadObject",
    "GetObject",
    "GetObjectAttributes",
    "ListObjectsV2",
    "ListObjects",
)  # ways to look for an object
SERVICE = "service"  # the checks use one service, one after the other, each for photos of its own

REFUSED = {
    "AccessDenied": "S3 knows nobody by this address. A link is presigned: generate_presigned_url signs it.",
    "SignatureDoesNotMatch": "Another request was signed: of another method or for another key. Presign get_object.",
    "NoSuchKey": "The link leads to another key. It is decoded already: hand it on as it is.",
}


def store(cloud: Any, stack: Any, key: str, body: bytes) -> None:
    """Put a photograph into the bucket, as its owner."""
    cloud.client("s3").put_object(Bucket=stack.outputs["PhotosBucket"], Key=key, Body=body, ContentType="image/jpeg")


def ask(http: Any, stack: Any, key: str) -> Any:
    """GET /link/{key}."""
    return http.get(stack.outputs["LinkUrl"] + quote(key))


def no_link_hint(page: Any) -> str:
    """What to look at when a photo that is there gets no link."""
    hints = {
        403: "S3 says 403 to your function: grant it s3:GetObject on the objects (${PhotosBucket.Arn}/*). A key that "
        "only looks like private/ is for everybody.",
        404: "The photo is there, under the very key of the path. It is decoded already: hand it on as it is.",
    }
    return crash_hint(page) or hints.get(page.status, 'The answer is 200 with {"link": …} as JSON: see answer().')


def link_to(http: Any, stack: Any, key: str) -> str:
    """The link that is handed out for a key."""
    page = ask(http, stack, key)
    hint = no_link_hint(page)
    expect(page.status, hint, what=f"the status for {key!r}, which is there", trace=page.trace).equals(200)
    found = json_body(page, "Answer with JSON: {'link': …}.")
    expect(found, "The JSON has one key, link.", what="the answer").has_keys("link")
    return str(found["link"])


def expect_photo(http: Any, link: str, body: bytes) -> None:
    """The link leads to the photograph, in S3 itself."""
    host = str(urlsplit(link).hostname)
    expect(host, "The link leads to S3: the photo does not pass your function.", what="the link's host").matches(
        r".*\bs3[.-].*amazonaws\.com", "an address of S3"
    )
    got = http.get(link)
    if got.status != 200:
        fail(
            "a photo behind the link",
            f"{got.status} {error_code(got)}",
            REFUSED.get(error_code(got), ""),
            trace=got.trace,
        )
    expect(got.content == body, what="the same bytes").is_true()


def expect_no_link(page: Any) -> None:
    """The answer hands out no link."""
    hint = "Who is told 403 or 404 gets no link."
    expect(str(page.body), hint, what="the answer", trace=page.trace).does_not_contain("X-Amz-Signature")


def others(bucket: str) -> Iterator[tuple[str, str]]:
    """Actions that the function does not need, and resources that are not its business."""
    for action in ("PutObject", "DeleteObject", "PutObjectAcl", "PutObjectTagging"):
        yield f"s3:{action}", f"{bucket}/beach.jpg"
    for action in ("DeleteBucket", "PutBucketPolicy", "PutLifecycleConfiguration"):
        yield f"s3:{action}", bucket
    for another in ("arn:aws:s3:::another-bucket", f"{bucket}-of-others"):
        yield "s3:GetObject", f"{another}/beach.jpg"
        yield "s3:ListBucket", another
    for action in ("s3:ListAllMyBuckets", "dynamodb:Scan", "lambda:InvokeFunction", "iam:PassRole"):
        yield action, "*"


@exercise(
    "8.3",
    "A link that ends",
    slug="8_3_link",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "A signature is arithmetic: generate_presigned_url asks S3 nothing, so it signs links to what is not there. "
        "Which call finds out whether a photo is there, without fetching it?",
        "head_object raises a ClientError; error.response['ResponseMetadata']['HTTPStatusCode'] is 403 or 404. Who may "
        "not list a bucket is told 403 in both cases: the function needs s3:ListBucket on the bucket itself.",
        "Two statements: s3:GetObject on ${PhotosBucket.Arn}/*, s3:ListBucket on PhotosBucket.Arn. Then "
        "s3.generate_presigned_url('get_object', Params={'Bucket': …, 'Key': key}, ExpiresIn=VALID).",
    ],
    passed="A link that works at once and ends soon, and answers that tell 'there is none' from 'not for you'. "
    "Whoever may not look into a bucket cannot tell the two apart.",
    next="8.4",
)
class Link:
    @check(points=1, shares=SERVICE)
    def links_to_a_photo(cloud, stack, http, rng):
        """A stored photo gets a link, and the link leads to it, straight from S3."""
        photo = photograph(rng)
        store(cloud, stack, "2026/beach.jpg", photo)
        expect_photo(http, link_to(http, stack, "2026/beach.jpg"), photo)

    @check(points=1, needs=links_to_a_photo, shares=SERVICE)
    def ends_the_link_soon(cloud, stack, http, rng):
        """The link works for a minute and no longer; who asks again gets a new one."""
        store(cloud, stack, "beach.jpg", photograph(rng))
        link = link_to(http, stack, "beach.jpg")
        cloud.clock.advance(seconds=STILL_GOOD_S)
        expect(
            http.get(link).status, "ExpiresIn=VALID: it is in seconds.", what=f"the status after {STILL_GOOD_S} s"
        ).equals(200)
        cloud.clock.advance(seconds=OVER_S - STILL_GOOD_S)
        expect(
            http.get(link).status,
            "ExpiresIn=VALID. Who has the link has the photo; boto3's own default is an hour.",
            what=f"the status after {OVER_S} s",
        ).equals(403)
        again = "Sign a new link for each request: one that is kept in a global ends while the environment lives."
        expect(http.get(link_to(http, stack, "beach.jpg")).status, again, what="the status of a new link").equals(200)

    @check(points=2, needs=links_to_a_photo, shares=SERVICE)
    def says_that_a_photo_is_missing(cloud, stack, http, rng):
        """A photo that is not there is answered with 404, and nothing else is."""
        page = ask(http, stack, "nowhere.jpg")
        expect(
            page.status,
            "A link can be signed to nothing, so look first: head_object. And S3 says 404 only to those who may list "
            "the bucket (s3:ListBucket on the bucket, not on its objects); to others it says 403.",
            what="the status for a photo that is not there",
            trace=page.trace,
        ).equals(404)
        expect_no_link(page)
        store(cloud, stack, "palms.jpg.original", photograph(rng))
        page = ask(http, stack, "palms.jpg")
        longer = "Another key begins with this one, but this one is not there: ask for the very key, with head_object."
        expect(page.status, longer, what="the status for palms.jpg beside palms.jpg.original", trace=page.trace).equals(
            404
        )
        for operation in LOOKING:
            cloud.fail_next("s3", operation, "BadRequest", times=10, by="LinkFunction")
        page = ask(http, stack, "palms.jpg.original")
        cloud.calm()
        unsure = (
            "S3 said neither 403 nor 404, so it is not known whether there is a photo. Raise what you do not expect."
        )
        if page.status in (403, 404):
            fail("another status than 403 or 404, when S3 has said 400", str(page.status), unsure, trace=page.trace)

    @check(points=1, needs=links_to_a_photo, shares=SERVICE)
    def says_that_a_photo_is_forbidden(cloud, stack, http, rng):
        """A photo under private/ is answered with 403, and without a link."""
        store(cloud, stack, "private/passport.jpg", photograph(rng))
        page = ask(http, stack, "private/passport.jpg")
        expect(
            page.status,
            "The bucket's policy denies it, so a link would lead to a 403. Ask S3 with head_object, and pass on what "
            "it says: 403 is not 404.",
            what="the status for a private photo",
            trace=page.trace,
        ).equals(403)
        expect_no_link(page)

    @check(points=1, needs=links_to_a_photo, shares=SERVICE)
    def asks_for_no_more_rights(cloud, stack):
        """The function may read this bucket's objects and list it, and nothing else."""
        bucket = f"arn:aws:s3:::{stack.outputs['PhotosBucket']}"
        for action, resource in others(bucket):
            expect(
                cloud.may("LinkFunction", action, resource).allowed,
                "Two actions on one bucket are enough: s3:GetObject on its objects, s3:ListBucket on itself.",
                what=f"whether LinkFunction may {action} on {resource}",
            ).is_false()
