"""12.6: capped exponential back-off with jitter, and time-outs below the function's own."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail

ATTEMPTS = 5
PHOTO = b"a photo"
LIMITS, CAP, SPARE = (0.2, 0.4, 0.8, 1.6), 2.0, 1.5
ROUNDING = 0.1
DRAWS = 40  # of so many random pauses one is longer than half of their limit, but for once in 10 ** 12 times
REHEARSAL = """
import time

import patience
from botocore.exceptions import ClientError

BUSY = {"Error": {"Code": "SlowDown", "Message": "later"}, "ResponseMetadata": {"HTTPStatusCode": 503}}


def pauses(attempt, times):
    return [patience.pause(attempt) for _ in range(times)]


def connect_timeout():
    return patience.CONFIG.connect_timeout


def rehearse(seconds, error):
    end, left = time.time() + seconds, []

    def call():
        left.append(end - time.time())
        raise error

    try:
        patience.patiently(call, lambda: int(1000 * (end - time.time())))
    except Exception:
        if not left:
            raise
    return {"left": left, "after": left[-1] - (end - time.time())}


def busy(seconds):
    return rehearse(seconds, ClientError(BUSY, "GetObject"))


def mistaken(seconds):
    return rehearse(seconds, KeyError("a mistake of our own"))
"""
STORAGE = "storage"  # the checks use one storage, one after the other, and calm it first


def rehearsal(function: Any, name: str) -> Any:
    """A function of the rehearsal, which stands beside the learner's module and calls its parts."""
    return function(f"rehearsal.{name}", files={"rehearsal.py": REHEARSAL})


def store(cloud: Any, stack: Any) -> None:
    """The photo that is asked for, in a storage that has no trouble."""
    cloud.calm()
    cloud.client("s3").put_object(Bucket=stack.outputs["PhotosBucket"], Key="beach.jpg", Body=PHOTO)


def fetch(cloud: Any, key: str = "beach.jpg") -> tuple[Any, int, float]:
    """Invoke the function; returns the invocation, how many calls it made, and how long it slept (seconds)."""
    before = len(cloud.calls("FetchFunction"))
    done = cloud.invoke("FetchFunction", {"key": key})
    made = [call for call in cloud.calls("FetchFunction")[before:] if call.action == "s3:GetObject"]
    return done, len(made), done.ended - done.started


def trouble(cloud: Any, times: int, code: str = "SlowDown", status: int = 503) -> None:
    """Let the next calls fail."""
    cloud.fail_next("s3", "GetObject", code, status=status, times=times)


def expect_success(done: Any, hint: str) -> None:
    """The photo came."""
    if done.error is not None:
        fail(f"{len(PHOTO)} bytes", f"{done.error.get('errorType')}: {done.error.get('errorMessage')}", hint)
    expect(done.payload, what="the answer").equals({"bytes": len(PHOTO)})


@exercise(
    "12.6",
    "Patience, with a limit",
    slug="12_6_retry",
    files=["patience.py"],
    minutes=20,
    hints=[
        "Four questions: will it help to try again? how long do I wait? am I allowed another try? do I have the "
        "time? Write may_pass first: 503 and a lost connection may pass, 403 and 404 never do.",
        "Full jitter: random.uniform(0, limit), where the limit doubles with each attempt and never exceeds CAP. "
        "Before sleeping compare remaining_ms() / 1000 with the pause and SPARE.",
        "Config(connect_timeout=1, read_timeout=1, retries={'total_max_attempts': 1}): boto3's own five attempts "
        "inside your five make twenty-five, and its sixty seconds of patience are more than your function has.",
    ],
    passed="It waits a little, then longer, never in step with the others, gives up in time to say so, and does not "
    "ask again where no is the answer.",
    next="12.7",
)
class Retry:
    @check(points=1, shares=STORAGE)
    def outlives_a_bad_moment(cloud, stack):
        """Three refusals are outlived."""
        store(cloud, stack)
        trouble(cloud, 3)
        done, calls, _ = fetch(cloud)
        expect_success(done, "SlowDown (503) may pass: try again, up to ATTEMPTS times.")
        expect(calls, what="calls").equals(4)

    @check(points=1, needs=outlives_a_bad_moment, shares=STORAGE)
    def gives_up_after_five(cloud, stack, function):
        """After five attempts it gives up, with the last error."""
        store(cloud, stack)
        trouble(cloud, 100)
        done, calls, slept = fetch(cloud)
        hint = "ATTEMPTS counts all calls. Boto3 tries again by itself unless retries={'total_max_attempts': 1}."
        expect(calls, hint, what="calls to a storage that stays busy").equals(ATTEMPTS)
        hint = "The pauses are at most 0.2 + 0.4 + 0.8 + 1.6 s in all, and boto3's mode adaptive adds its own."
        # Boto3's own attempts may be five as well, when its pauses, which are much longer, leave no time for more.
        expect(slept, hint, what="seconds slept between the calls").is_at_most(2 * sum(LIMITS))
        expect(done.error, "Raise the last error: do not hide it.", what="the error").is_not_none()
        expect(
            str(done.error.get("errorMessage")), "raise, as it came: whoever reads it must know what was wrong.",
            what="the error's message",
        ).contains("SlowDown")  # fmt: skip
        after = max(rehearsal(function, "busy")(60)["after"] for _ in range(3))
        hint = "After the last attempt there is nothing to wait for: raise at once."
        expect(after, hint, what="seconds between the last call and the error").is_at_most(0.01)

    @check(points=1, needs=outlives_a_bad_moment, shares=STORAGE)
    def takes_no_for_an_answer(cloud, stack, function):
        """A missing photo and a forbidden one are asked for once; 429 is no no."""
        store(cloud, stack)
        hint = "may_pass: 4xx says no, but for 429. It will say no again."
        _, calls, _ = fetch(cloud, "nowhere.jpg")
        expect(calls, hint, what="calls for a photo that is not there").equals(1)
        trouble(cloud, 1, "AccessDenied", 403)
        _, calls, _ = fetch(cloud)
        expect(calls, hint, what="calls for a photo that is forbidden").equals(1)
        trouble(cloud, 1, "InvalidRequest", 400)
        _, calls, _ = fetch(cloud)
        expect(calls, hint, what="calls for what the storage takes for nonsense").equals(1)
        trouble(cloud, 1, "ThrottlingException", 429)
        _, calls, _ = fetch(cloud)
        expect(calls, "429 says: not now. It may pass.", what="calls after too many requests").equals(2)
        mistaken = rehearsal(function, "mistaken")(60)["left"]
        hint = "may_pass: what is neither the service's error nor the network's, a KeyError for example, is your own."
        expect(len(mistaken), hint, what="calls that end with a KeyError").equals(1)

    @check(points=1, needs=outlives_a_bad_moment, shares=STORAGE)
    def waits_longer_each_time(cloud, stack, function):
        """The limit of the pause doubles, and the pauses use it."""
        store(cloud, stack)
        pauses = rehearsal(function, "pauses")
        for attempt, limit in enumerate((*LIMITS, CAP, CAP, CAP), 1):
            longest = max(pauses(attempt, DRAWS))
            hint = f"After attempt {attempt} the limit is {limit:g} s: min(CAP, BASE * 2 ** (attempt - 1))."
            what = f"the longest of {DRAWS} values of pause({attempt})"
            expect(longest, hint, what=what).is_at_most(limit)
            expect(longest, hint, what=what).is_at_least(limit / 2)
        # Shortest: what the longest of so many random waits reaches, but for once in a thousand million times.
        for failures, times, shortest in ((1, 4, 0.005), (2, 4, 0.04), (4, 5, 0.14)):
            longest = 0.0
            for _ in range(times):
                trouble(cloud, failures)
                done, _, slept = fetch(cloud)
                expect_success(done, "")
                longest = max(longest, slept)
            most = sum(LIMITS[:failures])
            limits = " + ".join(map(str, LIMITS[:failures]))
            hint = f"After {failures} failed {'try' if failures == 1 else 'tries'}: at most {limits} s in all."
            expect(longest, hint, what=f"the longest wait for {failures} failures, s").is_at_most(
                round(most + ROUNDING, 3)
            )
            expect(longest, hint, what=f"the longest of {times} waits for {failures} failures, s").is_at_least(
                most * shortest
            )

    @check(points=1, needs=outlives_a_bad_moment, shares=STORAGE)
    def keeps_out_of_step(cloud, stack):
        """No two waits are alike."""
        store(cloud, stack)
        waits = []
        for _ in range(6):
            trouble(cloud, 3)
            waits.append(round(fetch(cloud)[2], 5))  # milliseconds alike do happen by chance
        expect(
            len(set(waits)),
            "random.uniform(0, limit): clients that fail together must not come back together.",
            what="different waits of six",
        ).is_at_least(4)

    @check(points=2, needs=outlives_a_bad_moment)
    def stops_before_time_runs_out(cloud, stack, function):
        """With four seconds in all and a silent storage it gives up by itself, before Lambda stops it."""
        store(cloud, stack)
        name = stack.resources["FetchFunction"].physical_id
        cloud.client("lambda").update_function_configuration(FunctionName=name, Timeout=4)
        cloud.slow_next("s3", "GetObject", 30, times=100)
        for _ in range(3):
            done, _, _ = fetch(cloud)
            expect(
                "timed out after" in str((done.error or {}).get("errorMessage", "")),
                "Before each pause: is remaining_ms() / 1000 more than the pause and SPARE? If not, raise. SPARE has "
                "to cover one more call as well.",
                what="whether Lambda had to stop it",
            ).is_false()
        busy = rehearsal(function, "busy")
        for tenths in range(15, 45, 3):
            least = min([SPARE, *busy(tenths / 10)["left"][1:]])
            hint = "After the pause there has to be SPARE left for the call: compare remaining_ms() / 1000 with both."
            what = f"seconds left at the beginning of a second call or a later one, of {tenths / 10:g}"
            expect(least, hint, what=what).is_at_least(SPARE - 0.01)

    @check(points=1, needs=outlives_a_bad_moment, shares=STORAGE)
    def does_not_wait_for_the_silent(cloud, stack, function):
        """A storage that does not answer is asked again, in good time."""
        store(cloud, stack)
        cloud.slow_next("s3", "GetObject", 30, times=2)
        done, calls, _ = fetch(cloud)
        expect_success(
            done,
            "read_timeout: boto3 waits sixty seconds by default, and the function has ten. A call that timed out may "
            "pass as well: ReadTimeoutError is an HTTPClientError.",
        )
        expect(calls, what="calls").equals(3)
        limit = rehearsal(function, "connect_timeout")()
        hint = "connect_timeout: sixty seconds by default, too. A call may take no longer than SPARE."
        expect(limit, hint, what="connect_timeout in CONFIG").is_at_most(SPARE)
