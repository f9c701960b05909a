"""8.3: a link to what is stored, and the difference between missing and forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from grader.checks import check, exercise, expect
from grader.checks.material import photograph
from grader.checks.reading import json_body

SHORT_S = 120
STILL_GOOD_S = 20
SERVICE = "service"  # the checks use one service, one after the other, each for photos of its own


def store(cloud: Any, stack: Any, key: str, body: bytes) -> None:
    """Put a photograph into the bucket, as its owner."""
    cloud.client("s3").put_object(Bucket=stack.outputs["PhotosBucket"], Key=key, Body=body, ContentType="image/jpeg")


def ask(http: Any, stack: Any, key: str) -> Any:
    """GET /link/{key}."""
    return http.get(stack.outputs["LinkUrl"] + quote(key))


def link_to(http: Any, stack: Any, key: str) -> str:
    """The link that is handed out for a key."""
    page = ask(http, stack, key)
    expect(page.status, "See the logs of LinkFunction.", what=f"the status for {key!r}", trace=page.trace).equals(200)
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
    expect(got.status, "S3 says why in its answer.", what="the status of GET on the link", trace=got.trace).equals(200)
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
        """The link works for a while, and no longer than two minutes."""
        store(cloud, stack, "beach.jpg", photograph(rng))
        link = link_to(http, stack, "beach.jpg")
        cloud.clock.advance(seconds=STILL_GOOD_S)
        expect(http.get(link).status, "ExpiresIn is in seconds.", what=f"the status after {STILL_GOOD_S} s").equals(200)
        cloud.clock.advance(seconds=SHORT_S)
        expect(
            http.get(link).status,
            "ExpiresIn=VALID. Who has the link has the photo; boto3's own default is an hour.",
            what=f"the status after {SHORT_S + STILL_GOOD_S} s",
        ).equals(403)

    @check(points=2, needs=links_to_a_photo, shares=SERVICE)
    def says_that_a_photo_is_missing(cloud, stack, http):
        """A photo that is not there is answered with 404."""
        page = ask(http, stack, "nowhere.jpg")
        expect(
            page.status,
            "A link can be signed to nothing, so look first: head_object. And S3 says 404 only to those who may list "
            "the bucket (s3:ListBucket on the bucket, not on its objects); to others it says 403.",
            what="the status for a photo that is not there",
            trace=page.trace,
        ).equals(404)
        expect_no_link(page)

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
