"""7.2: a form whose files are stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import photograph, word
from grader.checks.reading import crash_hint, output, stored_keys
from grader.cloud.http import Upload

APP = "app"  # checks use one app, one after the other, each for files of its own
START = re.compile(r"START RequestId: (\S+)")


REASONS = {
    "NoSuchBucket": "There is no bucket of this name: the template hands over the generated one, by !Ref.",
    "KeyError": "What the handler asks os.environ for, the template hands over: Environment: Variables: …",
    "is not authorized": "Read the sentence: who asked, what for, and on which resource. A right is given under "
    "Policies; an object's ARN ends with /*, and reading is not writing.",
}


def reason(page: Any) -> str:
    """Why a request failed, in the words of the gate that broke."""
    gate = page.trace.first_broken if page.trace else None
    return str(gate.detail) if gate else repr(page.body[:120])


def post(cloud: Any, stack: Any, name: str, content: bytes, content_type: str) -> Any:
    """Upload a file by the form."""
    return cloud.http.post(output(stack, "AppUrl"), multipart={"file": Upload(name, content, content_type)})


def stored(cloud: Any, stack: Any, page: Any, before: Sequence[str] = ()) -> dict[str, Any]:
    """The one object that an upload has left in the bucket, beside what was there before."""
    keys = new_keys(cloud, stack, before)
    if len(keys) != 1:
        fail(
            expected="one object in the uploads bucket after one upload",
            found=f"{len(keys)} objects, and the page said: {page.status} {page.body[:120]!r}",
            hint="put_object(Bucket=…, Key=…, Body=…), and wait for it: what still runs when the handler returns is "
            "frozen with the environment. The trace shows which gate broke.",
            trace=page.trace,
        )
    found = cloud.client("s3").get_object(Bucket=stack.outputs["UploadsBucket"], Key=keys[0])
    return {"key": keys[0], "content": found["Body"].read(), "type": found["ContentType"]}


def new_keys(cloud: Any, stack: Any, before: Sequence[str]) -> list[str]:
    """The keys in the uploads bucket that were not there before."""
    return [key for key in stored_keys(cloud, output(stack, "UploadsBucket")) if key not in before]


def request_ids(cloud: Any, function: str = "FormFunction") -> list[str]:
    """The ids of the invocations that a function's log tells of."""
    return [found[1] for line in cloud.logs(function) if (found := START.match(line.message))]


def any_file(rng: Random) -> bytes:
    """Bytes that are no text in any encoding, with line ends and boundaries in them."""
    return photograph(rng, "PNG") + bytes(rng.randrange(256) for _ in range(500)) + b"\r\n--\x00\xff\r\n"


@exercise(
    "7.2",
    "A form that keeps its files",
    slug="7_2_upload",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "Three things are missing: the function does not know the bucket, it may not write to it, and the handler "
        "stores nothing. How did 3.3 hand a name to a function?",
        "In the template: Environment: Variables: UPLOADS_BUCKET: !Ref UploadsBucket, and under Policies the template "
        "S3WritePolicy with BucketName. In the handler: os.environ, and context.aws_request_id as the key.",
        "s3.put_object(Bucket=os.environ['UPLOADS_BUCKET'], Key=context.aws_request_id, Body=file.content, "
        "ContentType=file.content_type), then return page(f'Stored as {key}.').",
    ],
    passed="The file outlives its environment, under a name that no other upload has, in a bucket whose name nobody "
    "typed.",
    next="7.3",
)
class UploadForm:
    @check(points=2, shares=APP)
    def keeps_every_byte(cloud, stack, rng):
        """A posted file lies in the bucket, byte for byte, when the page answers."""
        before, content = stored_keys(cloud, output(stack, "UploadsBucket")), any_file(rng)
        form = cloud.http.get(output(stack, "AppUrl"))
        expect(form.status, "GET shows the form.", what="the status of the empty form", trace=form.trace).equals(200)
        expect(form.body, "GET shows the form.", what="the page", trace=form.trace).contains("<form")
        page = post(cloud, stack, "dog.png", content, "image/png")
        if page.status not in (200, 201):
            found = f"{page.status}: {reason(page)}"
            hint = next((hint for words, hint in REASONS.items() if words in found), crash_hint(page))
            fail("status 200 or 201 after an upload", found, hint, trace=page.trace)
        found = stored(cloud, stack, page, before)
        expect(
            len(found["content"]), what="the size of the stored file in bytes", hint="Store file.content, the bytes "
            "themselves; a picture is no text.",
        ).equals(len(content))  # fmt: skip
        expect(found["content"] == content, what="the stored bytes are the posted ones").is_true()

    @check(points=1, needs=keeps_every_byte)
    def keeps_the_kind_of_file(cloud, stack, rng):
        """The stored file has the content type with which it came."""
        kind = rng.choice(["image/webp", "image/gif", "application/pdf"])
        page = post(cloud, stack, "file", any_file(rng), kind)
        expect(
            stored(cloud, stack, page)["type"],
            what="the content type of the stored file",
            hint="put_object(ContentType=file.content_type): later a browser needs it.",
        ).equals(kind)

    @check(points=1, needs=keeps_every_byte, shares=APP)
    def names_it_by_the_request_id(cloud, stack, rng):
        """Two files of one name are two objects, each under the id of the request that stored it."""
        hint = (
            "The key is context.aws_request_id: another one for every invocation, and the one that the log shows. "
            "A file's own name comes from outside, and comes again."
        )
        before, asked = stored_keys(cloud, output(stack, "UploadsBucket")), len(request_ids(cloud))
        pages = [post(cloud, stack, "dog.png", any_file(rng), "image/png") for _ in range(2)]
        keys, ids = new_keys(cloud, stack, before), request_ids(cloud)[asked:]
        expect(keys, hint, what="the keys after two uploads of a file named dog.png").equals(sorted(ids))
        for page, key in zip(pages, ids, strict=True):
            expect(page.body, "Say under which key it is stored.", what="the page", trace=page.trace).contains(key)

    @check(points=1, needs=keeps_every_byte)
    def finds_its_own_bucket(cloud, deploy, rng):
        """Deployed twice, each stack stores in its own bucket."""
        first, second = deploy(name="first"), deploy(name="second")
        page = post(cloud, second, "dog.png", any_file(rng), "image/png")
        hint = "No bucket's name stands in the code: the template hands it over (Environment: Variables: … !Ref …)."
        strays = stored_keys(cloud, output(first, "UploadsBucket"))
        expect(strays, hint, what="the keys in the other stack's bucket").equals([])
        stored(cloud, second, page)

    @check(points=1, needs=keeps_every_byte, shares=APP)
    def does_not_claim_what_did_not_happen(cloud, stack, rng):
        """When the bucket refuses the file, the page does not say that it is stored."""
        cloud.fail_next("s3", "PutObject", "AccessDenied", status=403, times=3, by="FormFunction")
        page = post(cloud, stack, "dog.png", any_file(rng), "image/png")
        expect(
            page.status,
            what="the status when S3 has refused the file",
            hint="Do not swallow the exception. Let it out (the gateway answers 502), or answer with an error.",
            trace=page.trace,
        ).is_at_least(400)
        cloud.calm()
        empty = cloud.http.post(output(stack, "AppUrl"), multipart={"note": "no file"})
        hint = "A form without a file is answered with an error, as the starter does."
        expect(empty.status, hint, what="the status of a form without a file", trace=empty.trace).is_at_least(400)


def plain_text(rng: Random) -> bytes:
    """A file of letters, in case that bytes alone are the difficulty."""
    return " ".join(word(rng) for _ in range(50)).encode()
