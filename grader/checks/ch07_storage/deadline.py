"""7.5: as much as there is time for."""

from __future__ import annotations

import hashlib
import json
import re
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output, stored_keys

CONVERTER = "converter"  # the checks use one converter, one after the other, each for jobs of its own
MANY = 400  # pages: more than any timeout has room for, one after the other
MORE = 6_000  # pages: more than any timeout has room for, several at a time
SHORT = 3  # pages that fit into one invocation, however long they take
RESULT = re.compile(r".*, page (\d+): ")  # what work.convert says of a page
LATE_HINT = (
    "Nothing was converted or saved: was there no time left when it began? A start time of the module is old in the "
    "next invocation. Ask the context."
)
LONGEST_PAGE, LONGEST_SAVE = 6, 1  # as in the given work.py


def seconds_of(job: str, page: int) -> int:
    """How long the given ``work.convert`` takes for a page."""
    return 1 + int(hashlib.sha256(f"{job}/{page}".encode()).hexdigest(), 16) % LONGEST_PAGE


def timeout(cloud: Any) -> int:
    """The function's Timeout in seconds."""
    return int(cloud.client("lambda").list_functions()["Functions"][0]["Timeout"])


def tight_job(rng: Random, time: int) -> str:
    """A job whose longest page comes just when there is time for it, and none for saving."""
    for _ in range(2_000):
        job, left, page = word(rng), time, 1
        while left > LONGEST_PAGE + LONGEST_SAVE:
            left, page = left - seconds_of(job, page), page + 1
        if left == LONGEST_PAGE + LONGEST_SAVE and seconds_of(job, page) == LONGEST_PAGE:
            break
    return job


def slow_job(rng: Random) -> str:
    """A job whose first pages take as long as pages take at most."""
    for _ in range(5_000):
        job = word(rng)
        if all(seconds_of(job, page) == LONGEST_PAGE for page in range(1, SHORT + 1)):
            break
    return job


def unfinished(cloud: Any, job: str) -> Any:
    """What an invocation answers that has more pages than time."""
    answer = convert(cloud, job, MANY)
    return answer if answer.payload["next"] is not None else convert(cloud, f"{job}-long", MORE)


def saves(cloud: Any) -> int:
    """How often the function has written to the bucket."""
    return sum(call.action == "s3:PutObject" for call in cloud.calls("ConvertFunction"))


def convert(cloud: Any, job: str, pages: int, first: int = 1) -> Any:
    """One invocation for a job, which must not end by time-out."""
    answer = cloud.invoke("ConvertFunction", {"job": job, "pages": pages, "first": first})
    if answer.error is not None:
        fail(
            expected=f"an invocation for {pages} pages that ends before its time is up",
            found=str(answer.error.get("errorMessage", ""))[:300],
            hint="Without a Timeout in the template it is three seconds. And before each page, ask "
            "context.get_remaining_time_in_millis(): is there time for the longest page, for saving and for the "
            "answer?",
            trace=answer.trace,
        )
    expect(answer.payload, what="the answer", hint='Return {"next": …}.').has_keys("next")
    return answer


def saved_pages(cloud: Any, stack: Any, job: str) -> list[int]:
    """The numbers of the pages whose results are stored, in the order of the objects."""
    bucket, pages = output(stack, "ResultsBucket"), []
    for key in stored_keys(cloud, bucket):
        if key.startswith(f"{job}/"):
            results = json.loads(cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
            results = list(results.values()) if isinstance(results, dict) else results  # by their numbers
            texts = [str(result) for result in results] if isinstance(results, list) else []
            numbers = [int(found[1]) for text in texts if (found := RESULT.match(text))]
            if not isinstance(results, list) or len(numbers) < len(texts):
                hint = "save(job, first, results) stores what convert(…) gave back, a text for each page."
                fail(f"the results of some pages in the object {key}", repr(results)[:200], hint)
            pages += numbers
    return pages


def finish(cloud: Any, job: str, pages: int) -> int:
    """Invoke until the job is done, and return how many invocations that took."""
    first, invocations = 1, 0
    while first is not None:
        if invocations > pages:
            fail(
                expected=f"a job of {pages} pages that is finished after some invocations",
                found=f"after {invocations} invocations it wants to go on with page {first}",
                hint="Each invocation must convert at least one page, beginning with event['first']. A deadline that "
                "was worked out when the module was loaded is over in the next invocation: ask the context.",
            )
        first, invocations = convert(cloud, job, pages, first).payload["next"], invocations + 1
    return invocations


@exercise(
    "7.5",
    "Before time runs out",
    slug="7_5_deadline",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "How long may a function run when the template does not say? And who knows, inside the handler, how much "
        "of it is left?",
        "Timeout: 60 in the template. In the handler a loop: as long as there are pages, and there is time for one "
        "more (LONGEST_PAGE), for saving (LONGEST_SAVE) and a little to spare. Save once, after the loop.",
        "while page <= event['pages'] and context.get_remaining_time_in_millis() / 1000 > LONGEST_PAGE + LONGEST_SAVE "
        "+ 1: convert and count up. Then save(job, first, results), and return the page to go on with, or None.",
    ],
    passed="No time-out, nothing lost, nothing done twice: the job crosses as many invocations as it needs. "
    "Chapter 13 lets a state machine do the asking.",
    next="7.6",
)
class Deadline:
    @check(points=1, shares=CONVERTER)
    def has_time_for_its_work(cloud, stack, rng):
        """A short job is done in one invocation."""
        job = slow_job(rng)
        answer = convert(cloud, job, SHORT)
        hint = (
            "A job of a few pages is done in one go: convert as long as there are pages and time. Has the template a "
            "Timeout that leaves time for them, at six seconds each? Without one it is three seconds."
        )
        left = timeout(cloud) - answer.duration_ms / 1000
        if left > 2 * (LONGEST_PAGE + LONGEST_SAVE):
            hint = (
                f"There were {left:.0f} seconds left: go on as long as there are pages and time, to the last page, and "
                "None is next when that is done."
            )
        expect(answer.payload, hint, what="the answer to a job of three pages").equals({"next": None})
        hint = "Call save(job, first, results) when the loop is over."
        expect(saved_pages(cloud, stack, job), hint, what="the pages that are saved").equals([1, 2, 3])
        keys = [key for key in stored_keys(cloud, output(stack, "ResultsBucket")) if key.startswith(f"{job}/")]
        hint = "save(job, first, results): first is the first of the pages that are saved, as the event says."
        expect(keys[0], hint, what="the first object of a job that began with page 1").equals(f"{job}/00001.json")

    @check(points=2, needs=has_time_for_its_work, shares=CONVERTER)
    def stops_before_it_is_stopped(cloud, stack, rng):
        """A job that is too long for one invocation is saved as far as it came, and can go on."""
        for job in (word(rng), tight_job(rng, timeout(cloud))):
            before = saves(cloud)
            after = convert(cloud, job, MANY).payload["next"]
            if after is None:  # several pages at a time
                job, before = f"{job}-long", saves(cloud)
                after = convert(cloud, job, MORE).payload["next"]
            if saves(cloud) == before and after == 1:
                fail("pages that are converted and saved", f"no save, and the next page is {after}", LATE_HINT)
            hint = "Save what is converted, and return the number of the first page that is not."
            expect(after, hint, what="the page to go on with").is_integer()
            expect(saved_pages(cloud, stack, job), hint, what="the pages that are saved").equals(
                list(range(1, int(after)))
            )
            hint = "Each save costs: collect the results in a list, and call save() once, after the loop."
            expect(saves(cloud) - before, hint, what="saves in one invocation").equals(1)

    @check(points=2, needs=stops_before_it_is_stopped, shares=CONVERTER)
    def converts_every_page_once(cloud, stack, rng):
        """Over all invocations, in warm environments too, each page is converted once."""
        job, pages = word(rng), rng.randrange(120, 180)
        finish(cloud, job, pages)
        expect(
            saved_pages(cloud, stack, job),
            what="the pages that are saved in the end",
            hint="The next invocation begins with event['first'], and 'next' is the first page that is not done.",
        ).equals(list(range(1, pages + 1)))

    @check(points=1, needs=stops_before_it_is_stopped, shares=CONVERTER)
    def uses_its_time(cloud, stack, rng):
        """An invocation works for most of its time: starting again costs, too."""
        job = word(rng)
        answer = unfinished(cloud, job)
        name = timeout(cloud)
        expect(
            answer.duration_ms / 1000,
            what=f"seconds of work in an invocation that may take {name}",
            hint="Go on as long as there is time for one more page; a fixed number of pages wastes the rest.",
        ).is_at_least(name - 12)
