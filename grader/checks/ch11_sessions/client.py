"""11.5: the client's workflow, against a service that is slow, busy, silent or says no, as the check wants it."""

from __future__ import annotations

import base64
import json
from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.material import photograph, word
from grader.checks.reading import stored_keys

LIMITS = (0.5, 1.0, 2.0, 4.0, 8.0)  # of the pauses between two looks, seconds
POLLS, ATTEMPTS = 10, 4
LARGEST = 300_000  # bytes
ROUNDING = 0.1
TOO_LARGE = ("large", "big", "smaller", "limit", "at most")  # any of these says what is the matter
COME_BACK = ("later", "again", "soon", "minute", "longer", "wait", "yet", "patien")
SHORTEST_WAIT = 0.001  # seconds, of three pauses at random; shorter once in five thousand million times
PAGE = "page"  # the checks use one service, one after the other, each for photographs of its own


class Service:
    """The deployed service, the client against it, and what the one asked of the other."""

    def __init__(self, cloud: Any, stack: Any, function: Any) -> None:
        self.cloud, self.stack = cloud, stack
        self._show = function("page.show", timeout=600)
        self.looks = 0
        cloud.calm()
        self._before = set(stored_keys(cloud, stack.outputs["UploadsBucket"]))

    def answers(self, looks: int, body: bytes, kind: str = "image/jpeg") -> None:
        """The result is there from the ``looks``-th look on; 0 is never."""
        s3 = self.cloud.client("s3")

        def looked() -> None:
            self.looks += 1
            if self.looks == looks - 1:
                self._store(s3, body, kind)

        self.cloud.on_call("s3", "GetObject", looked)

    def ages(self, looks: int, minutes: int) -> None:
        """After so many looks some minutes pass."""

        def looked() -> None:
            if self.looks == looks:
                self.cloud.clock.advance(minutes=minutes)

        self.cloud.on_call("s3", "GetObject", looked)

    def uploads(self) -> list[str]:
        """The keys of what was uploaded since."""
        keys = stored_keys(self.cloud, self.stack.outputs["UploadsBucket"])
        return [key for key in keys if key not in self._before]

    def _store(self, s3: Any, body: bytes, kind: str) -> None:
        for key in self.uploads():
            s3.put_object(Bucket=self.stack.outputs["ThumbnailsBucket"], Key=key, Body=body, ContentType=kind)

    def show(self, photo: bytes, kind: str = "image/jpeg") -> tuple[dict[str, Any], float]:
        """What the page shows, and how many seconds it waited for it."""
        self.looks = 0
        shown = self._show(self.stack.outputs["ApiUrl"], base64.b64encode(photo).decode(), kind)
        expect(shown, "page.show hands back what thumbnail_of came to.", what="what the page shows").is_dict()
        invocation = self._show.invocation
        return dict(shown), invocation.ended - invocation.started

    def asked(self, path: str) -> int:
        """How often the API was asked for a path."""
        return sum(event.message.strip() == f"asked {path}" for event in self.cloud.logs("ApiFunction"))


def expect_picture(shown: dict[str, Any], picture: bytes, hint: str) -> None:
    """The page shows this picture."""
    found = shown.get("problem") or ("this picture" if shown.get("thumbnail") == text(picture) else "another picture")
    expect(found, hint, what="what the page shows").equals("this picture")


def expect_problem(shown: dict[str, Any], words: str | tuple[str, ...], hint: str) -> None:
    """The page says what the problem is: these words, or any of several."""
    expect(shown, hint, what="what the page shows").has_keys("problem")
    expect(
        "<" in shown["problem"], "Words for people: no XML, no JSON.", what=f"whether {shown['problem']!r} is code"
    ).is_false()
    said = shown["problem"].lower()
    if isinstance(words, str):
        expect(said, hint, what="what the page says").contains(words.lower())
    else:
        expect(said, hint, what="what the page says").satisfies(
            f"a text with one of the words {', '.join(words)}", lambda text: any(word in text for word in words)
        )


def text(picture: bytes) -> str:
    """Base64."""
    return base64.b64encode(picture).decode()


def slept_for(cloud: Any, stack: Any, function: Any, rng: Any, looks: int, times: int) -> list[float]:
    """How long the client waits for a thumbnail that is there at the given look, several times."""
    waits = []
    for _ in range(times):
        service, picture = Service(cloud, stack, function), photograph(rng, width=40, height=30)
        service.answers(looks, picture)
        shown, slept = service.show(photograph(rng))
        expect_picture(shown, picture, "Look, pause, look again, until it is there.")
        waits.append(slept)
    return waits


@exercise(
    "11.5",
    "The client's workflow",
    slug="11_5_client",
    files=["client.py"],
    minutes=20,
    hints=[
        "Three steps: granted, send, collect. Write them for the good day first: 201, 204, and then get(link) until it "
        "is 200, with time.sleep(pause(attempt)) in between.",
        "Which answers mean what? 404: not yet. 403 at the link: too old, POST /resume. Other 4xx: no, and why. 429, "
        "5xx, NoAnswer: again, the same request, up to ATTEMPTS times. 200 with JSON: there will be no thumbnail.",
        "One function `patiently(ask)` around every request, which tries again while it is busy or silent; a loop of "
        "POLLS looks in collect; Problem(answer.json()['message']) for the service's own words; <Code> in S3's XML.",
    ],
    passed="The workflow lives where the person is: it waits without asking too often, survives bad moments, and says "
    "what is the matter when there is no thumbnail. No function waits, and no table remembers.",
)
class Client:
    @check(points=2, shares=PAGE)
    def shows_the_thumbnail(cloud, stack, function, rng):
        """It asks, sends, waits and shows."""
        service, picture, photo = Service(cloud, stack, function), photograph(rng, width=40, height=30), photograph(rng)
        service.answers(4, picture)
        shown, _ = service.show(photo)
        expect_picture(shown, picture, "404 means: not yet. Look again, up to POLLS times.")
        expect(service.looks, "One look after each pause.", what="looks").equals(4)
        s3, bucket = cloud.client("s3"), stack.outputs["UploadsBucket"]
        stored = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in service.uploads()]
        expect(stored == [photo], "post_form(grant, photo), once.", what="whether the photo was stored").is_true()

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def hands_on_the_services_words(cloud, stack, function, rng):
        """A refusal of the service is shown in its own words, and not asked for again."""
        service, kind = Service(cloud, stack, function), f"text/{word(rng)}"
        before = service.asked("/uploads")
        shown, _ = service.show(b"text", kind)
        expect_problem(shown, kind, "Status 400 has a message in JSON that says it better than you could.")
        asked = service.asked("/uploads") - before
        expect(asked, "A no stays a no.", what="requests for something that is refused").equals(1)

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def explains_the_storages_refusal(cloud, stack, function, rng):
        """A photograph that is too large is explained, in words for people."""
        shown, _ = Service(cloud, stack, function).show(bytes(LARGEST + 1))
        hint = "S3 says EntityTooLarge in <Code>: tell people that it is too large, in a language that they speak."
        if "problem" in shown:  # S3's own name for it is no word for people
            shown["problem"] = shown["problem"].replace("EntityTooLarge", "…")
        expect_problem(shown, TOO_LARGE, hint)

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def explains_a_failed_conversion(cloud, stack, function, rng):
        """A result that is a reason and no picture is shown as one."""
        service, reason = Service(cloud, stack, function), f"This is a {word(rng)} and no picture."
        service.answers(2, json.dumps({"message": reason}).encode(), "application/json")
        shown, _ = service.show(photograph(rng))
        expect_problem(shown, reason, "Not every 200 is a picture: look at answer.kind.")

    @check(points=2, needs=shows_the_thumbnail, shares=PAGE)
    def waits_longer_each_time(cloud, stack, function, rng):
        """The pauses grow to their limit, and no two clients keep step."""
        # Shortest: what the longest of so many random waits reaches, but for once in a thousand million times.
        for looks, times, shortest in ((2, 4, 0.005), (4, 3, 0.05), (7, 5, 0.18)):
            limits = [*LIMITS, *[LIMITS[-1]] * looks][: looks - 1]
            waits = slept_for(cloud, stack, function, rng, looks, times)
            hint = f"Limits of the pauses before look {looks}: {' + '.join(map(str, limits))} s, at random below that."
            expect(max(waits), hint, what=f"the longest of {times} waits, s").is_at_most(sum(limits) + ROUNDING)
            expect(max(waits), hint, what=f"the longest of {times} waits, s").is_at_least(sum(limits) * shortest)
        expect(
            len({round(wait, 5) for wait in waits}), "random.uniform: clients that began together must not look "
            "together.", what="different waits of five",
        ).is_at_least(4)  # fmt: skip
        waits = slept_for(cloud, stack, function, rng, POLLS, 12)
        limits = [*LIMITS, *[LIMITS[-1]] * POLLS][: POLLS - 1]
        hint = (
            f"Each limit is twice the one before, up to LONGEST: {' + '.join(map(str, limits))} s before look 10, "
            "at random below that."
        )
        expect(max(waits), hint, what="the longest of 12 waits until the last look, s").is_at_most(sum(limits) + 2)
        # What the mean of twelve waits at random reaches, but for once in a thousand million times.
        mean = sum(waits) / len(waits)
        expect(mean, hint, what="the mean of 12 waits until the last look, s").is_at_least(0.3 * sum(limits))

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def gives_up_at_last(cloud, stack, function, rng):
        """It does not look for ever, and says that it has stopped."""
        service = Service(cloud, stack, function)
        service.answers(0, b"")
        shown, _ = service.show(photograph(rng))
        expect_problem(shown, COME_BACK, "After POLLS looks: tell people to come back later.")
        expect(service.looks, "POLLS looks, then it is enough.", what="looks").equals(POLLS)

    @check(points=2, needs=shows_the_thumbnail, shares=PAGE)
    def outlives_bad_moments(cloud, stack, function, rng):
        """A service that is busy for a moment is asked again, and not for ever."""
        busy = (("dynamodb", "UpdateItem", "ThrottlingException", 503), ("s3", "PutObject", "TooManyRequests", 429),
                ("s3", "GetObject", "SlowDown", 503))  # fmt: skip
        for name, operation, code, status in busy:
            service, picture = Service(cloud, stack, function), photograph(rng, width=40, height=30)
            service.answers(2, picture)
            cloud.fail_next(name, operation, code, status=status, times=2)
            shown, _ = service.show(photograph(rng))
            expect_picture(shown, picture, "429 and 5xx may pass: the same request again, up to ATTEMPTS times.")
        cloud.fail_next("dynamodb", "UpdateItem", "ThrottlingException", status=503, times=100)
        before = service.asked("/uploads")
        shown, waited = service.show(photograph(rng))
        expect_problem(shown, "", "After ATTEMPTS: a Problem that says so.")
        hint = "Between two tries as between two looks: time.sleep(pause(attempt)). Who is busy needs time."
        expect(waited, hint, what="seconds waited for a service that stays busy").is_at_least(SHORTEST_WAIT)
        expect(
            service.asked("/uploads") - before, "ATTEMPTS requests, then it is enough.",
            what="requests to a service that stays busy",
        ).equals(ATTEMPTS)  # fmt: skip

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def outlives_silence(cloud, stack, function, rng):
        """Who does not answer in time is asked again, and not for ever."""
        hint = "NoAnswer may pass, too: the same request again, up to ATTEMPTS times."
        for operation in ("PutObject", "GetObject"):
            service, picture = Service(cloud, stack, function), photograph(rng, width=40, height=30)
            service.answers(3, picture)
            cloud.slow_next("s3", operation, 30, times=2)
            shown, _ = service.show(photograph(rng))
            expect_picture(shown, picture, hint)
        service = Service(cloud, stack, function)
        cloud.slow_next("s3", "PutObject", 30, times=100)
        shown, _ = service.show(photograph(rng))
        expect_problem(shown, "", "After ATTEMPTS: a Problem that says so.")

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def does_not_begin_anew(cloud, stack, function, rng):
        """An upload that the storage had no time for is sent again with the same grant."""
        service, picture = Service(cloud, stack, function), photograph(rng, width=40, height=30)
        service.answers(2, picture)
        before = service.asked("/uploads")
        cloud.fail_next("s3", "PutObject", "InternalError", status=500)
        shown, _ = service.show(photograph(rng))
        expect_picture(shown, picture, "500 may pass: send it again. The same key twice does no harm.")
        asked = service.asked("/uploads") - before
        expect(asked, "Keep the grant: do not ask for another.", what="grants").equals(1)

    @check(points=1, needs=shows_the_thumbnail, shares=PAGE)
    def gets_a_new_link(cloud, stack, function, rng):
        """When the link is too old, the state gets another one."""
        service, picture = Service(cloud, stack, function), photograph(rng, width=40, height=30)
        service.answers(3, picture)
        service.ages(1, minutes=6)
        before = service.asked("/resume")
        shown, _ = service.show(photograph(rng))
        expect_picture(shown, picture, "403 at the link: POST /resume with the state, and look at the new link.")
        asked = service.asked("/resume") - before
        expect(asked, "One new link is enough.", what="requests for a new link").equals(1)
