"""13.6: the thumbnail service as its specification names it: two addresses, two buckets, a queue, and a function."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from grader.checks import expect, fail
from grader.checks.ch05_safe_deployments.releases import release
from grader.checks.material import photograph, word
from grader.checks.reading import json_body, stored_keys

KINDS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF"}
MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}
LONGEST_SIDE = 160
FAILED_WITHIN_MINUTES = 20
NEARLY_THE_SAME = 24  # of 255: what a JPEG or a palette may change in a colour
CALM = "calm"  # checks in which nothing goes wrong that a healthy service would not get over: they share one
DUTY = "duty"  # checks of a service with a Site and a Contact that it was not written for share a third
TROUBLE = "trouble"  # checks in which much goes wrong, and all is well in the end: they share another


class Service:
    """A deployed service, used as visitors, partners and the team use it.

    Parameters
    ----------
    stack
        The answer's stack, or one with the same outputs.
    rng
        Draws photos, names and kinds.
    """

    def __init__(self, cloud: Any, stack: Any, rng: Random) -> None:
        self.cloud, self.stack, self.rng = cloud, stack, rng

    # --- what visitors do ---------------------------------------------------------------------------------------------

    def ask(self, extension: str) -> Any:
        """GET SignUrl and the extension; returns the answer."""
        return self.cloud.http.get(self.stack.outputs["SignUrl"] + extension)

    def grant(self, extension: str) -> dict[str, Any]:
        """A grant for one photo of that kind."""
        page = self.ask(extension)
        expect(
            page.status, "See the trace: how far did it come?", what=f"GET SignUrl{extension}", trace=page.trace
        ).equals(200)
        found = json_body(page, "json.dumps of key, upload and thumbnail.")
        expect(found, "Section 1 of the specification names them.", what="the grant").has_keys(
            "key", "upload", "thumbnail"
        )
        expect(found["upload"], "What generate_presigned_post returns.", what="upload").has_keys("url", "fields")
        return found

    def upload(self, grant: Mapping[str, Any], content: bytes, **fields: str) -> Any:
        """Use a grant; ``fields`` take the place of its own. Returns the answer of S3."""
        form = {**grant["upload"]["fields"], **{name.replace("_", "-"): value for name, value in fields.items()}}
        return self.cloud.http.post(grant["upload"]["url"], multipart={**form, "file": content})

    def send(self, extension: str = "jpg", content: bytes | None = None) -> dict[str, Any]:
        """Ask for a grant and use it for a photo (or for ``content``); returns the grant."""
        grant = self.grant(extension)
        stored = self.upload(grant, content if content is not None else self.photo(KINDS[extension]))
        expect(
            stored.status, "The grant must be enough to upload: url and fields.", what="the upload", trace=stored.trace
        ).is_in([200, 201, 204])
        return grant

    def send_photo(self, extension: str, content: bytes | None = None) -> str:
        """The same; returns the key."""
        return str(self.send(extension, content)["key"])

    def count(self) -> int:
        """What CountUrl says."""
        page = self.cloud.http.get(self.stack.outputs["CountUrl"])
        expect(page.status, "See the trace.", what="GET CountUrl", trace=page.trace).equals(200)
        found = json_body(page, 'json.dumps({"converted": …})').get("converted")
        expect(found, 'A number, as {"converted": 12}.', what="converted").is_integer()
        return int(found)  # type: ignore[arg-type]  # it is one

    # --- what partners do ---------------------------------------------------------------------------------------------

    def deliver(self, key: str, content: bytes) -> str:
        """Put a photo straight into UploadsBucket; returns its key."""
        self.cloud.client("s3").put_object(Bucket=self.stack.outputs["UploadsBucket"], Key=key, Body=content)
        return key

    def deliver_photo(self, extension: str, content: bytes | None = None) -> str:
        """Put a photo (or ``content``) straight into UploadsBucket, under a plain key; returns its key."""
        content = self.photo(KINDS[extension]) if content is None else content
        return self.deliver(f"partner/{word(self.rng)}.{extension}", content)

    def photo(self, kind: str = "JPEG") -> bytes:
        """A photo that nobody could have seen before."""
        return photograph(self.rng, kind, self.rng.randrange(180, 360), self.rng.randrange(180, 360))

    def no_photo(self) -> bytes:
        """What some people upload instead."""
        return f"I am no photo, I am {word(self.rng, 40)}".encode()

    # --- what the team sees -------------------------------------------------------------------------------------------

    def pass_time(self, minutes: float) -> None:
        """Let minutes pass, and everything happen in them."""
        self.cloud.run_until_idle()
        self.cloud.clock.advance(minutes=minutes)
        self.cloud.run_until_idle()

    def thumbnails(self) -> list[str]:
        """The keys in ThumbnailsBucket."""
        return stored_keys(self.cloud, self.stack.outputs["ThumbnailsBucket"])

    def thumbnail(self, key: str) -> tuple[str, Any]:
        """A stored thumbnail: its content type, and the picture."""
        stored = self.cloud.client("s3").get_object(Bucket=self.stack.outputs["ThumbnailsBucket"], Key=key)
        return stored["ContentType"], Image.open(io.BytesIO(stored["Body"].read()))

    def expect_shown(self, key: str, photo: bytes) -> None:
        """The thumbnail at a key shows this photo: it has about the same colour, which no other has."""
        shown, wanted = color(self.thumbnail(key)[1]), color(Image.open(io.BytesIO(photo)))
        if max(abs(one - other) for one, other in zip(shown, wanted, strict=True)) > NEARLY_THE_SAME:
            hint = "Let studio.make_thumbnail make it, of this original: what is left in /tmp is another's."
            fail(f"a thumbnail of the colour of its photo: {wanted}", f"{shown}, at {key}", hint)

    def letters(self) -> list[str]:
        """The bodies of what lies in FailedQueue; they stay there."""
        sqs, queue, found = self.cloud.client("sqs"), self.stack.outputs["FailedQueue"], {}
        while True:
            got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=1).get("Messages", [])
            if not got:
                self.cloud.clock.advance(seconds=2)
                return list(found.values())
            found.update({one["MessageId"]: one["Body"] for one in got})

    def clear_letters(self) -> None:
        """Throw away what lies in FailedQueue: somebody has seen to it."""
        self.cloud.client("sqs").purge_queue(QueueUrl=self.stack.outputs["FailedQueue"])

    def functions(self) -> list[str]:
        """Every function of the account."""
        pages = self.cloud.client("lambda").get_paginator("list_functions").paginate()
        return [one["FunctionName"] for page in pages for one in page["Functions"]]

    def behind_the_door(self, output: str, path: str = "") -> list[str]:
        """The functions that run when a stranger asks for an address: none, if a gateway answers by itself."""
        before = self.invocations()
        self.cloud.http.get(self.stack.outputs[output] + path)
        return [name for name, count in self.invocations().items() if count > before.get(name, 0)]

    def invocations(self) -> dict[str, float]:
        """How often each function ran."""
        return {line.resource: line.quantity for line in self.cloud.bill().lines if line.item == "lambda_request"}

    def log_lines(self) -> Iterator[str]:
        """Every line that a function has logged."""
        for name in self.functions():
            yield from (event.message for event in self.cloud.logs(name))

    # --- what must hold -----------------------------------------------------------------------------------------------

    def stored(self) -> set[str]:
        """The keys of both buckets, when all is done that was under way."""
        self.pass_time(2)
        outputs = self.stack.outputs
        return {key for name in ("UploadsBucket", "ThumbnailsBucket") for key in stored_keys(self.cloud, outputs[name])}

    def expect_thumbnails(self, keys: list[str], hint: str, before: Set[str] = frozenset()) -> None:
        """These photos have thumbnails, and nothing else lies beside them but what was there ``before``."""
        found = [key for key in self.thumbnails() if key not in before]
        if missing := sorted(set(keys) - set(found)):
            fail(f"{len(keys)} thumbnails", f"{len(missing)} are missing: {', '.join(missing[:3])}", hint)
        expect(found, hint, what="the keys in ThumbnailsBucket").equals(sorted(keys))

    def expect_count(self, wanted: int, hint: str) -> None:
        """CountUrl tells the right number."""
        expect(self.count(), hint, what="converted, by CountUrl").equals(wanted)


def color(picture: Image.Image) -> tuple[int, ...]:
    """The colour of the middle of a picture: red, green, blue, 0 to 255."""
    found = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    return tuple(int(value) for value in found)  # type: ignore[union-attr]  # RGB has three


@dataclass(frozen=True)
class Duty:
    """A stack that was deployed for another site, with somebody else on duty."""

    stack: Any
    site: str
    contact: str


def on_duty(deploy: Callable[..., Any], rng: Random) -> Duty:
    """Deploy the answer for a site and an e-mail address that nobody could have typed in beforehand."""
    site, contact = f"https://{word(rng)}.example", f"{word(rng)}@example.com"
    return Duty(deploy(parameters={"Site": site, "Contact": contact}), site, contact)


def json_lines(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Those log lines that are an object in JSON."""
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def with_studio(cloud: Any, folder: Path, code: str, *, wait: bool = True) -> Any:
    """Deploy the answer with a release of studio.py that ends with ``code``; returns the stack."""
    studio = f"{(folder / 'studio.py').read_text('utf-8')}\n\n{code}"
    return release(cloud, folder, {"studio.py": studio}, wait=wait)
