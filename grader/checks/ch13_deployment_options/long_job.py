"""13.3: a job that is longer than fifteen minutes, as steps that survive a crash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output, stored_keys

LONG_PAGES = 31
PRESS = "press"  # the checks use one press, one after the other, each for albums of its own


def album(rng: Random, pages: int) -> list[str]:
    """The texts of an album's pages."""
    return [word(rng) for _ in range(pages)]


def upload(cloud: Any, stack: Any, name: str, texts: Sequence[str]) -> None:
    """Hand an album in."""
    body = json.dumps(list(texts)).encode()
    cloud.client("s3").put_object(Bucket=output(stack, "AlbumsBucket"), Key=f"{name}.json", Body=body)
    cloud.run_until_idle()


def pass_time(cloud: Any, minutes: int) -> None:
    """Let minutes pass, and everything happen in them."""
    cloud.clock.advance(minutes=minutes)
    cloud.run_until_idle()


def expect_book(
    cloud: Any, stack: Any, name: str, texts: Sequence[str], hint: str, other: str = "Every page once, in their order."
) -> None:
    """The book is there (else ``hint``), and every page is in its place (else ``other``)."""
    bucket = output(stack, "BooksBucket")
    if f"{name}.txt" not in stored_keys(cloud, bucket):
        pages = len([key for key in stored_keys(cloud, stack.outputs["PagesBucket"]) if key.startswith(f"{name}/")])
        fail(f"the book {name}.txt", f"no book; {pages} of {len(texts)} pages are printed", hint)
    book = cloud.client("s3").get_object(Bucket=bucket, Key=f"{name}.txt")["Body"].read().decode()
    wanted = "\n".join(f"page {number}: {text}" for number, text in enumerate(texts))
    expect(book, other, what="the book").equals(wanted)


def correct_first_page(cloud: Any, stack: Any, name: str, text: str) -> None:
    """Lay down another page 0, and throw the book away that has the old one."""
    s3 = cloud.client("s3")
    s3.put_object(Bucket=stack.outputs["PagesBucket"], Key=f"{name}/0000", Body=f"page 0: {text}".encode())
    s3.delete_object(Bucket=stack.outputs["BooksBucket"], Key=f"{name}.txt")


def gigabyte_seconds(cloud: Any) -> float:
    """What functions have been billed for so far."""
    return float(sum(line.quantity for line in cloud.bill().lines if line.item.startswith("lambda_gb_second")))


def sheets(cloud: Any, stack: Any) -> int:
    """How many sheets of paper the press has taken, those of pages that never came to an end included."""
    bucket, found = stack.outputs["PagesBucket"], 0
    for function in cloud.client("lambda").list_functions()["Functions"]:
        calls = cloud.calls(function["FunctionName"])
        found += sum(call.action == "s3:PutObject" and f":{bucket}/sheets/" in call.resource for call in calls)
    return found


LONG_HINT = (
    "Fifteen minutes are the end of an invocation, not of the job: stop before (get_remaining_time_in_millis, and a "
    "page takes a minute), say that it is not done, and let the state machine come back."
)
SHEETS_HINT = (
    "What lies in PagesBucket need not be printed again: printed(album). And a page that is begun when time runs out "
    "costs its sheet: begin only what can come to an end."
)
CRASH_HINT = "A step that fails must be tried again: Retry, with States.ALL, on each task."


@exercise(
    "13.3",
    "A job of half an hour",
    slug="13_3_long_job",
    files=["template.yaml", "steps.py"],
    minutes=30,
    hints=[
        "An invocation prints a dozen pages or so and stops in good time. What does it have to say so that somebody "
        "can decide whether to call it again? And how does the next one know where to go on?",
        "What has been printed lies in the bucket: that is the memory of the job. print_some prints what is missing "
        "while get_remaining_time_in_millis() allows one more page, and returns {'album': …, 'done': …}. In the state "
        "machine a Choice looks at $.done.",
        "Print: Task, Retry States.ALL, Next: AllPrinted. AllPrinted: Choice, Variable $.done, BooleanEquals: true → "
        "Bind, Default: Print. Bind: Task, Retry, End. In print_some: while missing and the remaining milliseconds are "
        "more than 80,000: print_page(PAGES, album, *missing.pop(0)).",
    ],
    passed="A job as long as you like, out of steps that are short, can be repeated, and remember in a bucket what is "
    "done. While nothing runs, nothing is paid.",
)
class LongJob:
    @check(points=1, shares=PRESS)
    def prints_a_short_album(cloud, stack, rng):
        """An album of three pages becomes a book."""
        name, texts = word(rng), album(rng, 3)
        upload(cloud, stack, name, texts)
        pass_time(cloud, 5)
        expect_book(cloud, stack, name, texts, "See the execution's history: which state came last?")

    @check(points=2, needs=prints_a_short_album, shares=PRESS)
    def prints_a_long_album(cloud, stack, rng):
        """An album of half an hour becomes a book, and every page is printed once."""
        name, texts, before = word(rng), album(rng, LONG_PAGES), sheets(cloud, stack)
        billed = gigabyte_seconds(cloud)
        upload(cloud, stack, name, texts)
        pass_time(cloud, LONG_PAGES + 10)
        expect_book(cloud, stack, name, texts, LONG_HINT)
        used = sheets(cloud, stack) - before
        expect(used, SHEETS_HINT, what=f"sheets of paper for {LONG_PAGES} pages").equals(LONG_PAGES)
        least = LONG_PAGES * 60 / 8  # the smallest function has an eighth of a GB
        hint = "The press needs its minute for each page. It is given: call print_page, and change nothing in it."
        expect(gigabyte_seconds(cloud) - billed, hint, what="billed GB-seconds").is_at_least(least)

    @check(points=2, needs=prints_a_short_album, shares=PRESS)
    def survives_a_crash(cloud, stack, rng):
        """A step that crashes half-way goes on where it stopped, and wastes no paper."""
        name, texts, before = word(rng), album(rng, 8), sheets(cloud, stack)
        at_the_fifth_page = once_after(
            9, lambda: cloud.fail_next("s3", "PutObject", "InternalError", status=500, times=5)
        )
        cloud.on_call("s3", "PutObject", at_the_fifth_page)
        upload(cloud, stack, name, texts)
        pass_time(cloud, 40)
        cloud.calm()
        expect_book(cloud, stack, name, texts, CRASH_HINT)
        used = sheets(cloud, stack) - before
        expect(used, SHEETS_HINT, what="sheets of paper for eight pages and a crash").is_at_most(8 + 3)
        corrected = [word(rng), *texts[1:]]
        correct_first_page(cloud, stack, name, corrected[0])
        upload(cloud, stack, name, texts)
        pass_time(cloud, 15)
        expect(sheets(cloud, stack) - before - used, SHEETS_HINT, what="sheets for an album that is all there").equals(
            0
        )
        hint = "Somebody has corrected page 0 by hand. Bind what lies in PagesBucket, page by page, and not the texts."
        expect_book(cloud, stack, name, corrected, CRASH_HINT, hint)

    @check(points=1, needs=prints_a_short_album, shares=PRESS)
    def binds_after_a_failure(cloud, stack, rng):
        """The book is bound although the storage failed at that moment."""
        name, texts = word(rng), album(rng, 2)
        at_the_last_page = once_after(4, lambda: cloud.fail_next("s3", "GetObject", "SlowDown", status=503, times=6))
        cloud.on_call("s3", "PutObject", at_the_last_page)
        upload(cloud, stack, name, texts)
        pass_time(cloud, 20)
        cloud.calm()
        expect_book(cloud, stack, name, texts, CRASH_HINT)

    @check(points=1, needs=prints_a_short_album, shares=PRESS)
    def keeps_albums_apart(cloud, stack, rng):
        """Two albums at the same time become two books."""
        albums = {word(rng): album(rng, 2) for _ in range(2)}
        for name, texts in albums.items():
            upload(cloud, stack, name, texts)
        pass_time(cloud, 15)
        for name, texts in albums.items():
            expect_book(cloud, stack, name, texts, "An album's name goes along from state to state.")


def once_after(calls: int, action: Any) -> Any:
    """An action that happens at the given call, and never again."""
    left = [calls]

    def called() -> None:
        left[0] -= 1
        if left[0] == 0:
            action()

    return called
