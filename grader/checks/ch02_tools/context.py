"""2.3: what the context says, and work that stops in good time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import UNTOUCHED_HINT

WORKER = "worker"  # checks of one stack use the same, one after the other
FUNCTION = "WorkFunction"
LONGEST, SPARE = 2.0, 0.5


def work(cloud: Any, pieces: Sequence[float], qualifier: str | None = None) -> Any:
    """Invoke the function; returns the invocation."""
    return cloud.invoke(FUNCTION, {"pieces": list(pieces)}, qualifier=qualifier)


def answer_of(done: Any, pieces: Sequence[float]) -> dict[str, Any]:
    """The function's answer to a list of pieces; an error is a failure, and so is a list that does not add up."""
    if done.error is not None:
        kind, message = str(done.error.get("errorType", "Error")), str(done.error.get("errorMessage"))
        hint = UNTOUCHED_HINT if kind == "NotImplementedError" else ""
        if "timed out" in message:
            hint = "Whoever is stopped by the platform answers nothing: stop yourself, while there is time."
        fail("an answer with done and left", f"{kind}: {message}", hint)
    hint = "The answer is one dictionary with these five keys, nothing around it."
    expect(done.payload, hint, what="the answer").has_keys("request_id", "version", "memory_mb", "done", "left")
    answer = dict(done.payload)
    expect(answer["done"], "The pieces that were worked on, in their order.", what="done").is_list()
    expect(answer["left"], "The pieces that were not worked on, in their order.", what="left").is_list()
    hint = (
        "done and left together are event['pieces'] in its order: nothing twice, nothing lost, nothing moved, and "
        "nothing that an earlier invocation left in a global."
    )
    expect([*answer["done"], *answer["left"]], hint, what="done, then left").equals(list(pieces))
    expect(
        done.duration_ms / 1000,
        "Every piece that is said to be done goes through work(piece), one after the other.",
        what="the seconds that the answer took",
    ).is_at_least(sum(min(piece, LONGEST) for piece in answer["done"]) - 0.05)
    return answer


def right_split(pieces: Sequence[float], seconds: float) -> tuple[list[float], list[float]]:
    """What is done and what is left, when work stops as soon as the longest piece might not fit."""
    done, left, spent = [], list(pieces), 0.0
    while left and seconds - spent > LONGEST + SPARE + 0.05:
        spent += min(left[0], LONGEST)
        done.append(left.pop(0))
    return done, left


def is_a_close_call(pieces: Sequence[float], seconds: float) -> bool:
    """Whether there comes a moment with just enough time: then a little more or less of it decides."""
    moments = itertools.accumulate(pieces, lambda left, piece: left - piece, initial=seconds)
    return any(abs(left - LONGEST - SPARE) < 0.1 for left in moments)


@exercise(
    "2.3",
    "In good time",
    slug="2_3_context",
    files=["app.py"],
    minutes=15,
    hints=[
        "context knows four things that you need: aws_request_id, function_version, memory_limit_in_mb, and a method "
        "that says how much time is left.",
        "Ask before each piece, not after it: context.get_remaining_time_in_millis() / 1000 must be more than LONGEST "
        "and SPARE together. It is in milliseconds.",
        "while pieces and there is time: work(pieces[0]); move it to done. Then one dictionary; "
        "int(context.memory_limit_in_mb) is a number.",
    ],
    passed="It says who it is, and it stops while it can still say how far it came. The platform's own stop says "
    "nothing, and takes the work along.",
    next="2.4",
)
class Context:
    @check(points=1, shares=WORKER)
    def works_through_a_short_list(cloud, stack):
        """A short list is worked through, in its order."""
        pieces = [0.5, 0.25, 1]
        answer = answer_of(work(cloud, pieces), pieces)
        expect({name: answer[name] for name in ("done", "left")}, what="done and left").equals(
            {"done": pieces, "left": []}
        )

    @check(points=1, needs=works_through_a_short_list)
    def says_who_it_is(cloud, deploy):
        """Request id, version and memory are those of this invocation."""
        for name, memory in (("one", 256), ("two", 512)):
            deployed = deploy(name=name, parameters={"Memory": memory})
            function = deployed.resources[FUNCTION].physical_id
            for qualifier, version in ((None, "$LATEST"), ("live", "1"), (None, "$LATEST")):
                done = cloud.invoke(function, {"pieces": []}, qualifier=qualifier)
                answer = answer_of(done, [])
                hint = "context knows them, for this invocation: aws_request_id, function_version, memory_limit_in_mb"
                expect(answer["request_id"], hint, what="request_id").equals(done.request_id)
                expect(answer["version"], hint, what=f"version, called as {qualifier or 'it is'}").equals(version)
                expect(answer["memory_mb"], f"{hint}, as a number.", what="memory_mb").equals(memory)

    @check(points=2, needs=works_through_a_short_list, shares=WORKER)
    def stops_in_good_time(cloud, stack):
        """A list that is too long is not finished, and what is left is said."""
        pieces = [1, 2, 1.5, 2, 1.25, 2, 1]  # at 2.25 s there is time for the longest, and none to spare
        answer = answer_of(work(cloud, pieces), pieces)
        done, _ = right_split(pieces, 10)
        hint = (
            "Before each piece: is there time for the longest one, LONGEST, and SPARE? "
            "context.get_remaining_time_in_millis() counts in milliseconds."
        )
        expect(answer["done"], hint, what="done").equals(done)

    @check(points=1, needs=stops_in_good_time)
    def knows_the_time_that_it_was_given(cloud, deploy):
        """With another time limit it stops at another piece."""
        for seconds in (4, 30, 2):
            deployed = deploy(name=f"limit-{seconds}", parameters={"Seconds": seconds})
            done = cloud.invoke(deployed.resources[FUNCTION].physical_id, {"pieces": [1] * 40})
            answer = answer_of(done, [1] * 40)
            hint = (
                "The limit is in the template, and may change: ask the context, before the first piece too. Leave time "
                "for the longest piece, LONGEST, since nobody knows how long the next one takes."
            )
            expect(len(answer["done"]), hint, what=f"pieces done in {seconds} s").equals(
                len(right_split([1] * 40, seconds)[0])
            )
