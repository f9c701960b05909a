"""4.1: one line of JSON for each request."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word

TILL = "till"  # the checks use one till, one after the other
ONE_LINE = (
    "CloudWatch makes one event of one line. Build a dictionary, and print(json.dumps(…)) once a request, without "
    "indent."
)
PREFIX = (
    "Something stands before the object: Lambda's handler of the logging module writes level, time and id in front of "
    "each line, and Python's own writes level and name. print(json.dumps(…)) writes the object alone."
)
NONE = (
    "Nothing was written. Does each way out of the handler pass the line? And who writes with logging: the level is "
    "WARNING until you set another one, and basicConfig changes nothing, because Lambda has set a handler already."
)
TWICE = (
    "The same line, written more than once. A handler of the logging module that is added in lambda_handler is added "
    "again at each request; and what a logger writes goes up to Lambda's handler too, unless its propagate is False."
)
BY_HAND = (
    "Nothing but print(json.dumps(…)) writes a dictionary as JSON: str has another spelling, and so has an f-string."
)
FIELDS = "One dictionary with level, requestId, durationMs, status (the number that is answered) and item (as it came)."
PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START Runtime Version: ")


def payment(rng: Random, refused: bool = False, **changes: Any) -> dict[str, Any]:
    """A payment with a card and a token that nobody could have typed in beforehand."""
    card = f"{'4000' if refused else '5100'}{rng.randrange(10**11, 10**12)}"
    return {"item": word(rng), "card": card, "seconds": 0, "token": word(rng, 20), **changes}


def written_by(called: Any) -> list[str]:
    """What the handler itself wrote, without what the platform writes about it."""
    lines = [line.rstrip("\n") for line in called.logs]
    return [line for line in lines if line.strip() and not line.startswith(PLATFORM)]


def logged(called: Any) -> dict[str, Any]:
    """The one line of a request, read as JSON."""
    expect(called.error, "See the log: the handler itself failed.", what="the handler's error").is_none()
    lines = written_by(called)
    if len(lines) != 1:
        twice = len(lines) > 1 and all(lines[0] in line for line in lines)
        hint = TWICE if twice else ONE_LINE if lines else NONE
        fail("one line in the log for one request", f"{len(lines)} lines: {lines}", hint)
    try:
        found = json.loads(lines[0])
    except ValueError:
        start = lines[0].find("{")
        fail("a line of JSON", lines[0], PREFIX if start > 0 else BY_HAND if start == 0 else ONE_LINE)
    expect(found, ONE_LINE, what="the line").is_dict()
    return dict(found)


@exercise(
    "4.1",
    "Structured logs",
    slug="4_1_structured_logs",
    files=["app.py"],
    minutes=15,
    hints=[
        "Do the work first and remember how it ended. Write the line once, at the end, on both ways.",
        "context.aws_request_id is the id. Take the time before and after; times 1,000. Choose what goes into the "
        "line, never the whole event; and what does the exception's text hold?",
        "started = time.time(); try: answer = {…} except shop.Refused: answer = {'status': 402}; then a dictionary "
        "with level, requestId, durationMs, status, item; print(json.dumps(line)).",
    ],
    passed='Whoever is on call can ask for { $.level = "ERROR" }, for slow requests and for one id, and finds no card.',
    next="4.2",
)
class StructuredLogs:
    @check(points=1, shares=TILL)
    def the_till_works(cloud, stack, rng):
        """The till answers as before: a receipt, or 402."""
        order = payment(rng)
        paid = cloud.invoke("TillFunction", order)
        expect(paid.payload, "Logging must not change the answer.", what="the answer to a good card").equals(
            {"status": 200, "receipt": f"receipt-{order['item']}"}
        )
        refused = cloud.invoke("TillFunction", payment(rng, refused=True))
        expect(refused.error, "A refused card is an answer, not a crash: catch Refused.", what="the error").is_none()
        expect(refused.payload, what="the answer to a refused card").equals({"status": 402})

    @check(points=2, shares=TILL)
    def one_line_of_json(cloud, stack, rng):
        """Each request writes exactly one line, and the line is a JSON object with status and item."""
        for refused, status in ((False, 200), (True, 402)):
            order = payment(rng, refused, item=f'{word(rng).title()} "Größe {rng.randrange(9)}"')
            line = logged(cloud.invoke("TillFunction", order))
            expect(line, FIELDS, what="the line").has_keys("level", "requestId", "durationMs", "status", "item")
            found = (line["status"], line["item"])
            expect(found, FIELDS, what="status and item in the line").equals((status, order["item"]))

    @check(points=1, needs=one_line_of_json, shares=TILL)
    def levels_tell_good_from_bad(cloud, stack, rng):
        """A paid order is INFO, a refused one is ERROR."""
        found = [logged(cloud.invoke("TillFunction", payment(rng, refused)))["level"] for refused in (False, True)]
        hint = "An alarm counts level ERROR. If all is INFO it is silent; if all is ERROR nobody listens."
        expect(found, hint, what="the levels of a paid and a refused order").equals(["INFO", "ERROR"])

    @check(points=2, needs=one_line_of_json, shares=TILL)
    def names_the_request(cloud, stack, rng):
        """The line carries Lambda's own id of this very request, in a warm environment too."""
        for _ in range(3):
            called = cloud.invoke("TillFunction", payment(rng))
            expect(
                logged(called)["requestId"],
                "Lambda has named the request already: context.aws_request_id, read in the handler. An id of your "
                "own, or one that was made when the module was loaded, leads to no other line.",
                what="requestId",
            ).equals(called.request_id)

    @check(points=2, needs=one_line_of_json, shares=TILL)
    def measures_in_milliseconds(cloud, stack, rng):
        """durationMs is what this request took, in milliseconds."""
        for refused, seconds in ((False, rng.randrange(2, 9)), (False, 0), (True, rng.randrange(2, 9))):
            line = logged(cloud.invoke("TillFunction", payment(rng, refused, seconds=seconds)))
            took = seconds + refused  # see shop.py
            hint = (
                "A number of milliseconds, measured in the handler, from before paying to after it, also when the "
                "bank refuses. A clock that was read when the module was loaded counts the whole life of the "
                "environment."
            )
            expect(line["durationMs"], hint, what=f"durationMs of a payment that took {took} seconds").is_close_to(
                1000 * took, 0.0, 900
            )
            cloud.clock.advance(seconds=30)

    @check(points=2, needs=the_till_works, shares=TILL)
    def keeps_secrets(cloud, stack, rng):
        """Neither card nor token is in the log, whatever happened."""
        for refused in (False, True):
            order = payment(rng, refused)
            text = "\n".join(cloud.invoke("TillFunction", order).logs)
            leaked = [name for name in ("card", "token") if order[name] in text]
            expect(
                leaked,
                "Logs are copied, shipped and read by many. Choose what goes in; never the whole event, and mind "
                "that an exception's text may repeat what it was given.",
                what="secrets in the log",
            ).equals([])
